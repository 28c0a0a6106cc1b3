"""The parts of the comparison, as cases; each list is measured in interleaved rounds."""

from application import HELLO

from compare.check import receipt
from compare.rounds import Case
from compare.rows import Row

_HELLO = f"text:{HELLO.decode()}"
_SIZES = {"1 KiB": 2**10, "64 KiB": 2**16, "1 MiB": 2**20}
# A body occupies a core for long: more connections would only queue.
_BODY_CONNECTIONS = 8
_AJP_CONNECTIONS = 8
# Two a core: with fewer, a core waits for the next script to be started.
_CGI_CONNECTIONS = 4
# Enough that a request hardly ever waits for a free one.
_PACED_CONNECTIONS = 64


def hello(rows: list[Row], connections: int) -> list[Case]:
    return [Case("hello", "hello", row, connections, row.path, _HELLO) for row in rows]


def ajp(rows: list[Row]) -> list[Case]:
    return [Case("ajp", "hello", row, _AJP_CONNECTIONS, row.path, _HELLO) for row in rows]


def cgi(rows: list[Row]) -> list[Case]:
    return [Case("cgi", "hello", row, _CGI_CONNECTIONS, row.path, _HELLO) for row in rows]


def bodies(rows: list[Row]) -> list[list[Case]]:
    """One list for each direction and size."""
    downloads = [[_download(row, size, name) for row in rows] for name, size in _SIZES.items()]
    uploads = [[_upload(row, size, name) for row in rows] for name, size in _SIZES.items()]
    return downloads + uploads


def capacity(rows: list[Row], connections: int) -> list[Case]:
    """What the rates of the latency section are taken from, measured right before it."""
    return [Case("latency", "capacity", row, connections, row.path, _HELLO) for row in rows]


def half_of(capacities: dict[str, float], rows: list[Row]) -> list[Case]:
    """At half of the row's own capacity; none for a row without one."""
    return [
        Case("latency", "at half of it", row, _PACED_CONNECTIONS, row.path, _HELLO, rate=half)
        for row in rows
        if (half := capacities.get(row.name, 0) / 2)
    ]


def _download(row: Row, size: int, name: str) -> Case:
    return Case("bodies", f"download {name}", row, _BODY_CONNECTIONS, f"/bytes?n={size}", f"bytes:{size}")


def _upload(row: Row, size: int, name: str) -> Case:
    expected = f"text:{receipt(size).decode()}"
    return Case("bodies", f"upload {name}", row, _BODY_CONNECTIONS, "/length", expected, size)
