"""Visitors who go on asking while something happens to a server, and an account of every request.

A request has failed when it got an error, a wrong answer, or broke off. Visitors of the one kind make a
connection for each request and repeat nothing. Those of the other kind keep theirs, and may repeat a request,
once, when a kept connection was closed before any byte of the answer: https://www.rfc-editor.org/rfc/rfc9112#section-9.3.1

One more visitor always has a request under way that takes seconds, so that one is there whatever happens.
"""

import socket
import threading
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Self

from tests.gateways.raw_http import Answer, Connection, get, post
from wsgi_gateways.catalogue import Gateway

BODY = bytes(range(250)) * 20
# Of one test, where the gateway admits that a restart or reload may cost a request.
ADMITTED = 5
# The header that each kind of visitor sends.
KINDS = {"kept": "Connection: keep-alive", "fresh": "Connection: close"}
LONG = "long"
LONG_REQUEST = get("/probe/sleep?ms=2000", "Connection: close"), b"slept 2000 ms\n"
SECONDS = 240
# Seconds that a visitor waits for an answer; while servers restart beside other work, it may well take ten.
PATIENCE = 30
PAUSE = 0.02  # between two requests of one visitor: a release has to get some of the CPU


class Load:
    """``with Load(port) as load: …`` sends requests all the while; then ``load.failed`` must be empty."""

    def __init__(self, port: int, visitors_of_each_kind: int = 3, seconds: float = SECONDS) -> None:
        self._port = port
        self._seconds = seconds
        self._visitors = visitors_of_each_kind
        self._stopped = threading.Event()
        self.right: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.repeated = 0

    @property
    def sent(self) -> int:
        """All requests, a repeated one counted once."""
        return self.right.total() + self.failed.total()

    def lost(self, gateway: Gateway) -> Counter[str]:
        """What has failed and should not have; a race that the gateway admits is not seen in every run."""
        admitted = ADMITTED if gateway.has_quirk("restart-may-lose-requests") else 0
        return self.failed if self.failed.total() > admitted else Counter()

    @property
    def fewest(self) -> int:
        """Right answers to the kind of visitor that got the fewest, long requests left out."""
        return min(self.right[kind] for kind in KINDS)

    def __str__(self) -> str:
        return f"{self.failed.total()} of {self.sent} failed"

    def __enter__(self) -> Self:
        kinds = [LONG, *list(KINDS) * self._visitors]
        self._threads = ThreadPoolExecutor(len(kinds))
        self._visits: list[Future[Visitor]] = [self._threads.submit(self._visit, kind) for kind in kinds]
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._threads.shutdown()
        for visit in self._visits:
            visitor = visit.result()
            self.right.update({visitor.kind: visitor.right})
            self.failed.update(visitor.failed)
            self.repeated += visitor.repeated

    def _visit(self, kind: str) -> "Visitor":
        visitor = Visitor(self._port, kind)
        requests = requests_of(kind)
        deadline = time.monotonic() + self._seconds
        while not self._stopped.is_set() and time.monotonic() < deadline:
            for request, body in requests:
                visitor.ask(request, body)
                time.sleep(PAUSE)
        visitor.leave()
        return visitor


def requests_of(kind: str) -> list[tuple[bytes, bytes]]:
    """What such a visitor asks again and again: each request and the body of its right answer."""
    if kind == LONG:
        return [LONG_REQUEST]
    length = f"Content-Length: {len(BODY)}"
    return [
        (get("/probe/hello", KINDS[kind]), b"Hello, World!"),
        (post("/probe/echo", KINDS[kind], length, body=BODY), BODY),
    ]


class Visitor:
    """One client, who keeps the connection (``kind`` is "kept") or makes one for each request."""

    def __init__(self, port: int, kind: str) -> None:
        self.kind = kind
        self.right = 0
        self.failed: Counter[str] = Counter()
        self.repeated = 0
        self._port = port
        self._connection: Connection | None = None

    def ask(self, request: bytes, body: bytes) -> None:
        """Send a request and account for what comes of it."""
        was_kept = self._connection is not None
        try:
            answer = self._exchange(request)
            if answer is None and was_kept:
                self.repeated += 1
                answer = self._exchange(request)
        except (OSError, ValueError, AssertionError) as error:
            self.leave()
            self.failed[f"{self.kind}: {error!r}"] += 1
            return
        if answer is None:
            self.failed[f"{self.kind}: closed before any byte of the answer"] += 1
        elif not (answer.status == 200 and answer.complete and answer.body == body):
            self.failed[f"{self.kind}: {answer.status}, {len(answer.body)} bytes"] += 1
        else:
            self.right += 1

    def leave(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _exchange(self, request: bytes) -> Answer | None:
        """The answer, or None if the connection was closed before any byte of it."""
        connection = self._connection or Connection(self._port, PATIENCE)
        self._connection = connection
        connection.send(request)
        if not begins(connection):
            self.leave()
            return None
        answer = connection.answer()
        assert answer is not None
        if self.kind != "kept" or "close" in answer.header("Connection").lower():
            self.leave()
        return answer


def begins(connection: Connection) -> bool:
    """Whether a byte of the answer arrives before the connection is closed."""
    with suppress(ConnectionResetError):
        return bool(connection.socket.recv(1, socket.MSG_PEEK))
    return False
