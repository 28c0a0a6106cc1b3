"""What the gateway told the application, and the process it runs it in."""

import os
import sys
import time
from _thread import get_native_id

from probe.base import answer_json, number, requests_served, started

TYPE_CHECKING = False  # see probe/__init__.py
if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment


def show_environ(environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
    """the WSGI environ as JSON: every key with type and value

    `{key: {"type": "str", "value": "…"}}`; bytes are shown as latin-1 text, objects as the repr of
    their type. What the client sent, Authorization and Cookie included, goes back to that client.
    """
    return answer_json(
        start_response,
        {
            str(key): {"type": type(value).__name__, "value": _jsonable(value)}
            for key, value in environ.items()
        },
    )


def show_process(environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
    """process, thread, requests served and knobs as JSON

    `started`: when the process imported the application, in Unix seconds; `requests` includes this
    one; `workers` and `threads` are the environment's WORKERS and THREADS as they stand, or null;
    `filesystem_encoding` is how file names become bytes, which follows the server's locale.
    `?ms=` (at most 60000) keeps the request running that long; `began` and `ended` are seconds of
    CLOCK_MONOTONIC, which all processes of a machine share: overlaps show how many ran at a time.
    """
    milliseconds = number(environ, "ms", 0, 0, 60000)
    began = time.monotonic()
    time.sleep(milliseconds / 1000)
    return answer_json(
        start_response,
        {
            "pid": os.getpid(),
            "ppid": os.getppid(),
            "thread": get_native_id(),
            "requests": requests_served(),
            "started": started(),
            "began": began,
            "ended": time.monotonic(),
            "python": sys.version.partition(" ")[0],
            "filesystem_encoding": sys.getfilesystemencoding(),
            "multithread": bool(environ["wsgi.multithread"]),
            "multiprocess": bool(environ["wsgi.multiprocess"]),
            "run_once": bool(environ["wsgi.run_once"]),
            "workers": os.environ.get("WORKERS"),
            "threads": os.environ.get("THREADS"),
            "server_software": environ.get("SERVER_SOFTWARE"),
        },
    )


def _jsonable(value: object) -> object:
    """Return what JSON can show of a value, without memory addresses."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, tuple | list):
        return [_jsonable(item) for item in value]
    return repr(type(value))
