"""One response: what `start_response` takes (PEP 3333), checked, and how it goes out."""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any

from wsgi_gateways.serve.request import Request

if TYPE_CHECKING:
    from wsgi_gateways.serve.connection import Connection

ExcInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

# Bytes of a response that go out in one piece; from there on, piece by piece as the web server takes them.
PIECE = 256 * 1024

# RFC 9110, 5.6.2 (token), 5.5 (field-value) and 15 (status code); the reason is RFC 9112, section 4.
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+", re.ASCII)
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_STATUS = re.compile(r"[2-9][0-9]{2}(?: [\t\x20-\x7e\x80-\xff]*)?")
_ORDINARY, _CONTENT_LENGTH, _HOP_BY_HOP = range(1, 4)
# These are of the connection, which is the web server's (RFC 9110, 7.6.1).
_SPECIAL = dict.fromkeys(
    (
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailers",
        "transfer-encoding",
        "upgrade",
        "status",
    ),
    _HOP_BY_HOP,
) | {"content-length": _CONTENT_LENGTH}
_BODILESS = ("204", "304")
# What was checked before: an application has few statuses, and few names of headers.
_known_statuses: set[str] = set()
_known_names: dict[str, int] = {}


class FileWrapper:
    """`wsgi.file_wrapper`: a file that goes out by sendfile where it can, else in blocks."""

    def __init__(self, file: Any, block_size: int = 65536) -> None:
        self.file = file
        self.block_size = block_size
        if hasattr(file, "close"):
            self.close = file.close

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self.file.read(self.block_size), b"")


class Response:
    """The response to one request.

    Attributes:
        status: as the application gave it; "" before that.
        headers: the same; gunicorn's access log reads both, and `sent`.
        sent: bytes of body.
    """

    status = ""
    headers: Iterable[tuple[str, str]] = ()
    sent = 0
    has_begun = False  # whether any of it has been sent
    _length: int | None = None
    _is_bodiless = False

    def __init__(self, request: Request, connection: "Connection") -> None:
        self._request = request
        self._connection = connection
        self._lines: list[tuple[str, str]] = []

    def start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: ExcInfo | None = None
    ) -> Callable[[bytes], None]:
        """PEP 3333, "The start_response() Callable"; ValueError or TypeError for what must not be sent."""
        if exc_info is not None:
            try:
                if self.has_begun and exc_info[1] is not None:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None
        elif self.status:
            raise AssertionError("start_response was called a second time without exc_info")
        if status not in _known_statuses:
            _check_status(status)
        length = None
        lines = []
        for line in headers:
            name, value = line
            kind = _known_names.get(name) or _classify(name)
            # The first test is cheap, and true of nearly every value.
            if not value.isprintable() and not _VALUE.fullmatch(value):
                raise ValueError(f"the value of the response header {name} has a control character")
            if kind != _ORDINARY:
                if kind == _HOP_BY_HOP:
                    continue
                if not (value.isascii() and value.isdigit()):
                    raise ValueError(f"not a Content-Length: {value!r}")
                length = int(value)
            lines.append(line)
        # Where there must be no body (RFC 9110, 6.4.1) it is not sent; of 204 the length goes as well (8.6).
        code = status[:3]
        self._is_bodiless = code in _BODILESS or self._request.environ["REQUEST_METHOD"] == "HEAD"
        if code == "204" and length is not None:
            length = None
            lines = [line for line in lines if line[0].lower() != "content-length"]
        self.status = status
        self.headers = headers
        self._length = length
        self._lines = lines
        return self.write

    def write(self, data: bytes) -> None:
        """PEP 3333, "The write() Callable": returns when the web server has taken it."""
        for _ in self._send(data):
            self._connection.drain()

    def send_all(self, application: Application) -> Iterator[None] | None:
        """Run the application and send what it returns.

        Returns:
            None when all is sent; else a generator, to be resumed whenever the connection has taken what
            was handed to it, until it ends.

        Raises: what the application raises, and OSError where the connection is gone.
        """
        result = application(self._request.environ, self.start_response)
        if type(result) is not list and type(result) is not tuple:
            return self._send_iterable(result)
        if not self.status:
            raise AssertionError("the application returned without calling start_response")
        body = result[0] if len(result) == 1 else b"".join(result)
        if len(body) > PIECE or self.has_begun:
            return self._send_iterable(result)
        connection = self._connection
        keep = connection.keeps(self._request)
        if self._is_bodiless:
            body = b""
        elif self._length is None:
            self._lines.append(("Content-Length", str(len(body))))
        elif self._length != len(body):
            return self._send_iterable(result)
        protocol = connection.protocol
        head = protocol.head(self.status, self._lines)
        self.has_begun = True
        self.sent = len(body)
        protocol.forget(self._request)
        if connection.send(protocol.whole(self._request, head, body, keep)):
            return None
        return iter((None,))

    def send_error(self, status: str) -> Iterator[None] | None:
        """Send a response of our own: the status, no details."""
        text = f"{status}\n"
        self.status = ""
        self.start_response(
            status, [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(text)))]
        )
        return self.send_all(lambda environ, start_response: [text.encode()])

    def _send_iterable(self, result: Iterable[bytes]) -> Iterator[None]:
        connection, request = self._connection, self._request
        try:
            if isinstance(result, FileWrapper) and self.status:
                yield from self._send_file(result)
            else:
                for block in result:
                    if block:
                        yield from self._send(block)
            if not self.has_begun:
                yield from self._send(b"")
            if self._length is not None and self.sent < self._length and not self._is_bodiless:
                raise ValueError(f"the response has {self.sent} bytes, its Content-Length is {self._length}")
        finally:
            if hasattr(result, "close"):
                result.close()
        protocol = connection.protocol
        protocol.forget(request)
        if not connection.send(protocol.ending(request, connection.keeps(request))):
            yield

    def _send(self, data: bytes) -> Iterator[None]:
        """Send the head if it has not been sent, and a block of the body."""
        protocol, request = self._connection.protocol, self._request
        head = b"" if self.has_begun else self._begin()
        data = self._clip(data)
        self.sent += len(data)
        # One piece even where there is no body: the head.
        for begin in range(0, len(data) or 1, PIECE):
            piece = data if len(data) <= PIECE else data[begin : begin + PIECE]
            if not self._connection.send(protocol.frames(request, head, piece)):
                yield
            head = b""

    def _begin(self) -> bytes:
        if not self.status:
            raise AssertionError("a block of the body came before start_response was called")
        self.has_begun = True
        return self._connection.protocol.head(self.status, self._lines)

    def _clip(self, data: bytes) -> bytes:
        """What of `data` belongs to the body: none where there must be none, nothing beyond its length."""
        if not isinstance(data, bytes):
            raise TypeError(f"a block of the body is not bytes but {type(data).__name__}")
        if self._is_bodiless:
            return b""
        if self._length is not None and self.sent + len(data) > self._length:
            return data[: self._length - self.sent]
        return data

    def _send_file(self, wrapper: FileWrapper) -> Iterator[None]:
        """Send the file by sendfile; in blocks where that cannot be."""
        connection, request = self._connection, self._request
        largest = connection.protocol.largest_frame
        try:
            descriptor = wrapper.file.fileno()
            position = wrapper.file.tell()
            remaining = os.fstat(descriptor).st_size - position
        except (AttributeError, OSError, ValueError):
            remaining = -1
        if not largest or remaining <= 0 or self._is_bodiless:
            for block in wrapper:
                yield from self._send(block)
            return
        if self._length is not None:
            remaining = min(remaining, self._length)
        yield from self._send(b"")
        while remaining:
            length = min(remaining, largest)
            if not connection.send(connection.protocol.frame_header(request, length)):
                yield
            while length:
                count = connection.send_file(descriptor, position, length)
                if count == 0:
                    raise ValueError("the file became shorter while it was sent")
                if count < 0:
                    yield
                    continue
                position += count
                length -= count
                remaining -= count
                self.sent += count


def _classify(name: str) -> int:
    if not isinstance(name, str):
        raise TypeError(f"the name of a response header is not str but {type(name).__name__}")
    if not _NAME.fullmatch(name):
        raise ValueError(f"not the name of a header: {name!r}")
    kind = _SPECIAL.get(name.lower(), _ORDINARY)
    if len(_known_names) < 1024:
        _known_names[name] = kind
    return kind


def _check_status(status: str) -> None:
    if not _STATUS.fullmatch(status):
        raise ValueError(f"not the status of a response: {status!r}")
    if len(_known_statuses) < 1024:
        _known_statuses.add(status)
