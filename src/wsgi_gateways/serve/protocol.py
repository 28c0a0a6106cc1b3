"""What the worker asks of a protocol; FastCGI, SCGI and AJP/1.3 answer it, without input or output."""

from abc import ABC, abstractmethod
from collections.abc import Iterable

from wsgi_gateways.serve.request import Environ, Limits, Request


class Protocol(ABC):
    """One connection from a web server: the bytes that came in become requests, responses become bytes.

    Attributes:
        requests: those that have begun and not ended, by their id on this connection.
        replies: bytes that the protocol itself has to say; whoever sends them clears them.
    """

    # Whether a connection may carry a second request.
    keeps_connections = True
    # Bytes of a body in one frame that `sendfile` may fill; 0 where the framing does not allow it.
    largest_frame = 0

    def __init__(self, limits: Limits, base: Environ) -> None:
        """`base` is what every environ starts from."""
        self.limits = limits
        self.base = base
        self.requests: dict[int, Request] = {}
        self.replies = bytearray()
        self._rest = b""  # the beginning of a record

    @property
    def is_idle(self) -> bool:
        """Whether the web server has sent all that it began to send, and every request has ended."""
        return not (self.unread or self.requests)

    @property
    def unread(self) -> int:
        """Bytes that came in and are not understood yet: the beginning of a record."""
        return len(self._rest)

    @abstractmethod
    def feed(self, data: bytes) -> list[Request]:
        """Take what came in; return the requests to start. ProtocolError: close the connection."""

    def end(self) -> None:
        """The web server sends no more: bodies that are not whole will not be."""
        for request in list(self.requests.values()):
            if not request.is_complete:
                request.fail("the connection was closed")
                if not request.is_started:
                    self.forget(request)

    def forget(self, request: Request) -> None:
        """`request` ends. Before its last bytes go out: the next one may come at once, with the same id."""
        if self.requests.get(request.identifier) is request:
            del self.requests[request.identifier]

    def head(self, status: str, headers: Iterable[tuple[str, str]]) -> bytes:
        """The head of a response, as CGI has it (RFC 3875, section 6.2)."""
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers])
        return f"Status: {status}\r\n{lines}\r\n".encode("latin-1")

    @abstractmethod
    def whole(self, request: Request, head: bytes, body: bytes, keep: bool) -> bytes:
        """All of a response. `keep`: whether the connection is kept, as far as we are concerned."""

    @abstractmethod
    def frames(self, request: Request, head: bytes, data: bytes) -> bytes:
        """A part of a response: the head, or b"" where it has been sent, and a piece of the body."""

    def frame_header(self, request: Request, length: int) -> bytes:
        """What goes before `length` bytes of a body, at most `largest_frame`, that follow by `sendfile`."""
        raise NotImplementedError

    @abstractmethod
    def ending(self, request: Request, keep: bool) -> bytes:
        """The end of a complete response."""

    def cut(self, request: Request, is_alone: bool) -> bytes:
        """The end of a response that is not complete.

        `is_alone`: no other request is on the connection, which is closed then. Otherwise b"" means that the
        protocol has no such end, and the connection is closed all the same.
        """
        return b""

    def ask(self, request: Request) -> bytes:
        """What to send so that more of the body comes; b"" where it comes by itself."""
        return b""
