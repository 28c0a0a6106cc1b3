"""gunicorn as an AJP server behind Apache."""

from runpy import run_path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsgi_gateways.serve.worker import AJPWorker

globals().update(run_path("/etc/gunicorn/common.py"))

# TCP, because mod_proxy_ajp has no UNIX sockets.
bind = "127.0.0.1:8009"
worker_class = "wsgi_gateways.serve.AJPWorker"


def post_fork(arbiter: object, worker: "AJPWorker") -> None:
    """Settings of the worker that gunicorn has no names for."""
    # What ProxyIOBufferSize says to Apache: the headers of a response must fit into one packet.
    worker.packet_size = 65536
    # Of a body without a length; Apache knows the length of all others beforehand.
    worker.body_limit = 1024**3
