"""One request, whatever protocol brought it: its environ, and the body that the application reads.

A parser fills a `Request`; the worker starts the application once the parser says that it may.
"""

import io
import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

Environ = dict[str, Any]

_CONTENT_LENGTH = re.compile(r"[0-9]{1,18}", re.ASCII)
# What a web server may send as a variable of its own, and what PEP 3333 wants there if it does not.
DEFAULTS = {
    "SCRIPT_NAME": "",
    "PATH_INFO": "",
    "QUERY_STRING": "",
    "SERVER_NAME": "localhost",
    "SERVER_PORT": "80",
    "SERVER_PROTOCOL": "HTTP/1.0",
}


class ProtocolError(Exception):
    """The web server broke the protocol: one sentence for the log; the connection is closed.

    Attributes:
        ready: requests that were complete before that, and are still answered.
    """

    ready: "Sequence[Request]" = ()


class BodyError(OSError):
    """The request's body broke off: what `wsgi.input` raises in the application."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a request may be; 0 means no limit, as in gunicorn's settings.

    A header that exceeds `request_line`, `fields` or `field_size` is answered with 414 or 431, a body
    beyond `body` with 413. Beyond `header` the connection is closed.
    """

    request_line: int = 4094  # bytes of method, target and protocol
    fields: int = 100  # HTTP headers
    field_size: int = 8190  # bytes of one header
    header: int = 1024**2  # bytes of all variables
    body: int = 0  # bytes
    held: int = 1024**2  # bytes of a body held in memory; from there on the application runs and reads
    requests: int = 16  # requests at a time on one connection

    # Bytes of variables, all together, that cannot exceed `request_line` or `field_size`.
    harmless: int = field(init=False)

    def __post_init__(self) -> None:
        harmless = min(self.request_line or self.header, self.field_size or self.header)
        object.__setattr__(self, "harmless", harmless)


class Request:
    """A request as it comes in.

    A parser calls `feed` and `end_body` or `fail`; the application reads through `open_input`.
    Parser and application may be in different threads: each side writes attributes of its own.
    """

    # Defaults, so that making a request costs little: nearly all of them have no body.
    expected: int | None = None  # bytes of body announced; None: until its end
    received = 0  # bytes of body
    consumed = 0  # bytes of body that the application took
    is_complete = False
    is_started = False
    failure = ""  # why there will be no more of the body
    refusal = ""  # the status to answer with, in the application's stead
    wake: Callable[[], None] | None = None  # called when there is something new for who waits
    _chunks: deque[bytes] | None = None

    def __init__(self, identifier: int, environ: Environ, keep: bool) -> None:
        self.identifier = identifier
        self.environ = environ
        self.keep = keep  # whether the connection is kept after it

    @property
    def held(self) -> int:
        """Bytes of body in memory that the application has not taken."""
        return self.received - self.consumed

    @property
    def has_news(self) -> bool:
        """Whether the application can go on reading: bytes, the end, or a failure."""
        return bool(self._chunks or self.is_complete or self.failure)

    def complete_environ(self, limits: Limits, is_harmless: bool = False) -> None:
        """Check the variables as they came and add what PEP 3333 wants; may set `refusal`.

        Args:
            limits: for the request line, the headers and the body.
            is_harmless: all variables together have at most `limits.harmless` bytes; saves the look at each.
        """
        environ = self.environ
        # They have variables of their own (RFC 3875, 4.1.18), and this one must not be (https://httpoxy.org).
        if "HTTP_CONTENT_LENGTH" in environ:
            del environ["HTTP_CONTENT_LENGTH"]
        if "HTTP_CONTENT_TYPE" in environ:
            del environ["HTTP_CONTENT_TYPE"]
        if "HTTP_PROXY" in environ:
            del environ["HTTP_PROXY"]
        if not environ.get("REQUEST_METHOD"):
            self.refusal = "400 Bad Request"
            return
        if ("HTTPS" in environ and environ["HTTPS"].lower() in ("on", "1")) or (
            "REQUEST_SCHEME" in environ and environ["REQUEST_SCHEME"] == "https"
        ):
            environ["wsgi.url_scheme"] = "https"
        if not is_harmless or 0 < limits.fields < len(environ):
            self._check_sizes(limits)
        length = environ.get("CONTENT_LENGTH")
        if length:
            if not _CONTENT_LENGTH.fullmatch(length):
                self.refusal = "400 Bad Request"
                return
            self.expected = int(length)
            if limits.body and self.expected > limits.body:
                self.refusal = "413 Content Too Large"

    def _check_sizes(self, limits: Limits) -> None:
        environ = self.environ
        line = environ["REQUEST_METHOD"], environ.get("REQUEST_URI", ""), environ["SERVER_PROTOCOL"]
        if limits.request_line and sum(map(len, line)) + 2 > limits.request_line:
            self.refusal = "414 URI Too Long"
            return
        headers = [name for name in environ if name.startswith("HTTP_")]
        # In HTTP the name comes without HTTP_ but with ": ".
        if (limits.fields and len(headers) > limits.fields) or (
            limits.field_size
            and any(len(name) - 3 + len(environ[name]) > limits.field_size for name in headers)
        ):
            self.refusal = "431 Request Header Fields Too Large"

    # For the parser.

    def feed(self, data: bytes, limits: Limits) -> None:
        """Take the next bytes of the body; ProtocolError where there are more than were announced."""
        if self.failure or self.refusal:
            return
        self.received += len(data)
        if self.expected is not None and self.received > self.expected:
            self.fail("the body is longer than CONTENT_LENGTH")
            raise ProtocolError("a request body is longer than its CONTENT_LENGTH")
        if limits.body and self.received > limits.body:
            self.refuse("413 Content Too Large")
            return
        if self._chunks is None:
            self._chunks = deque()
        self._chunks.append(data)
        if self.wake is not None:
            self.wake()

    def end_body(self) -> None:
        """The body is whole, unless it is shorter than announced."""
        if self.expected is not None and self.received < self.expected:
            self.fail("the body broke off")
        self.is_complete = True
        if self.wake is not None:
            self.wake()

    def fail(self, reason: str) -> None:
        """There will be no more of the body: a read beyond what came raises BodyError."""
        self.failure = self.failure or reason
        if self.wake is not None:
            self.wake()

    def refuse(self, status: str) -> None:
        """Answer with `status` if the application has not started, else fail."""
        if self.is_started:
            self.fail(status)
        else:
            self.refusal = status
            self._chunks = None

    # For the application.

    def open_input(self, wait: Callable[["Request"], None]) -> io.BytesIO | io.BufferedReader:
        """Return what becomes `wsgi.input`.

        Args:
            wait: called where the application reads what has not come yet; returns when there is something
                new: bytes, the end, or a failure.
        """
        if self.is_complete and not self.failure:
            chunks = self._chunks
            if not chunks:
                return io.BytesIO()
            self.consumed = self.received
            return io.BytesIO(chunks[0] if len(chunks) == 1 else b"".join(chunks))
        return io.BufferedReader(_Input(self, wait), 65536)

    def take(self, size: int) -> bytes:
        """Take up to `size` of the bytes that are here; b"" where there are none."""
        if not self._chunks:
            return b""
        chunk = self._chunks.popleft()
        if len(chunk) > size:
            self._chunks.appendleft(chunk[size:])
            chunk = chunk[:size]
        self.consumed += len(chunk)
        return chunk

    # For gunicorn: what its hooks and its access log know a request by.

    @property
    def method(self) -> str:
        return str(self.environ.get("REQUEST_METHOD", ""))

    @property
    def uri(self) -> str:
        """The target as the client sent it, where the web server says so."""
        environ = self.environ
        query = environ.get("QUERY_STRING", "")
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        return str(environ.get("REQUEST_URI") or (f"{path}?{query}" if query else path))

    @property
    def path(self) -> str:
        return self.uri.partition("?")[0]

    @property
    def query(self) -> str:
        return str(self.environ.get("QUERY_STRING", ""))

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The HTTP headers, names as gunicorn has them: in capitals, with hyphens."""
        pairs = self.environ.items()
        headers = [(name[5:].replace("_", "-"), value) for name, value in pairs if name.startswith("HTTP_")]
        for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            if self.environ.get(name):
                headers.append((name.replace("_", "-"), self.environ[name]))
        return headers


class _Input(io.RawIOBase):
    """The bytes of a body as they come in."""

    def __init__(self, request: Request, wait: Callable[[Request], None]) -> None:
        self._request = request
        self._wait = wait

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer` with at least one byte; 0 at the end, BodyError where the rest will not come."""
        request = self._request
        while not (chunk := request.take(len(buffer))):
            if request.failure:
                raise BodyError(f"request body: {request.failure}")
            if request.is_complete:
                return 0
            self._wait(request)
        buffer[: len(chunk)] = chunk
        return len(chunk)
