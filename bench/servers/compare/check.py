"""Is every response right? Asked before and after each round, one request at a time."""

import zlib
from http.client import HTTPConnection, HTTPException

from application import HELLO, PATTERN, download

from compare.rows import Row

_TIMEOUT = 10


class WrongResponse(Exception):
    """A response that is not the one that was asked for."""


def ask(row: Row, method: str, path: str, expected: bytes, body: bytes | None = None) -> None:
    """Raise WrongResponse unless status, length and body are right."""
    connection = HTTPConnection("127.0.0.1", row.port, timeout=_TIMEOUT)
    try:
        connection.request(method, path, body)
        response = connection.getresponse()
        received = response.read()
    except (OSError, HTTPException) as error:
        raise WrongResponse(f"{method} {path}: {error!r}") from error
    finally:
        connection.close()
    if response.status != 200:
        raise WrongResponse(f"{method} {path}: status {response.status}")
    length = response.getheader("Content-Length")
    if length != str(len(expected)):
        raise WrongResponse(f"{method} {path}: Content-Length {length}")
    if received != expected:
        raise WrongResponse(f"{method} {path}: {len(received)} bytes, not the {len(expected)} expected")


def hello(row: Row) -> None:
    ask(row, "GET", row.path, HELLO)


def server(row: Row) -> None:
    """Who answers at this port is who shall be measured."""
    if row.server:
        ask(row, "GET", "/server", row.server.encode())


def receipt(size: int) -> bytes:
    """What the application answers to an upload of the pattern."""
    checksum = 0
    for begin in range(0, size, len(PATTERN) * 4096):
        checksum = zlib.crc32(download(min(len(PATTERN) * 4096, size - begin)), checksum)
    return b"%d %08x" % (size, checksum)
