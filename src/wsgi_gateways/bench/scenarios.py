"""What is asked of every gateway, and the answer that is right."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlencode

HOST = "127.0.0.1"
_PATTERN = bytes(range(251))


@dataclass(frozen=True)
class Exchange:
    """One request, and the response to it: every byte of its body, or what its Location begins with."""

    method: str
    path: str
    status: int = 200
    body: bytes | None = None
    location: str | None = None
    sent: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def request(self) -> bytes:
        """The request as it goes over the wire."""
        headers = {"Host": HOST, **self.headers}
        if self.sent:
            headers["Content-Length"] = str(len(self.sent))
        lines = [
            f"{self.method} {self.path} HTTP/1.1",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        return "\r\n".join([*lines, "", ""]).encode() + self.sent


@dataclass(frozen=True)
class Board:
    """What the prepared board needs of its visitors (inside/prepare_board.py), and the list page it gives."""

    cookie: str
    csrf_token: str
    reply_path: str
    thread_path: str
    list_path: str
    list_page: bytes


Make = Callable[[Board, Path], list[Exchange]]


@dataclass(frozen=True)
class Scenario:
    """A kind of load; several exchanges take turns."""

    name: str
    summary: str
    make: Make
    # Multiplied with a profile's connections: 256 downloads of 1 MiB at once measure the buffers.
    share_of_connections: float = 1


def pattern(length: int) -> bytes:
    """What /probe/bytes answers."""
    return (_PATTERN * (length // len(_PATTERN) + 1))[:length]


def _get(path: str, body: bytes) -> Make:
    return lambda _board, _root: [Exchange("GET", path, body=body)]


def _upload(size: int) -> Make:
    sent = pattern(size)
    told = {"bytes": len(sent), "sha256": sha256(sent).hexdigest()}
    answer = json.dumps(told, indent=2, sort_keys=True).encode() + b"\n"
    headers = {"Content-Type": "application/octet-stream"}
    return lambda _board, _root: [Exchange("POST", "/probe/sha256", body=answer, sent=sent, headers=headers)]


_post = _upload(64 * 1024)


def _static(_board: Board, root: Path) -> list[Exchange]:
    return [Exchange("GET", "/static/style.css", body=(root / "app/static/style.css").read_bytes())]


def _board_list(board: Board, _root: Path) -> list[Exchange]:
    return [Exchange("GET", board.list_path, body=board.list_page)]


def _board_post(board: Board, _root: Path) -> list[Exchange]:
    form = {"csrf_token": board.csrf_token, "body": "A reply, as short as most of them are."}
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": board.cookie}
    sent = urlencode(form).encode()
    post = Exchange("POST", board.reply_path, 303, location=board.thread_path, sent=sent, headers=headers)
    return [post]


_HELLO = _get("/probe/hello", b"Hello, World!")
_TEN_KIB = _get("/probe/bytes?n=10240", pattern(10240))


def _mix(board: Board, root: Path) -> list[Exchange]:
    """Of ten requests: four pages of the board, three files, two of 10 KiB, one upload."""
    page, file, data = (make(board, root) for make in (_board_list, _static, _TEN_KIB))
    return [*page, *file, *data, *page, *file, *page, *file, *data, *page, *_post(board, root)]


_LINES = b"".join(b"line %d\n" % line for line in range(1, 101))


def _hello_close(board: Board, root: Path) -> list[Exchange]:
    return [replace(each, headers={"Connection": "close"}) for each in _HELLO(board, root)]


SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("hello", "13 bytes from the application", _HELLO),
        Scenario("hello-close", "the same, on a connection for each request", _hello_close),
        Scenario("10kib", "10 KiB from the application", _TEN_KIB),
        Scenario("1mib", "1 MiB in blocks of 64 KiB", _get("/probe/bytes?n=1048576", pattern(1048576)), 0.25),
        Scenario("stream", "100 lines, one by one, without a length", _get("/probe/stream?n=100", _LINES)),
        Scenario("post", "an upload of 64 KiB, answered by its SHA-256", _post),
        Scenario("post-1mib", "an upload of 1 MiB, answered by its SHA-256", _upload(1024**2), 0.25),
        Scenario("static", "a file that the web server has itself", _static),
        Scenario("board", "a list of threads: database and template", _board_list),
        Scenario("board-post", "a reply on the board, stored", _board_post, 0.25),
        Scenario("wait", "10 ms of waiting in the application", _get("/probe/sleep?ms=10", b"slept 10 ms\n")),
        Scenario("mix", "pages, files, data and uploads in turns", _mix),
    )
}


def write(exchanges: list[Exchange], folder: Path) -> None:
    """The files that the load generators read: bench/load/paced/exchange.h says which."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, exchange in enumerate(exchanges, 1):
        (folder / f"{number}.request").write_bytes(exchange.request())
        (folder / f"{number}.status").write_text(str(exchange.status))
        if exchange.body is not None:
            (folder / f"{number}.body").write_bytes(exchange.body)
        if exchange.location is not None:
            (folder / f"{number}.location").write_text(exchange.location)
