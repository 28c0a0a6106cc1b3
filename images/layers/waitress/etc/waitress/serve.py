"""waitress behind a web server: one process, with a thread for each request that may run."""

import importlib
import os
import signal
import socket
import sys
from runpy import run_path

# The application's own packages come first.
sys.path.insert(0, "/srv/app/current")
sys.path.append("/usr/local/lib/waitress")
from waitress import create_server, wasyncore

os.chdir("/srv/app/current")
application = importlib.import_module("wsgi").application

# A server's systemd passes it, as number 3:
# https://docs.pylonsproject.org/projects/waitress/en/stable/socket-activation.html
if os.environ.get("LISTEN_FDS"):
    listen = {"sockets": [socket.socket(fileno=3)]}
else:
    listen = {"unix_socket": "/run/application/application.sock"}

connections: dict[int, object] = {}
server = create_server(
    run_path("/etc/forwarded/forwarded.py")["forwarded"](application),
    map=connections,
    **listen,
    threads=int(os.environ["CONCURRENCY"]),
    # Others wait in the socket. Each may have three files open, of the 1024 that a process may have.
    connection_limit=300,
    # Pages that say "internal server error" name it, and need not name waitress.
    ident="web server",
    # It would remove what the web server says, and is not needed: that is all there is behind a UNIX socket.
    clear_untrusted_proxy_headers=False,
    # A response may be ahead of a slow client by so many bytes, in memory; a larger piece is kept in a file.
    outbuf_high_watermark=1024**2,
    outbuf_overflow=4 * 1024**2,
)


def stop(*_):
    """Accept no connection any more; a server's systemd keeps those that come."""
    server.accepting = False
    server.pull_trigger()


# waitress' own way would end with SIGTERM what still runs: https://github.com/Pylons/waitress/pull/269
signal.signal(signal.SIGTERM, stop)
while server.accepting or server.active_channels:
    wasyncore.loop(timeout=1, use_poll=True, map=connections, count=1)
