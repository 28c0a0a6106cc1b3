"""An AJP/1.3 client (https://tomcat.apache.org/connectors-doc/ajp/ajpv13a.html) with mod_proxy_ajp's habits.

It sends the first packet of a body by itself where it knows the length, every other one when it is asked, and
closes the connection where reuse is 0.
"""

from collections.abc import Iterable, Iterator, Mapping

from tests.serve.clients.client import Client, Reply

FORWARD_REQUEST, SHUTDOWN, PING, CPING = 2, 7, 8, 10
SEND_BODY_CHUNK, SEND_HEADERS, END_RESPONSE, GET_BODY_CHUNK, CPONG = 3, 4, 5, 6, 9
LARGEST = 8192 - 6  # bytes of a body in a packet
METHODS = {"OPTIONS": 1, "GET": 2, "HEAD": 3, "POST": 4, "PUT": 5, "DELETE": 6, "TRACE": 7}
STORED = 0xFF
CODED_HEADERS = {
    "accept": 0xA001,
    "accept-charset": 0xA002,
    "accept-encoding": 0xA003,
    "accept-language": 0xA004,
    "authorization": 0xA005,
    "connection": 0xA006,
    "content-type": 0xA007,
    "content-length": 0xA008,
    "cookie": 0xA009,
    "cookie2": 0xA00A,
    "host": 0xA00B,
    "pragma": 0xA00C,
    "referer": 0xA00D,
    "user-agent": 0xA00E,
}
CODED_RESPONSE_HEADERS = {
    0xA001: "content-type",
    0xA002: "content-language",
    0xA003: "content-length",
    0xA004: "date",
    0xA005: "last-modified",
    0xA006: "location",
    0xA007: "set-cookie",
    0xA008: "set-cookie2",
    0xA009: "servlet-engine",
    0xA00A: "status",
    0xA00B: "www-authenticate",
}
ATTRIBUTES = {"remote_user": 3, "auth_type": 4, "query_string": 5, "secret": 12, "stored_method": 13}

Packet = tuple[int, bytes]  # type, what follows


def packet(payload: bytes) -> bytes:
    return b"\x12\x34" + len(payload).to_bytes(2, "big") + payload


def integer(value: int) -> bytes:
    return value.to_bytes(2, "big")


def string(text: str | None) -> bytes:
    if text is None:
        return b"\xff\xff"
    data = text.encode("latin-1")
    return integer(len(data)) + data + b"\0"


def header(name: str, value: str) -> bytes:
    code = CODED_HEADERS.get(name.lower())
    return (integer(code) if code else string(name)) + string(value)


def attribute(name: str, value: str) -> bytes:
    if name == "ssl_key_size":
        return b"\x0b" + integer(int(value))
    if name in ATTRIBUTES:
        return bytes([ATTRIBUTES[name]]) + string(value)
    return b"\x0a" + string(name) + string(value)


def forward(
    method: str = "GET",
    target: str = "/",
    headers: Iterable[tuple[str, str]] = (),
    attributes: Mapping[str, str] = {},
    is_ssl: bool = False,
) -> bytes:
    """A Forward Request packet."""
    path, _, query = target.partition("?")
    attributes = ({"query_string": query} if query else {}) | dict(attributes)
    if method not in METHODS:
        attributes |= {"stored_method": method}
    lines = [header(name, value) for name, value in headers]
    fields = [string("HTTP/1.1"), string(path), string("192.0.2.7"), string(None), string("board.example")]
    fields += [integer(80), bytes([is_ssl]), integer(len(lines)), *lines]
    fields += [attribute(name, value) for name, value in attributes.items()]
    return packet(bytes([FORWARD_REQUEST, METHODS.get(method, STORED)]) + b"".join(fields) + b"\xff")


def data(content: bytes) -> bytes:
    """A packet with a part of a body; an empty one ends it."""
    return packet(integer(len(content)) + content) if content else packet(b"")


def packets(stream: bytes) -> list[Packet]:
    """All packets in what a server sent, which must be whole."""
    found = []
    while stream:
        assert stream[:2] == b"AB", "not a packet of a server"
        size = int.from_bytes(stream[2:4], "big")
        assert size, "an empty packet"
        assert len(stream) >= 4 + size, "a packet breaks off"
        found.append((stream[4], stream[5 : 4 + size]))
        stream = stream[4 + size :]
    return found


class Fields:
    """The fields of a packet, one after the other."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def integer(self) -> int:
        value, self.content = int.from_bytes(self.content[:2], "big"), self.content[2:]
        return value

    def string(self) -> str:
        size = self.integer()
        text, end, self.content = self.content[:size], self.content[size], self.content[size + 1 :]
        assert end == 0, "a string does not end with 0"
        return text.decode("latin-1")


def parse_head(content: bytes) -> tuple[int, str, dict[str, str]]:
    """Send Headers: status, reason, headers."""
    fields = Fields(content)
    status, reason, headers = fields.integer(), fields.string(), {}
    for _ in range(fields.integer()):
        if fields.content[0] == 0xA0:
            name = CODED_RESPONSE_HEADERS[fields.integer()]
        else:
            name = fields.string().lower()
        assert name not in headers, f"{name} twice"
        headers[name] = fields.string()
    assert not fields.content, "more than the headers"
    return status, reason, headers


def parse_chunk(content: bytes) -> bytes:
    """Send Body Chunk: the piece of the body, and a 0 behind it."""
    size = int.from_bytes(content[:2], "big")
    assert content[2 + size :] == b"\0", "the length of a chunk does not fit"
    return content[2 : 2 + size]


class AJPClient(Client):
    _body: Iterator[bytes]

    def send_request(
        self, method: str, target: str, headers: Mapping[str, str], body: Iterable[bytes], length: int | None
    ) -> None:
        if length is None:
            lines = [*headers.items(), ("transfer-encoding", "chunked")]
        else:
            lines = [*headers.items(), ("content-length", str(length))] if length else [*headers.items()]
        self._body = self._split(body)
        self.send(forward(method, target, lines) + (next(self._body) if length else b""))

    @staticmethod
    def _split(body: Iterable[bytes]) -> Iterator[bytes]:
        """The packets of the body; at its end empty ones."""
        for piece in body:
            for begin in range(0, len(piece), LARGEST):
                yield data(piece[begin : begin + LARGEST])
        while True:
            yield data(b"")

    def receive_packet(self) -> Packet:
        start = self.exactly(4)
        assert start[:2] == b"AB", f"not a packet of a server: {start!r}"
        payload = self.exactly(int.from_bytes(start[2:], "big"))
        return payload[0], payload[1:]

    def _receive(self) -> Packet:
        """The next packet that is not a question for more of the body."""
        while True:
            kind, content = self.receive_packet()
            if kind != GET_BODY_CHUNK:
                return kind, content
            self.send(next(self._body))

    def receive_reply(self, method: str) -> Reply:
        kind, content = self._receive()
        assert kind == SEND_HEADERS, f"not the head of a response: {kind}, {content!r}"
        status, _, headers = parse_head(content)
        return Reply(status, headers, self._pieces())

    def _pieces(self) -> Iterator[bytes]:
        while True:
            kind, content = self._receive()
            if kind == END_RESPONSE:
                break
            assert kind == SEND_BODY_CHUNK, f"an unexpected packet: {kind}, {content!r}"
            yield parse_chunk(content)
        if content == b"\0":
            self.close()
        else:
            assert content == b"\1", f"the end of a response with {content!r}"

    def is_alive(self) -> bool:
        """CPing, CPong."""
        self.send(packet(bytes([CPING])))
        return self.receive_packet() == (CPONG, b"")
