"""HTTP over a bare socket, for requests that no HTTP client would send.

Every wait has a deadline: a gateway that hangs fails the test with TimeoutError.
"""

import json
import socket
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

DEADLINE = 10.0  # seconds


@dataclass(frozen=True)
class Answer:
    """One response; ``complete`` is whether its body ended as its headers had announced."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    complete: bool = True

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str:
        """The values of all headers of that name, joined."""
        return ", ".join(value for key, value in self.headers if key.lower() == name.lower())


class Connection:
    """A TCP connection to a gateway on 127.0.0.1."""

    def __init__(self, port: int, deadline: float = DEADLINE) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=deadline)
        self._file = self.socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()
        self.socket.close()

    def send(self, data: bytes) -> None:
        """Send; a gateway that has refused the request already may have closed its end."""
        with suppress(BrokenPipeError, ConnectionResetError):
            self.socket.sendall(data)

    def line(self) -> bytes:
        """The next line of the response, b"" once the gateway has closed the connection."""
        try:
            return self._file.readline()
        except ConnectionResetError:
            return b""

    def answer(self, method: str = "GET", status_line: bytes | None = None) -> Answer | None:
        """The next response to a request of that method; None if the gateway closed instead."""
        status_line = self.line() if status_line is None else status_line
        if not status_line:
            return None
        version, status, *_ = status_line.split()
        assert version in (b"HTTP/1.0", b"HTTP/1.1"), status_line
        headers = tuple(self._headers())
        names = {name.lower(): value for name, value in headers}
        code = int(status)
        if method == "HEAD" or code < 200 or code in (204, 304):
            return Answer(code, headers, b"")
        if names.get("transfer-encoding", "").lower() == "chunked":
            body, complete = self._chunks()
        elif "content-length" in names:
            length = int(names["content-length"])
            body = self._read(length)
            complete = len(body) == length
        else:
            body, complete = self._read(-1), True
        return Answer(code, headers, body, complete)

    def is_closed(self) -> bool:
        """Whether the gateway closes the connection, without another byte."""
        return self._read(1) == b""

    def _headers(self) -> list[tuple[str, str]]:
        headers = []
        while (line := self.line()).strip():
            name, _, value = line.decode("latin-1").partition(":")
            headers.append((name, value.strip()))
        return headers

    def _chunks(self) -> tuple[bytes, bool]:
        chunks = []
        while size := self.line().partition(b";")[0].strip():
            chunk = self._read(int(size, 16))
            chunks.append(chunk)
            if len(chunk) < int(size, 16):
                return b"".join(chunks), False
            ended = self.line() == b"\r\n"
            if not chunk:
                return b"".join(chunks), ended
        return b"".join(chunks), False

    def _read(self, length: int) -> bytes:
        try:
            return self._file.read(length)
        except ConnectionResetError:
            return b""


def ask(port: int, request: bytes, method: str = "GET") -> Answer:
    """The response to one request on a connection of its own."""
    with Connection(port) as connection:
        connection.send(request)
        answer = connection.answer(method)
    assert answer is not None, "the gateway closed the connection without an answer"
    return answer


def get(path: str, *headers: str, host: str = "localhost", method: str = "GET") -> bytes:
    """A request without a body, byte for byte as given: ``path`` and ``headers`` in latin-1."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1")


def post(path: str, *headers: str, body: bytes = b"") -> bytes:
    """A POST request with these headers and these bytes after them, whether they agree or not."""
    return get(path, *headers, method="POST") + body
