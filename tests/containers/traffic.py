"""Requests that are under way while something happens to the container."""

import http.client
from urllib.parse import urlsplit


class Request:
    """One request on a connection of its own, sent and received in pieces; it is never repeated."""

    def __init__(self, address: str, path: str, seconds: float = 20) -> None:
        self.path = path
        self.connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=seconds)

    def close(self) -> None:
        """Close the connection, whatever is still under way."""
        self.connection.close()

    def get(self) -> "Request":
        """Send the request; nothing is read yet."""
        self.connection.request("GET", self.path)
        return self

    def post(self, length: int, beginning: bytes) -> "Request":
        """Send the headers and the beginning of a body of ``length`` bytes."""
        self.connection.putrequest("POST", self.path)
        self.connection.putheader("Content-Length", str(length))
        self.connection.endheaders(beginning)
        return self

    def send(self, rest: bytes) -> None:
        """Send more of the body."""
        self.connection.send(rest)

    def begin(self, size: int) -> bytes:
        """Read the status, which must be 200, the headers, and that many bytes of the body."""
        self.response = self.connection.getresponse()
        assert self.response.status == 200, f"{self.path}: {self.response.status}"
        return self.response.read(size)

    def rest(self) -> bytes:
        """Read the body to its end; one that is cut short raises IncompleteRead."""
        return self.response.read()

    def answer(self) -> bytes:
        """Read all of the response."""
        return self.begin(0) + self.rest()

    def what_comes(self) -> bytes:
        """Read the rest of a body that may be cut short."""
        try:
            return self.response.read()
        except http.client.IncompleteRead as cut:
            return cut.partial
        except ConnectionError:
            return b""


def pattern(length: int) -> bytes:
    """What /probe/bytes sends: byte k is k modulo 251."""
    return (bytes(range(251)) * (length // 251 + 1))[:length]
