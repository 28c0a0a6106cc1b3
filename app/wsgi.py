"""The WSGI application that every gateway serves: `wsgi:application` (PEP 3333).

CGI imports this module once per request, so it imports next to nothing; the board, with Flask and
SQLAlchemy behind it, is imported by the first request that asks for it.
"""

from _thread import allocate_lock  # threading costs a CGI request a millisecond more

import probe

TYPE_CHECKING = False  # type checkers take it as true; importing typing costs milliseconds
if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_board: "WSGIApplication | None" = None
_board_lock = allocate_lock()


def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
    """Answer `/healthz` and `/probe/…` here, everything else through the board."""
    probe.count_request()
    # A gateway may leave out what is empty (PEP 3333, "environ Variables"); the board wants to see it.
    path = environ.setdefault("PATH_INFO", "")
    if path in ("/healthz", "/probe") or path.startswith("/probe/"):
        return probe.application(environ, start_response)
    return _load_board()(environ, start_response)


def _load_board() -> "WSGIApplication":
    """Return the board, made once per process; a failure is raised and tried again next time."""
    global _board
    if _board is None:
        with _board_lock:
            if _board is None:
                from board import create_application

                _board = create_application()
    return _board
