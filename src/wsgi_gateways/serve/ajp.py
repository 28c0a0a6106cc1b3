"""AJP/1.3, without any input or output: packets in, requests out; responses in, packets out.

The specification: https://tomcat.apache.org/connectors-doc/ajp/ajpv13a.html ("section" below). The web server
sends the first packet of a body whose length it knows by itself, and every other one when it is asked for it
(section "Get Body Chunk").
"""

from collections.abc import Iterable
from functools import lru_cache
from hmac import compare_digest
from struct import Struct
from urllib.parse import unquote_to_bytes

from wsgi_gateways.serve.protocol import Protocol
from wsgi_gateways.serve.request import Environ, Limits, ProtocolError, Request

FORWARD_REQUEST, SHUTDOWN, CPING = 2, 7, 10
SEND_BODY_CHUNK, SEND_HEADERS, END_RESPONSE, GET_BODY_CHUNK, CPONG = 3, 4, 5, 6, 9

# Bytes of a packet, its header included, unless both sides are told otherwise.
PACKET = 8192
FROM_WEB_SERVER = 0x1234
HEADER = Struct(">HH")  # magic, length of what follows
_INTEGER = Struct(">H")
_CHUNK = Struct(">2sHBH")  # "AB", length, SEND_BODY_CHUNK, length of the chunk

METHODS = [
    "OPTIONS",
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "DELETE",
    "TRACE",
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "UNLOCK",
    "ACL",
    "REPORT",
    "VERSION-CONTROL",
    "CHECKIN",
    "CHECKOUT",
    "UNCHECKOUT",
    "SEARCH",
    "MKWORKSPACE",
    "UPDATE",
    "LABEL",
    "MERGE",
    "BASELINE-CONTROL",
    "MKACTIVITY",
]
STORED_METHOD = 0xFF  # the method is an attribute
HEADERS = [
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "authorization",
    "connection",
    "content-type",
    "content-length",
    "cookie",
    "cookie2",
    "host",
    "pragma",
    "referer",
    "user-agent",
]


def _variable(name: str) -> str:
    """The variable of a header (RFC 3875, 4.1.18); "" for one without a name."""
    variable = name.upper().replace("-", "_")
    return variable if variable in ("CONTENT_TYPE", "CONTENT_LENGTH") else variable and "HTTP_" + variable


_VARIABLES = ["", *map(_variable, HEADERS)]  # by the code of a header
QUERY_STRING, REQ_ATTRIBUTE, SSL_KEY_SIZE, SECRET, STORED_METHOD_ATTRIBUTE, ARE_DONE = (
    0x05,
    0x0A,
    0x0B,
    0x0C,
    0x0D,
    0xFF,
)
_ATTRIBUTES = {
    0x01: "",  # context and servlet_path: not implemented by any web server (section "Attributes")
    0x02: "",
    0x03: "REMOTE_USER",
    0x04: "AUTH_TYPE",
    QUERY_STRING: "QUERY_STRING",
    0x06: "",  # the route of a load balancer
    0x07: "SSL_CLIENT_CERT",
    0x08: "SSL_CIPHER",
    0x09: "SSL_SESSION_ID",
    SECRET: "",
    STORED_METHOD_ATTRIBUTE: "REQUEST_METHOD",
}
# What mod_proxy_ajp knows beyond the protocol and passes on under a name of its own.
_RENAMED = {
    "AJP_REMOTE_PORT": "REMOTE_PORT",
    "AJP_LOCAL_ADDR": "SERVER_ADDR",
    "AJP_SSL_PROTOCOL": "SSL_PROTOCOL",
}


def packet(payload: bytes) -> bytes:
    """A packet to the web server."""
    return b"AB" + _INTEGER.pack(len(payload)) + payload


_CPONG = packet(bytes([CPONG]))
_END_AND_KEEP = packet(bytes([END_RESPONSE, 1]))
_END_AND_CLOSE = packet(bytes([END_RESPONSE, 0]))


class AJP(Protocol):
    """The packets of one connection, in and out: one request after the other.

    Args:
        limits, base: see Protocol.
        packet_size: bytes of the largest packet to be sent, its header included: 8192, or more where the web
            server takes it (Apache: `ProxyIOBufferSize`, at most 65536).
        secret: what each request must bring as its secret (mod_proxy_ajp: `secret=`); "" for nothing.
    """

    def __init__(self, limits: Limits, base: Environ, packet_size: int = PACKET, secret: str = "") -> None:
        super().__init__(limits, base)
        # 65536 is what Apache calls it; the length of a packet has 16 bits.
        self._packet_size = min(packet_size, 65535)
        self._secret = secret
        self._request: Request | None = None
        self._awaits_data = False  # the next packet is a part of a body

    def feed(self, data: bytes) -> list[Request]:
        """Take what came in; return the requests to start. ProtocolError: close the connection."""
        if self._rest:
            data = self._rest + data
        ready: list[Request] = []
        try:
            self._feed(data, ready)
        except ProtocolError as error:
            error.ready = ready
            raise
        return ready

    def _feed(self, data: bytes, ready: list[Request]) -> None:
        position, end = 0, len(data)
        while end - position >= 4:
            magic, length = HEADER.unpack_from(data, position)
            if magic != FROM_WEB_SERVER:
                raise ProtocolError("not AJP/1.3: no 0x1234 at the beginning of a packet")
            begin = position + 4
            if end - begin < length:
                break
            position = begin + length
            payload = data[begin:position]
            if self._awaits_data:
                self._awaits_data = False
                self._take_data(payload, ready)
            elif payload[:1] == b"\x02":
                self._begin(payload, ready)
            elif payload == b"\x0a":
                self.replies += _CPONG
            elif payload:
                # Above all SHUTDOWN: that is not for a web server to decide.
                raise ProtocolError(f"AJP: a packet of type {payload[0]}")
            else:
                raise ProtocolError("AJP: an empty packet")
        self._rest = data[position:] if position < end else b""

    def _begin(self, payload: bytes, ready: list[Request]) -> None:
        if self._request is not None:
            raise ProtocolError("AJP: a request before the one before it was answered")
        environ = self.base.copy()
        request = Request(1, environ, True)
        secret = read_request(payload, environ)
        request.complete_environ(self.limits, len(payload) <= self.limits.harmless)
        if self._secret and not compare_digest(secret.encode(), self._secret.encode()):
            request.refusal = "403 Forbidden"
        self._request = self.requests[1] = request
        chunked = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
        if not environ.get("CONTENT_LENGTH") and not chunked:
            request.expected = 0
        if request.expected == 0:
            request.end_body()
        elif request.expected is None:
            # The web server waits to be asked where it does not know the length.
            if not request.refusal:
                self.replies += self.ask(request)
        else:
            self._awaits_data = True
        if request.is_complete or request.refusal:
            request.is_started = True
            ready.append(request)

    def _take_data(self, payload: bytes, ready: list[Request]) -> None:
        size = _INTEGER.unpack_from(payload)[0] if len(payload) >= 2 else 0
        if len(payload) not in (0, 2 + size):
            raise ProtocolError("AJP: the length of a part of a body does not fit its packet")
        request = self._request
        if request is None:
            return  # it has been answered without its body
        if size:
            request.feed(payload[2:], self.limits)
        if not size or request.received == request.expected:
            request.end_body()
        elif request.is_started:
            return  # the application asks
        elif request.held < self.limits.held and not request.refusal:
            self.replies += self.ask(request)
            return
        if not request.is_started:
            request.is_started = True
            ready.append(request)

    def ask(self, request: Request) -> bytes:
        if self._awaits_data or request.is_complete:
            return b""
        self._awaits_data = True
        return packet(bytes([GET_BODY_CHUNK]) + _INTEGER.pack(self._packet_size - 6))

    def forget(self, request: Request) -> None:
        super().forget(request)
        if self._request is request:
            self._request = None

    def head(self, status: str, headers: Iterable[tuple[str, str]]) -> bytes:
        """Send Headers; ValueError where they do not fit into a packet."""
        lines = [_name(name) + string(value) for name, value in headers]
        payload = b"".join([_status(status), _INTEGER.pack(len(lines)), *lines])
        if len(payload) > self._packet_size - 4:
            raise ValueError(
                f"the head of the response does not fit into an AJP packet of {self._packet_size} bytes"
            )
        return packet(payload)

    def whole(self, request: Request, head: bytes, body: bytes, keep: bool) -> bytes:
        return self.frames(request, head, body) + self.ending(request, keep)

    def frames(self, request: Request, head: bytes, data: bytes) -> bytes:
        parts = [head]
        size = self._packet_size - 8
        for begin in range(0, len(data), size):
            piece = data[begin : begin + size]
            parts += (_CHUNK.pack(b"AB", len(piece) + 4, SEND_BODY_CHUNK, len(piece)), piece, b"\0")
        return b"".join(parts)

    def ending(self, request: Request, keep: bool) -> bytes:
        return _END_AND_KEEP if keep else _END_AND_CLOSE


def read_request(payload: bytes, environ: Environ) -> str:
    """Fill `environ` from a Forward Request (section "Request Packet Structure"); return the secret.

    ProtocolError: the packet is malformed.
    """
    try:
        return _read_request(payload, environ)
    except IndexError:
        raise ProtocolError("AJP: a request breaks off") from None


def _read_request(payload: bytes, environ: Environ) -> str:
    method = payload[1]
    if method != STORED_METHOD and not 1 <= method <= len(METHODS):
        raise ProtocolError(f"AJP: unknown method {method}")
    environ["REQUEST_METHOD"] = METHODS[method - 1] if method != STORED_METHOD else ""
    environ["SERVER_PROTOCOL"], position = _string(payload, 2)
    path, position = _string(payload, position)
    environ["REMOTE_ADDR"], position = _string(payload, position)
    host, position = _string(payload, position)
    if host:
        environ["REMOTE_HOST"] = host
    environ["SERVER_NAME"], position = _string(payload, position)
    environ["SERVER_PORT"] = str(payload[position] << 8 | payload[position + 1])
    if payload[position + 2]:
        environ["HTTPS"] = "on"
    position = _read_headers(payload, position + 3, environ)
    secret, position = _read_attributes(payload, position, environ)
    if position != len(payload):
        raise ProtocolError("AJP: a request is shorter than its packet")
    query = environ["QUERY_STRING"]
    if "REQUEST_URI" not in environ:
        environ["REQUEST_URI"] = f"{path}?{query}" if query else path
    if "%" in path:
        path = unquote_to_bytes(path.encode("latin-1")).decode("latin-1")
    environ["PATH_INFO"] = path.removeprefix(environ["SCRIPT_NAME"])
    return secret


def _read_headers(payload: bytes, position: int, environ: Environ) -> int:
    """Add the headers to `environ`; return where they end."""
    count = payload[position] << 8 | payload[position + 1]
    position += 2
    for _ in range(count):
        if payload[position] == 0xA0:
            code = payload[position + 1]
            if not 1 <= code <= len(HEADERS):
                raise ProtocolError(f"AJP: unknown header {0xA000 | code:#x}")
            variable = _VARIABLES[code]
            position += 2
        else:
            name, position = _string(payload, position)
            # One with an underscore would be taken for the one spelt with a hyphen.
            variable = "" if "_" in name else _variable(name)
        value, position = _string(payload, position)
        if not variable:
            continue
        if variable not in environ:
            environ[variable] = value
        elif variable == "CONTENT_LENGTH":
            raise ProtocolError("AJP: Content-Length twice")
        else:
            # RFC 9110, 5.3; RFC 6265, 5.4
            environ[variable] += ("; " if variable == "HTTP_COOKIE" else ", ") + value
    return position


def _read_attributes(payload: bytes, position: int, environ: Environ) -> tuple[str, int]:
    """Add the attributes to `environ`; return the secret, and where they end."""
    secret = ""
    while (code := payload[position]) != ARE_DONE:
        position += 1
        if code == SSL_KEY_SIZE:
            environ["SSL_CIPHER_USEKEYSIZE"] = str(payload[position] << 8 | payload[position + 1])
            position += 2
            continue
        if code == REQ_ATTRIBUTE:
            name, position = _string(payload, position)
            # Apache sends each of its variables AJP_… as an attribute; none may pass for wsgi.….
            name = "" if "." in name else _RENAMED.get(name, name)
        elif code in _ATTRIBUTES:
            name = _ATTRIBUTES[code]
        else:
            raise ProtocolError(f"AJP: unknown attribute {code}")
        value, position = _string(payload, position)
        if code == SECRET:
            secret = value
        elif name:
            environ[name] = value
    return secret, position + 1


def _string(payload: bytes, position: int) -> tuple[str, int]:
    """The string that begins there, "" for none, and where it ends."""
    length = payload[position] << 8 | payload[position + 1]
    position += 2
    if length == 0xFFFF:  # none
        return "", position
    end = position + length
    if payload[end]:
        raise ProtocolError("AJP: a string does not end with 0")
    return payload[position:end].decode("latin-1"), end + 1


def string(text: str) -> bytes:
    """A string as AJP has it."""
    data = text.encode("latin-1")
    return _INTEGER.pack(len(data)) + data + b"\0"


# An application has few names of headers, and few statuses.
_name = lru_cache(1024)(string)


@lru_cache(1024)
def _status(status: str) -> bytes:
    """The beginning of Send Headers."""
    code, _, reason = status.partition(" ")
    return bytes([SEND_HEADERS]) + _INTEGER.pack(int(code)) + string(reason)
