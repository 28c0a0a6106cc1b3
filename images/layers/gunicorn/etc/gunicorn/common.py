"""gunicorn behind a web server; application.py adds what makes the gateway."""

import os

bind = "unix:/run/application/application.sock"
chdir = "/srv/app/current"
wsgi_app = "wsgi:application"

workers = int(os.environ["WORKERS"])
threads = int(os.environ["THREADS"])
# A worker whose threads have all been in the application for so many seconds is replaced.
timeout = 120

# The web server has limits of its own, and what it accepted is served; 32768 is the most that gunicorn takes.
limit_request_line = 0
limit_request_fields = 32768
limit_request_field_size = 0

# Memory, and writable where the root file system is not: https://docs.gunicorn.org/en/stable/faq.html#blocking-os-fchmod
worker_tmp_dir = "/dev/shm"
# Signals do what it would do.
control_socket_disable = True
