"""What the clients of the three protocols have in common: one connection, one request at a time."""

import select
import socket
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

Address = str | tuple[str, int]  # the path of a UNIX socket, or host and port
PIECE = 65536


class Cut(ConnectionError):
    """The response is not whole."""


@dataclass
class Reply:
    """The head of a response, and its body as it comes in."""

    status: int
    headers: dict[str, str]
    pieces: Iterator[bytes]
    _read: list[bytes] = field(default_factory=list)

    @property
    def body(self) -> bytes:
        """All of the body; Cut where it is not whole."""
        self._read.extend(self.pieces)
        return b"".join(self._read)


def variables(
    method: str, target: str, headers: Mapping[str, str], length: int | None, extra: Mapping[str, str] = {}
) -> dict[str, str]:
    """The variables that a web server makes of a request (RFC 3875, section 4.1)."""
    path, _, query = target.partition("?")
    found = {"CONTENT_LENGTH": "" if length is None else str(length)}
    found |= {"REQUEST_METHOD": method, "SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": query}
    found |= {"REQUEST_URI": target, "SERVER_PROTOCOL": "HTTP/1.1", "SERVER_NAME": "board.example"}
    found |= {"SERVER_PORT": "80", "REMOTE_ADDR": "192.0.2.7", "GATEWAY_INTERFACE": "CGI/1.1"}
    found |= {"HTTP_" + name.upper().replace("-", "_"): value for name, value in headers.items()}
    return found | dict(extra)


class Client(ABC):
    """A connection that is opened when it is needed, and kept as far as the protocol allows."""

    connections = 0  # opened so far

    def __init__(self, address: Address, timeout: float = 30) -> None:
        self.address = address
        self.timeout = timeout
        self.socket: socket.socket | None = None
        self._incoming = b""

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    @abstractmethod
    def send_request(
        self, method: str, target: str, headers: Mapping[str, str], body: Iterable[bytes], length: int | None
    ) -> None:
        """Send all of a request that goes out before its response comes in."""

    @abstractmethod
    def receive_reply(self, method: str) -> Reply:
        """Receive the head of the response."""

    def request(
        self,
        target: str,
        method: str = "GET",
        body: bytes | Iterable[bytes] = b"",
        headers: Mapping[str, str] = {},
        length: int | None = -1,
    ) -> Reply:
        """Send a request and receive the head of its response.

        Args:
            length: the Content-Length; -1: of `body`, which is bytes then; None: not known.
        """
        if isinstance(body, bytes):
            length = len(body) if length == -1 else length
            body = [body[begin : begin + PIECE] for begin in range(0, len(body), PIECE)]
        self.prepare()
        self.send_request(method, target, headers, body, length)
        return self.receive_reply(method)

    def prepare(self) -> None:
        """Use the connection that was kept, unless the other side has said anything since; else open one."""
        if self.socket is not None and (self._incoming or select.select([self.socket], [], [], 0)[0]):
            self.close()
        if self.socket is None:
            self.connect()

    def connect(self) -> None:
        self.socket = socket.socket(socket.AF_UNIX if isinstance(self.address, str) else socket.AF_INET)
        self.socket.settimeout(self.timeout)
        self.socket.connect(self.address)
        self.connections += 1
        self._incoming = b""

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket = None
        self._incoming = b""

    def send(self, data: bytes) -> None:
        assert self.socket is not None
        self.socket.sendall(data)

    def half_close(self) -> None:
        assert self.socket is not None
        self.socket.shutdown(socket.SHUT_WR)

    def receive(self) -> bytes:
        """Some bytes; b"" at the end."""
        assert self.socket is not None
        return self.socket.recv(PIECE)

    def exactly(self, count: int) -> bytes:
        """So many bytes; Cut where the connection ends before."""
        blocks, missing = [self._incoming], count - len(self._incoming)
        while missing > 0:
            data = self.receive()
            if not data:
                self.close()
                raise Cut("the connection was closed in the middle of a response")
            blocks.append(data)
            missing -= len(data)
        data = b"".join(blocks)
        self._incoming = data[count:]
        return data[:count]


def parse_cgi(pieces: Iterator[bytes]) -> Reply:
    """A response as CGI has it (RFC 3875, section 6)."""
    head = b""
    while b"\r\n\r\n" not in head:
        try:
            head += next(pieces)
        except StopIteration:
            raise Cut(f"the response has no whole head: {head!r}") from None
    text, _, rest = head.partition(b"\r\n\r\n")
    headers = {}
    for line in text.decode("latin-1").split("\r\n"):
        name, _, value = line.partition(": ")
        assert name.lower() not in headers, f"{name} twice"
        headers[name.lower()] = value
    status = int(headers.pop("status", "200")[:3])

    def body() -> Iterator[bytes]:
        if rest:
            yield rest
        yield from pieces

    return Reply(status, headers, body())
