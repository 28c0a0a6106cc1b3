"""granian behind a web server: WORKERS processes, each with THREADS threads of the application."""

import os
import socket
import sys
from runpy import run_path

# The application's own packages come first.
sys.path.insert(0, "/srv/app/current")
sys.path.append("/usr/local/lib/granian")
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.net import SocketHolder


class Server(Granian):
    """Listens to a socket that is there: granian has no setting for that (2.8).

    https://github.com/emmett-framework/granian/issues/786
    """

    def _init_shared_socket(self):
        self._ssp, self._sso, self._sfd = None, listener, listener.fileno()
        self._shd = SocketHolder(self._sfd, True, self.backlog)


os.chdir("/srv/app/current")

# A server's systemd passes it, as number 3. In a container it has to be there early: granian listens late.
if os.environ.get("LISTEN_FDS"):
    listener = socket.socket(fileno=3)
else:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind("/run/application/application.sock")
    listener.listen(1024)


def load(target):
    """The application; each worker imports it."""
    from wsgi import application

    return run_path("/etc/forwarded/forwarded.py")["forwarded"](reading_on(application))


def reading_on(application):
    """Read what the application leaves of a body.

    granian would close the connection while the web server still sends, which then answers 502.
    """

    def answer(environ, start_response):
        response = application(environ, start_response)
        has_body = "CONTENT_LENGTH" in environ or "HTTP_TRANSFER_ENCODING" in environ
        return with_the_rest(response, environ["wsgi.input"]) if has_body else response

    return answer


def with_the_rest(response, body):
    try:
        yield from response
        while body.read(65536):
            pass
    finally:
        if hasattr(response, "close"):
            response.close()


threads = int(os.environ["THREADS"])
Server(
    "wsgi:application",
    interface=Interfaces.WSGI,
    http=HTTPModes.http1,
    websockets=False,
    workers=int(os.environ["WORKERS"]),
    blocking_threads=threads,
    # A worker takes no more connections than it has threads for: it would queue them, while others are idle.
    backpressure=threads,
    respawn_failed_workers=True,
    # A worker that does not end is killed: https://github.com/emmett-framework/granian/issues/611
    workers_kill_timeout=30,
).serve(target_loader=load)
