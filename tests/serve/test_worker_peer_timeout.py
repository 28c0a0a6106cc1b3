"""A web server that goes silent in the middle of a request: it is let go, and others are served meanwhile."""

import select
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.serve.clients.client import Client
from tests.serve.server import CLIENTS, Server, serving
from tests.waiting import wait_until

each_worker = pytest.mark.parametrize("worker", CLIENTS)
with_and_without_threads = pytest.mark.parametrize("threads", [1, 4])
MEGABYTE = 1024**2
SILENCE = 2  # seconds


@contextmanager
def impatient(worker: str, directory: Path, *arguments: str) -> Iterator[Server]:
    """A server that lets a web server be silent for SILENCE seconds."""
    config = directory / "gunicorn.conf.py"
    config.write_text(f"def post_fork(arbiter, worker):\n    worker.peer_timeout = {SILENCE}\n")
    with serving(worker, directory, f"--config={config}", *arguments) as server:
        yield server


def send_all_but_the_end(client: Client, method: str, target: str, body: bytes, missing: int) -> None:
    """Send a request without its last bytes."""
    client.connect()
    sent: list[bytes] = []
    client.send, send = sent.append, client.send  # type: ignore[method-assign, assignment]
    client.send_request(method, target, {}, [body], len(body))
    send(b"".join(sent)[:-missing])


def is_closed(client: Client) -> bool:
    """Whether the other side has closed the connection; questions for more of a body are left unanswered."""
    assert client.socket is not None
    return bool(select.select([client.socket], [], [], 0)[0]) and client.receive() == b""


@each_worker
@with_and_without_threads
@pytest.mark.parametrize(
    ("method", "size", "missing"), [("GET", 0, 30), ("POST", 50, 9)], ids=["head", "body"]
)
def test_a_request_that_does_not_go_on_is_dropped(
    worker: str, threads: int, method: str, size: int, missing: int, tmp_path: Path
) -> None:
    with (
        impatient(worker, tmp_path, f"--threads={threads}") as server,
        server.client() as silent,
        server.client() as other,
    ):
        send_all_but_the_end(silent, method, "/echo", bytes(size), missing)
        began = time.monotonic()
        slowest = 0.0
        while not is_closed(silent):
            asked = time.monotonic()
            assert other.request("/hello").body == b"hello\n"
            slowest = max(slowest, time.monotonic() - asked)
            assert time.monotonic() < began + 15, "the connection is still open"
        assert SILENCE - 0.5 < time.monotonic() - began < SILENCE + 3
        assert slowest < SILENCE / 2
        server.wait_for_log("the web server is silent in the middle of a request")


@each_worker
@with_and_without_threads
def test_an_application_does_not_wait_for_ever_for_a_body(worker: str, threads: int, tmp_path: Path) -> None:
    over = Event()

    def body() -> Iterator[bytes]:
        """More than is held in memory, so that the application runs, and then nothing."""
        for _ in range(32):
            yield bytes(65536)
        over.wait(30)

    def send(silent: Client) -> None:
        with suppress(OSError):
            silent.request("/digest", "POST", body(), length=4 * MEGABYTE)

    arguments = [f"--threads={threads}", "--log-level=debug"]
    with impatient(worker, tmp_path, *arguments) as server, server.client() as silent:
        sender = Thread(target=send, args=[silent])
        sender.start()
        try:
            server.wait_for_log("POST /digest")
            if threads > 1:
                assert server.get("/hello") == b"hello\n"
                assert "the web server is silent" not in server.log
            server.wait_for_log("the web server is silent")
            assert server.get("/hello") == b"hello\n"
        finally:
            over.set()
            sender.join(30)


@each_worker
@with_and_without_threads
def test_a_response_that_is_not_taken_is_closed(worker: str, threads: int, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    with impatient(worker, tmp_path, f"--threads={threads}") as server, server.client() as silent:
        next(silent.request(f"/endless?{closed}").pieces)
        assert server.get("/hello") == b"hello\n"
        assert not closed.exists()
        wait_until(closed.exists, "call of close()")
        assert server.get("/hello") == b"hello\n"
