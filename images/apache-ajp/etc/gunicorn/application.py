"""gunicorn as an AJP server."""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsgi_gateways.serve.worker import AJPWorker

# TCP, because mod_proxy_ajp has no UNIX sockets.
bind = "127.0.0.1:8009"
worker_class = "wsgi_gateways.serve.AJPWorker"
chdir = "/srv/app/current"
wsgi_app = "wsgi:application"

workers = int(os.environ["WORKERS"])
threads = int(os.environ["THREADS"])
# A worker whose threads have all been in the application for so many seconds is replaced.
timeout = 120

# Apache has limits of its own, and what it accepted is served; 32768 is the most that gunicorn takes.
limit_request_line = 0
limit_request_fields = 32768
limit_request_field_size = 0

# Memory, and writable where the root file system is not: https://docs.gunicorn.org/en/stable/faq.html#blocking-os-fchmod
worker_tmp_dir = "/dev/shm"
# Signals do what it would do.
control_socket_disable = True


def post_fork(arbiter: object, worker: "AJPWorker") -> None:
    """Settings of the worker that gunicorn has no names for."""
    # What ProxyIOBufferSize says to Apache: the headers of a response must fit into one packet.
    worker.packet_size = 65536
    # Of a body without a length; Apache knows the length of all others beforehand.
    worker.body_limit = 1024**3
