"""SCGI, without any input or output: bytes in, a request out; a response in, bytes out.

The specification: https://python.ca/scgi/protocol.txt. A connection carries one request; the response is as
in CGI, and ends with the connection.
"""

import re

from wsgi_gateways.serve.protocol import Protocol
from wsgi_gateways.serve.request import ProtocolError, Request

# The length of a netstring (https://cr.yp.to/proto/netstrings.txt): no sign, no leading zero, and a colon.
_LENGTH = re.compile(rb"([1-9][0-9]{0,8}):")
_BEGINNING_OF_LENGTH = re.compile(rb"[1-9][0-9]{0,8}")


class SCGI(Protocol):
    """The one request of a connection, in, and its response, out."""

    keeps_connections = False
    largest_frame = 1024**3

    # Defaults, so that a connection costs little.
    _request: Request | None = None
    _beginning: bytearray | None = None  # what came in before the netstring was complete
    _needed = 0  # bytes of it, as far as that is known

    @property
    def unread(self) -> int:
        return len(self._beginning or b"")

    def feed(self, data: bytes) -> list[Request]:
        """Take what came in; return the request when it is to be started. ProtocolError: close."""
        request = self._request
        if request is not None:
            if request.is_complete:
                raise ProtocolError("SCGI: more than one request, or a longer body than CONTENT_LENGTH")
            return self._feed_body(request, data)
        if self._beginning is not None:
            self._beginning += data
            if len(self._beginning) <= self._needed:
                return []
            data, self._beginning = bytes(self._beginning), None
        found = _LENGTH.match(data)
        if found is None:
            if not _BEGINNING_OF_LENGTH.fullmatch(data):
                raise ProtocolError("not SCGI: it does not begin with the length of a netstring")
            self._beginning = bytearray(data)
            return []
        begin = found.end()
        end = begin + int(found[1])
        if end - begin > self.limits.header:
            raise ProtocolError(f"SCGI: more than {self.limits.header} bytes of variables")
        if len(data) <= end:
            self._beginning = bytearray(data)
            self._needed = end
            return []
        if data[end] != 0x2C:
            raise ProtocolError("SCGI: no comma after the netstring")
        return self._begin(data[begin:end], data[end + 1 :])

    def _begin(self, variables: bytes, body: bytes) -> list[Request]:
        parts = variables.decode("latin-1").split("\0")
        if len(parts) % 2 == 0 or parts[-1]:
            raise ProtocolError("SCGI: a variable without a value")
        names, values = parts[0:-1:2], parts[1::2]
        if names[0] != "CONTENT_LENGTH" or not parts[1]:
            raise ProtocolError("SCGI: the first variable is not CONTENT_LENGTH")
        sent = dict(zip(names, values, strict=True))
        if "" in sent or len(sent) != len(names):
            raise ProtocolError("SCGI: a variable without a name, or twice")
        environ = self.base | sent
        if environ.pop("SCGI", "") != "1":
            raise ProtocolError("SCGI: the variable SCGI is not 1")
        request = self._request = self.requests[1] = Request(1, environ, False)
        request.complete_environ(self.limits, len(variables) <= self.limits.harmless)
        if request.refusal:
            request.is_started = True
            return [request]
        return self._feed_body(request, body)

    def _feed_body(self, request: Request, data: bytes) -> list[Request]:
        if data:
            request.feed(data, self.limits)
        if request.received == request.expected:
            request.end_body()
        elif not request.refusal and request.held < self.limits.held:
            return []
        if request.is_started:
            return []
        request.is_started = True
        return [request]

    def whole(self, request: Request, head: bytes, body: bytes, keep: bool) -> bytes:
        return head + body

    def frames(self, request: Request, head: bytes, data: bytes) -> bytes:
        return head + data

    def frame_header(self, request: Request, length: int) -> bytes:
        return b""

    def ending(self, request: Request, keep: bool) -> bytes:
        return b""
