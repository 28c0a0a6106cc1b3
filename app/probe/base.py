"""What every route needs: parameters in, answers out, a count; and the two cheapest routes."""

import time
from _thread import allocate_lock  # threading costs a CGI request a millisecond more

TYPE_CHECKING = False  # see probe/__init__.py
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from tempfile import SpooledTemporaryFile
    from typing import BinaryIO
    from wsgiref.types import StartResponse, WSGIEnvironment

    Handler = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]

BLOCK = 64 * 1024  # bytes read or sent at once

_started = time.time()
_requests = 0
_requests_lock = allocate_lock()


class RequestError(Exception):
    """The client's mistake: one sentence that names the fix, and the status to send it with."""

    def __init__(self, sentence: str, status: str = "400 Bad Request") -> None:
        super().__init__(sentence)
        self.status = status


class FileBlocks:
    """A file in blocks of 64 KiB; a generator's close() would do nothing before its first block."""

    def __init__(self, file: "BinaryIO | SpooledTemporaryFile[bytes]") -> None:
        self._file = file

    def __iter__(self) -> "Iterator[bytes]":
        return iter(lambda: self._file.read(BLOCK), b"")

    def close(self) -> None:
        self._file.close()


def healthz(environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
    """ok, for healthchecks"""
    return answer_text(start_response, "ok\n")


def hello(environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
    """Hello, World! in 13 bytes"""
    return answer_text(start_response, "Hello, World!")


def count_request() -> None:
    """Count one more request of this process."""
    global _requests
    with _requests_lock:
        _requests += 1


def requests_served() -> int:
    """Return how many requests this process has counted, the running ones included."""
    return _requests


def started() -> float:
    """Return when this module was imported, in Unix seconds."""
    return _started


def is_head(environ: "WSGIEnvironment") -> bool:
    return bool(environ["REQUEST_METHOD"] == "HEAD")


def query(environ: "WSGIEnvironment") -> "dict[str, str]":
    """Return the parameters as sent; of a repeated one, the last."""
    pairs = [pair.partition("=") for pair in environ.get("QUERY_STRING", "").split("&")]
    return {name: value for name, _, value in pairs}


def number(environ: "WSGIEnvironment", name: str, default: int, low: int, high: int) -> int:
    text = query(environ).get(name, str(default))
    if text.isascii() and text.isdigit() and len(text) <= 10 and low <= int(text) <= high:
        return int(text)
    raise RequestError(f"{name} must be a whole number from {low} to {high}.")


def token(environ: "WSGIEnvironment") -> str:
    """Return ?token=, which is safe in a file name and in a log line."""
    text = query(environ).get("token", "probe")
    if text.isascii() and text.replace("-", "0").isalnum() and len(text) <= 64:
        return text
    raise RequestError("token must be 1 to 64 ASCII letters, digits and hyphens.")


def start(
    start_response: "StartResponse",
    content_type: str = "text/plain; charset=utf-8",
    length: int | None = None,
    status: str = "200 OK",
    extra: "Iterable[tuple[str, str]]" = (),
) -> "Callable[[bytes], object]":
    """Start a response that nobody may store; return the write() callable."""
    headers = [("Content-Type", content_type), ("Cache-Control", "no-store"), *extra]
    if length is not None:
        headers.append(("Content-Length", str(length)))
    return start_response(status, headers)


def answer_text(
    start_response: "StartResponse",
    text: str,
    status: str = "200 OK",
    extra: "Iterable[tuple[str, str]]" = (),
) -> "list[bytes]":
    body = text.encode()
    start(start_response, length=len(body), status=status, extra=extra)
    return [body]


def answer_json(start_response: "StartResponse", value: object) -> "list[bytes]":
    import json  # 7 ms, which hello does not pay

    body = json.dumps(value, indent=2, sort_keys=True).encode() + b"\n"
    start(start_response, "application/json", len(body))
    return [body]
