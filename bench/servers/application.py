"""The application of every row: a hello world, and routes for bodies in either direction.

A CGI script imports it for every request, so it imports next to nothing itself.
"""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import InputStream, StartResponse, WSGIEnvironment

HELLO = b"Hello, World!"
# Every byte there is, so that a body with parts missing, doubled or swapped differs.
PATTERN = bytes(range(256))
CHUNK = 65536
_downloads: dict[int, bytes] = {}


def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
    path = environ.get("PATH_INFO", "")
    if path in ("", "/"):
        body = HELLO
    elif path == "/bytes":
        body = download(int(environ["QUERY_STRING"].removeprefix("n=")))
    elif path == "/length":
        body = length_and_checksum(environ["wsgi.input"], int(environ["CONTENT_LENGTH"]))
    elif path == "/server":
        # Which server answers: a wrong port in a configuration must not measure somebody else.
        body = os.environ["SERVER_UNDER_TEST"].encode()
    else:
        start_response("404 Not Found", [("Content-Type", "text/plain"), ("Content-Length", "0")])
        return []
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


def download(size: int) -> bytes:
    """A body of ``size`` bytes, made once."""
    if size not in _downloads:
        _downloads[size] = (PATTERN * (size // len(PATTERN) + 1))[:size]
    return _downloads[size]


def length_and_checksum(stream: "InputStream", length: int) -> bytes:
    """Read the body in pieces; what arrived, as text."""
    import zlib

    received = checksum = 0
    while received < length:
        chunk = stream.read(min(CHUNK, length - received))
        if not chunk:
            break
        received += len(chunk)
        checksum = zlib.crc32(chunk, checksum)
    return b"%d %08x" % (received, checksum)
