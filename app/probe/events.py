"""Routes whose effect shows beside the response: in the log, in time, after close()."""

import os
import stat
import time

from probe.answers import WAIT_LIMIT, numbered_lines
from probe.base import RequestError, answer_json, answer_text, number, query, start, token

TYPE_CHECKING = False  # see probe/__init__.py
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TextIO
    from wsgiref.types import StartResponse, WSGIEnvironment

MARKER_PREFIX = "probe-closed-"
MARKER_LIMIT = 1000  # files, each of one block in the temporary directory


def sleep(environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
    """?ms=0: answers after that many milliseconds, up to 60000"""
    ms = number(environ, "ms", 0, 0, WAIT_LIMIT)
    time.sleep(ms / 1000)
    return answer_text(start_response, f"slept {ms} ms\n")


def write_errors(environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
    """?token=probe: a line with the token to wsgi.errors"""
    name = token(environ)
    environ["wsgi.errors"].write(f"{name}\n")
    environ["wsgi.errors"].flush()
    return answer_text(start_response, f"wrote {name} to wsgi.errors\n")


def raise_error(environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
    """?when=before, after (start_response) or iterating, &token=probe: a RuntimeError that names both"""
    when = query(environ).get("when", "before")
    if when not in ("before", "after", "iterating"):
        raise RequestError("when must be before, after or iterating.")
    error = RuntimeError(f"probe: raised {when}, token {token(environ)}")
    if when == "before":
        raise error
    start(start_response)
    if when == "after":
        raise error
    return _raise_after_first_block(error)


def close(environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
    """?token=probe&n=10&ms=0: lines as from stream, whose close() is remembered and logged"""
    name = token(environ)
    lines = numbered_lines(environ)
    _check_room_for(name)
    start(start_response)
    return _Marked(lines, name, environ["wsgi.errors"])


def closed(environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
    """?token=probe: how often close() was called for that token, as JSON"""
    times = 0
    try:
        marker = os.lstat(_marker(token(environ)))
    except FileNotFoundError:
        pass
    else:
        if stat.S_ISREG(marker.st_mode):
            times = marker.st_size
    return answer_json(start_response, {"closed": times > 0, "times": times})


class _Marked:
    """Lines whose close() leaves a mark that every process of the gateway can see."""

    def __init__(self, lines: "Iterator[bytes]", name: str, errors: "TextIO") -> None:
        self._lines = lines
        self._name = name
        self._errors = errors

    def __iter__(self) -> "Iterator[bytes]":
        return self._lines

    def close(self) -> None:
        """Append a byte to the token's file: its size is the number of calls."""
        # Anybody may write to the temporary directory: follow no link that was planted there.
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
        descriptor = os.open(_marker(self._name), flags, 0o600)
        try:
            os.write(descriptor, b".")
        finally:
            os.close(descriptor)
        self._errors.write(f"probe: closed {self._name}\n")
        self._errors.flush()


def _raise_after_first_block(error: RuntimeError) -> "Iterator[bytes]":
    yield b"first block\n"
    raise error


def _temporary() -> str:
    return os.environ.get("TMPDIR") or "/tmp"  # noqa: S108 (see _Marked.close)


def _marker(name: str) -> str:
    return f"{_temporary()}/{MARKER_PREFIX}{name}"


def _check_room_for(name: str) -> None:
    """Refuse a new token when the temporary directory holds too many already."""
    with os.scandir(_temporary()) as entries:
        markers = {entry.name for entry in entries if entry.name.startswith(MARKER_PREFIX)}
    if len(markers) >= MARKER_LIMIT and MARKER_PREFIX + name not in markers:
        raise RequestError(
            f"Remove the {MARKER_PREFIX}* files from the server's temporary directory.",
            "503 Service Unavailable",
        )
