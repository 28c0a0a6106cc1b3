"""gunicorn alone: clients reach it themselves."""

import socket
import struct
from runpy import run_path

from gunicorn.arbiter import Arbiter

globals().update(run_path("/etc/gunicorn/http.py"))

wsgi_app = "without_web_server:application"
# The board's pages name it.
raw_env = ["GATEWAY=gunicorn"]
# On a server systemd has the socket. No IPv6: gunicorn would not start on a host without it.
bind = "0.0.0.0:80"
backlog = 1024
keepalive = 5

# Larger than any browser sends; what exceeds them is answered with 414 or 431.
limit_request_line = 8190
limit_request_fields = 200
limit_request_field_size = 8190
# Nobody may say who the client is, or that it came by HTTPS.
forwarded_allow_ips = ""

# Python would wait for a slow reader without an end where the kernel sends the file.
sendfile = False
# The format of all gateways: combined, then the milliseconds that the request took.
accesslog = "/var/log/gunicorn/access.log"
access_log_format = '%(h)s - - %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s" %(M)s'

# Seconds in which a client sends or reads something, else it is let go: gunicorn has no such settings, so the
# kernel's are used, which connections take from their listener (https://man7.org/linux/man-pages/man7/socket.7.html).
READ, WRITE = 20, 60


def when_ready(arbiter: Arbiter) -> None:
    """Bound how long a slow client holds a thread."""
    for listener in arbiter.LISTENERS:
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", READ, 0))
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", WRITE, 0))
        # One that sends nothing holds none at all: it is not accepted before its first bytes.
        listener.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, READ)
