"""A FastCGI 1.0 client (https://fastcgi-archives.github.io/FastCGI_Specification.html) with nginx's habits.

It keeps its connection, and closes it where anything follows FCGI_END_REQUEST or the other side has closed.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from tests.serve.clients.client import Client, Cut, Reply, parse_cgi, variables

BEGIN_REQUEST, ABORT_REQUEST, END_REQUEST, PARAMS, STDIN, STDOUT, STDERR, DATA = 1, 2, 3, 4, 5, 6, 7, 8
GET_VALUES, GET_VALUES_RESULT, UNKNOWN_TYPE = 9, 10, 11
RESPONDER, AUTHORIZER, FILTER = 1, 2, 3
REQUEST_COMPLETE, CANT_MPX_CONN, OVERLOADED, UNKNOWN_ROLE = 0, 1, 2, 3

Record = tuple[int, int, bytes]  # type, request id, content


def record(kind: int, identifier: int, content: bytes = b"", padding: int = 0) -> bytes:
    """Section 3.3."""
    header = bytes([1, kind]) + identifier.to_bytes(2, "big") + len(content).to_bytes(2, "big")
    return header + bytes([padding, 0]) + content + b"\xff" * padding


def length_of(data: bytes) -> bytes:
    """Section 3.4: one byte up to 127, else four with the highest bit set."""
    return bytes([len(data)]) if len(data) < 128 else (len(data) + 2**31).to_bytes(4, "big")


def pairs(values: Mapping[str, str]) -> bytes:
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in values.items()]
    return b"".join(length_of(name) + length_of(value) + name + value for name, value in encoded)


def begin(identifier: int = 1, role: int = RESPONDER, keep: bool = True) -> bytes:
    return record(BEGIN_REQUEST, identifier, bytes([0, role, int(keep), 0, 0, 0, 0, 0]))


def stream(kind: int, identifier: int, content: bytes, size: int = 65535, padding: int = 0) -> bytes:
    """A stream of records, and the empty one that ends it (section 3.3)."""
    cuts = [*range(0, len(content), size), len(content)]
    parts = [record(kind, identifier, content[a:b], padding) for a, b in pairwise(cuts) if a < b]
    return b"".join(parts) + record(kind, identifier)


def request(
    values: Mapping[str, str], body: bytes = b"", identifier: int = 1, keep: bool = True, padding: int = 0
) -> bytes:
    """A whole request."""
    params = stream(PARAMS, identifier, pairs(values), padding=padding)
    return begin(identifier, keep=keep) + params + stream(STDIN, identifier, body, padding=padding)


def abort(identifier: int = 1) -> bytes:
    return record(ABORT_REQUEST, identifier)


def records(data: bytes) -> list[Record]:
    """All records in `data`, which must be whole."""
    found = []
    while data:
        assert data[0] == 1, "not version 1"
        assert len(data) >= 8, "a record's header breaks off"
        size, padding = int.from_bytes(data[4:6], "big"), data[6]
        assert len(data) >= 8 + size + padding, "a record breaks off"
        found.append((data[1], int.from_bytes(data[2:4], "big"), data[8 : 8 + size]))
        data = data[8 + size + padding :]
    return found


def decode_pairs(content: bytes) -> dict[str, str]:
    """Section 3.4."""
    values = {}
    while content:
        sizes = []
        for _ in range(2):
            width = 4 if content[0] > 127 else 1
            sizes.append(int.from_bytes(content[:width], "big") & (2**31 - 1 if width == 4 else 127))
            content = content[width:]
        name, value, content = (
            content[: sizes[0]],
            content[sizes[0] : sum(sizes)],
            content[sum(sizes) :],
        )
        assert (len(name), len(value)) == tuple(sizes), "a name-value pair breaks off"
        values[name.decode("latin-1")] = value.decode("latin-1")
    return values


class FastCGIClient(Client):
    """As nginx does it: whatever follows the end of a response closes the connection."""

    keeps = True

    def send_request(
        self, method: str, target: str, headers: Mapping[str, str], body: Iterable[bytes], length: int | None
    ) -> None:
        params = stream(
            PARAMS, 1, pairs(variables(method, target, headers, length, {"SERVER_SOFTWARE": "nginx"}))
        )
        head = begin(keep=self.keeps) + params
        for piece in body:
            cuts = range(0, len(piece), 32768)
            self.send(head + b"".join(record(STDIN, 1, piece[at : at + 32768]) for at in cuts))
            head = b""
        self.send(head + record(STDIN, 1))

    def receive_reply(self, method: str) -> Reply:
        return parse_cgi(self._pieces())

    def receive_record(self) -> Record:
        header = self.exactly(8)
        if header[0] != 1:
            raise Cut(f"not a record: {header!r}")  # as nginx has it: "unsupported FastCGI protocol version"
        size = int.from_bytes(header[4:6], "big")
        content = self.exactly(size + header[6])[:size]
        return header[1], int.from_bytes(header[2:4], "big"), content

    def _pieces(self) -> Iterator[bytes]:
        while True:
            kind, identifier, content = self.receive_record()
            if kind == END_REQUEST:
                break
            assert (kind, identifier) == (STDOUT, 1), (
                f"an unexpected record: {kind}, {identifier}, {content!r}"
            )
            if content:
                yield content
        if content[:5] != bytes(5):
            raise Cut(f"FCGI_END_REQUEST with {content!r}")
        if not self.keeps:
            follows = self._incoming or self.receive()
            assert follows == b"", "more than the response"
            self.close()
