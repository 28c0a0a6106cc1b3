"""Large bodies pass through without being held: neither in memory nor on a tmpfs, which is memory."""

import hashlib
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.gateways.raw_http import Connection, get, post
from tests.targets import Target
from wsgi_gateways.catalogue import Gateway

MEBIBYTE = 1024**2
BLOCK = bytes(range(256)) * 4096
BLOCKS = 300
HELD_AT_MOST = 64 * MEBIBYTE


@pytest.fixture(scope="module")
def expected_digest() -> str:
    digest = hashlib.sha256()
    for _ in range(BLOCKS):
        digest.update(BLOCK)
    return digest.hexdigest()


def test_300_mib_are_uploaded_as_they_come(
    gateway: Gateway, stack: Target, port: int, expected_digest: str
) -> None:
    before = stack.memory(gateway.name)
    with Connection(port) as connection:
        connection.send(post("/probe/sha256", f"Content-Length: {BLOCKS * len(BLOCK)}"))
        for _ in range(BLOCKS - 1):
            connection.send(BLOCK)
        held = stack.memory(gateway.name) - before
        connection.send(BLOCK)
        answer = connection.answer()
    assert answer is not None
    if gateway.has_quirk("body-is-collected-first"):
        assert answer.status == 413
        return
    assert answer.json == {"sha256": expected_digest, "bytes": BLOCKS * len(BLOCK)}
    assert held < HELD_AT_MOST


def test_a_slow_client_downloads_100_mib_as_it_reads(gateway: Gateway, stack: Target, port: int) -> None:
    before = stack.memory(gateway.name)
    with Connection(port) as connection:
        connection.send(get(f"/probe/bytes?n={100 * MEBIBYTE}"))
        first_line = connection.line()
        held = stack.memory(gateway.name) - before
        answer = connection.answer(status_line=first_line)
    assert answer is not None
    assert answer.complete
    pattern = bytes(range(251)) * 4178
    assert len(answer.body) == 100 * MEBIBYTE
    assert all(piece == pattern[: len(piece)] for piece in pieces(answer.body, len(pattern)))
    assert held < HELD_AT_MOST


def test_a_chunk_arrives_while_the_application_still_waits(client: httpx.Client) -> None:
    began = time.monotonic()
    with client.stream("GET", "/probe/stream?n=2&ms=1500") as answer:
        arriving = answer.iter_text()
        assert next(arriving) == "line 1\n"
        assert time.monotonic() - began < 1.5
        assert "".join(arriving) == "line 2\n"


def pieces(body: bytes, length: int) -> Iterator[bytes]:
    for start in range(0, len(body), length):
        yield body[start : start + length]
