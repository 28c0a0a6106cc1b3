"""A client that pauses for a few seconds is waited for; all of them pause at once, to save time."""

import hashlib
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache

import pytest

from tests.gateways.raw_http import Answer, Connection, get, post
from tests.targets import Target
from wsgi_gateways.catalogue import Gateway

PAUSE = 6.0  # seconds: uWSGI's default for both directions is 4
BODY = bytes(range(256)) * 4096
MEBIBYTE = 1024**2
PATTERN = bytes(range(251)) * (32 * MEBIBYTE // 251 + 1)
Answers = dict[str, Future[Answer | None]]
# One port for each gateway that runs, and the answer to each client that paused: of the same ports only once.
Paused = Callable[[tuple[int, ...]], dict[int, Answers]]


@pytest.fixture(scope="module")
def paused() -> Paused:
    """Lets a client of each kind pause at each of the ports, all of them at once."""
    clients: dict[str, Callable[[int], Answer | None]] = {"upload": upload, "download": download}

    @cache
    def at(ports: tuple[int, ...]) -> dict[int, Answers]:
        with ThreadPoolExecutor(len(clients) * len(ports)) as threads:
            return {
                port: {kind: threads.submit(visit, port) for kind, visit in clients.items()} for port in ports
            }

    return at


@pytest.fixture
def answers(gateway: Gateway, stack: Target, paused: Paused) -> Answers:
    """The answers of the gateway; all that share its board pause with it."""
    ports = tuple(stack.port(name) for name in stack.same_board(gateway.name))
    return paused(ports)[stack.port(gateway.name)]


def upload(port: int) -> Answer | None:
    """Send half of the body, pause, send the rest."""
    with Connection(port) as connection:
        connection.send(post("/probe/sha256", f"Content-Length: {len(BODY)}") + BODY[: len(BODY) // 2])
        time.sleep(PAUSE)
        connection.send(BODY[len(BODY) // 2 :])
        return connection.answer()


def download(port: int) -> Answer | None:
    """Ask for more than the sockets between hold, read the first line, pause, read the rest."""
    with Connection(port) as connection:
        connection.send(get(f"/probe/bytes?n={32 * MEBIBYTE}"))
        first_line = connection.line()
        time.sleep(PAUSE)
        return connection.answer(status_line=first_line)


def test_an_upload_may_pause(answers: Answers) -> None:
    answer = answers["upload"].result()
    assert answer is not None
    assert answer.json == {"sha256": hashlib.sha256(BODY).hexdigest(), "bytes": len(BODY)}


def test_a_download_may_pause(answers: Answers) -> None:
    answer = answers["download"].result()
    assert answer is not None
    assert answer.complete
    # Not compared by ==, which would print 32 MiB when it fails.
    assert len(answer.body) == 32 * MEBIBYTE
    assert PATTERN.startswith(answer.body)
