"""The application and, below /static/, its static files by WhiteNoise: for servers that do not send any."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import wsgi

# The last place, for an application may have a WhiteNoise of its own, of another version.
sys.path.append("/usr/local/lib/whitenoise")
from whitenoise import WhiteNoise

if TYPE_CHECKING:
    from wsgiref.headers import Headers
    from wsgiref.types import StartResponse, WSGIEnvironment


def add_headers(headers: "Headers", path: str, url: str) -> None:
    """The same as other gateways add."""
    headers["Cache-Control"] = "public, max-age=86400"
    headers["X-Content-Type-Options"] = "nosniff"


def otherwise(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """What is below /static/ and no file is not there; the application answers all else."""
    folder, _, name = environ["PATH_INFO"].removeprefix("/").partition("/")
    if folder == "static" and name:
        start_response("404 Not Found", [("Content-Type", "text/plain"), ("Content-Length", "10")])
        return [b"Not Found\n"]
    return wsgi.application(environ, start_response)


# Beside wsgi.py. WhiteNoise looks there once, at the start.
static = Path(wsgi.__file__).with_name("static")
application = WhiteNoise(
    otherwise,
    root=static if static.is_dir() else None,
    prefix="static",
    max_age=None,
    allow_all_origins=False,
    add_headers_function=add_headers,
)
