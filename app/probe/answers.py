"""Routes that answer in each way open to WSGI: status, headers, blocks, write(), a file."""

import os
import time

from probe.base import BLOCK, FileBlocks, RequestError, answer_text, is_head, number, start

TYPE_CHECKING = False  # see probe/__init__.py
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIEnvironment

BYTES_LIMIT = 1024**3  # bytes
HEADER_LIMIT = 64 * 1024  # bytes
LINES_LIMIT = 10_000
WAIT_LIMIT = 60_000  # milliseconds
PATTERN = bytes(range(251)) * 263  # 251 is prime: a block lost or sent twice shows


def status(environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
    """?code=200: that status, 200 to 599"""
    from http import HTTPStatus

    code = number(environ, "code", 200, 200, 599)
    try:
        line = f"{code} {HTTPStatus(code).phrase}"
    except ValueError:
        line = f"{code} Unassigned"
    if code in (204, 304):  # RFC 9110, 15.3.5 and 15.4.5: no body, so no type or length of one
        start_response(line, [("Cache-Control", "no-store")])
        return []
    return answer_text(start_response, "" if code == 205 else f"{line}\n", line)


def headers(environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
    """?bytes=4000: Set-Cookie twice, a latin-1 header, one of 1 to 65536 bytes"""
    extra = [
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
        ("X-Probe-Latin1", "\xe9"),
        ("X-Probe-Long", "x" * number(environ, "bytes", 4000, 1, HEADER_LIMIT)),
    ]
    return answer_text(start_response, "Set-Cookie X-Probe-Latin1 X-Probe-Long\n", extra=extra)


def send_bytes(environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
    """?n=1024: up to 1 GiB in blocks of 64 KiB; byte k is k modulo 251"""
    n = number(environ, "n", 1024, 0, BYTES_LIMIT)
    start(start_response, "application/octet-stream", n)
    return _pattern(n)


def stream(environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
    """?n=10&ms=0: n lines, ms apart, without a length; n to 10000, n times ms to 60000"""
    lines = numbered_lines(environ)
    start(start_response)
    return lines


def write(environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
    """one line through the write() callable, one returned"""
    first, second = b"written\n", b"returned\n"
    send = start(start_response, length=len(first) + len(second))
    if not is_head(environ):
        send(first)
    return [second]


def send_file(environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
    """the source of this module through wsgi.file_wrapper, where there is one"""
    file = open(__file__, "rb")  # noqa: PTH123, SIM115 (pathlib costs; the gateway closes it)
    wrapper = environ.get("wsgi.file_wrapper")
    used = ("X-Probe-File-Wrapper", "yes" if wrapper else "no")
    start(start_response, length=os.fstat(file.fileno()).st_size, extra=[used])
    if wrapper is None or is_head(environ):
        return FileBlocks(file)
    wrapped: Iterable[bytes] = wrapper(file, BLOCK)
    return wrapped


def numbered_lines(environ: "WSGIEnvironment") -> "Iterator[bytes]":
    """Check ?n= and ?ms= now; return the generator of `line 1` to `line n`, ms apart."""
    n = number(environ, "n", 10, 0, LINES_LIMIT)
    ms = number(environ, "ms", 0, 0, WAIT_LIMIT)
    if n * ms > WAIT_LIMIT:
        raise RequestError(f"n times ms must be at most {WAIT_LIMIT}.")
    return _lines(n, ms / 1000)


def _lines(n: int, seconds: float) -> "Iterator[bytes]":
    for line in range(1, n + 1):
        if seconds and line > 1:
            time.sleep(seconds)
        yield b"line %d\n" % line


def _pattern(n: int) -> "Iterator[bytes]":
    for begin in range(0, n, BLOCK):
        offset = begin % 251
        yield PATTERN[offset : offset + min(BLOCK, n - begin)]
