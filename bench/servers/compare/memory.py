"""How much the worker processes grow while they take 1 GiB: what streams does not grow."""

import socket
from collections.abc import Callable

from application import download

from compare import check
from compare.rounds import Bench
from compare.rows import Row

_SIZE = 2**30
_PIECE = 2**20
# So that buffers and imports of a first upload are not taken for growth.
_WARM_UP = 2 * _PIECE
_TIMEOUT = 60
EXPECTED_SECONDS = 5


def measure(bench: Bench, row: Row) -> None:
    """The largest growth of one worker process of this row, sampled after every MiB."""
    server = bench.servers[row.server or row.web_server]
    largest: dict[int, int] = {}

    def sample() -> None:
        for pid, size in server.worker_memory().items():
            largest[pid] = max(size, largest.get(pid, 0))

    with bench.progress.step(f"memory: an upload of 1 GiB to {row.name}", EXPECTED_SECONDS):
        try:
            _upload(row, _WARM_UP, lambda: None)
            before = server.worker_memory()
            _upload(row, _SIZE, sample)
        except (OSError, check.WrongResponse) as error:
            bench.fail(row, "memory", str(error) or repr(error))
            return
        if not before or set(before) != set(largest):
            bench.fail(row, "memory", f"other processes than before: {sorted(before)}, {sorted(largest)}")
            return
    bench.measurements.append(
        {
            "section": "memory",
            "case": "upload 1 GiB",
            "row": row.name,
            "round": 1,
            "before_mib": sum(before.values()) / 2**20,
            "growth_mib": max(largest[pid] - before[pid] for pid in before) / 2**20,
        }
    )


def _upload(row: Row, size: int, after_each_piece: Callable[[], None]) -> None:
    """Send the pattern; raise WrongResponse unless all of it arrived."""
    piece = download(_PIECE)
    head = f"POST {row.upload_path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {size}\r\n"
    with socket.create_connection(("127.0.0.1", row.port), timeout=_TIMEOUT) as connection:
        connection.sendall(f"{head}Connection: close\r\n\r\n".encode())
        for _ in range(size // _PIECE):
            connection.sendall(piece)
            after_each_piece()
        response = b"".join(iter(lambda: connection.recv(65536), b""))
    status, _, rest = response.partition(b"\r\n")
    body = rest.partition(b"\r\n\r\n")[2]
    if status.split()[1:2] != [b"200"] or body != check.receipt(size):
        raise check.WrongResponse(f"POST {row.upload_path} of {size} bytes: {status!r}, {body[:100]!r}")
