"""gunicorn for every row; the worker class and the socket are in the command line."""

import os

wsgi_app = "wsgi:application"
workers = int(os.environ["WORKERS"])
threads = int(os.environ["THREADS"])
backlog = 2048
# Longer than nginx keeps an idle connection (60 s), so that it is nginx that closes it.
keepalive = 75
loglevel = "warning"
worker_tmp_dir = "/dev/shm"  # noqa: S108
control_socket_disable = True
