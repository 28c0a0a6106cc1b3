"""An SCGI client (https://python.ca/scgi/protocol.txt): a connection for each request."""

from collections.abc import Iterable, Iterator, Mapping

from tests.serve.clients.client import Client, Cut, Reply, parse_cgi, variables


def netstring(content: bytes) -> bytes:
    return str(len(content)).encode() + b":" + content + b","


def block(values: Mapping[str, str]) -> bytes:
    return b"".join(part.encode("latin-1") + b"\0" for pair in values.items() for part in pair)


def request(values: Mapping[str, str], body: bytes = b"") -> bytes:
    return netstring(block({"CONTENT_LENGTH": str(len(body)), "SCGI": "1"} | dict(values))) + body


class SCGIClient(Client):
    def prepare(self) -> None:
        self.close()
        self.connect()

    def send_request(
        self, method: str, target: str, headers: Mapping[str, str], body: Iterable[bytes], length: int | None
    ) -> None:
        values = variables(method, target, headers, length, {"SCGI": "1"})
        self.send(netstring(block(values)))
        for piece in body:
            self.send(piece)

    def receive_reply(self, method: str) -> Reply:
        reply = parse_cgi(self._pieces())
        length = reply.headers.get("content-length")
        if length is not None and method != "HEAD" and reply.status not in (204, 304):
            reply.pieces = whole(reply.pieces, int(length))
        return reply

    def _pieces(self) -> Iterator[bytes]:
        while data := self.receive():
            yield data
        self.close()


def whole(pieces: Iterator[bytes], length: int) -> Iterator[bytes]:
    """The end of the connection is the end of the response: only the length says whether it is whole."""
    for piece in pieces:
        length -= len(piece)
        yield piece
    if length:
        raise Cut(f"the response is {length} bytes short")
