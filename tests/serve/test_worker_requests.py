"""What a web server gets from each worker, with and without threads: requests, bodies and responses."""

import hashlib
import json
import os
import re
import time
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path

import pytest

from tests.serve.application import BLOCK
from tests.serve.clients.client import Client, Cut
from tests.serve.server import CLIENTS, Server, serving
from tests.waiting import wait_until

MEGABYTE = 1024**2


@pytest.fixture(
    scope="module",
    params=[(worker, threads) for worker in CLIENTS for threads in (1, 4)],
    ids=lambda parameter: "-".join(map(str, parameter)),
)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    worker, threads = request.param
    with serving(worker, tmp_path_factory.mktemp("server"), f"--threads={threads}") as server:
        yield server


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    with server.client() as client:
        yield client


def peak_memory(process: int) -> int:
    """The most memory that the process has had, in bytes."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) * 1024


def test_hello(client: Client) -> None:
    reply = client.request("/hello")
    assert (reply.status, reply.headers, reply.body) == (
        200,
        {"content-type": "text/plain", "content-length": "6"},
        b"hello\n",
    )


def test_a_connection_is_kept_where_the_protocol_can(server: Server, client: Client) -> None:
    for _ in range(20):
        assert client.request("/hello").body == b"hello\n"
    assert client.connections == (20 if server.worker == "SCGIWorker" else 1)


def test_the_application_sees_the_request(client: Client) -> None:
    reply = client.request("/variables?a=b%20c", headers={"Host": "board.example", "X-Own": "own"})
    environ = json.loads(reply.body)
    assert environ["REQUEST_METHOD"] == "GET"
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == ("", "/variables")
    assert environ["QUERY_STRING"] == "a=b%20c"
    assert (environ["REMOTE_ADDR"], environ["SERVER_NAME"]) == ("192.0.2.7", "board.example")
    assert (environ["HTTP_HOST"], environ["HTTP_X_OWN"]) == ("board.example", "own")


@pytest.mark.parametrize("size", [1, 8186, 8187, 65535, 65536, 3 * MEGABYTE])
def test_a_body_comes_back_as_it_was_sent(client: Client, size: int) -> None:
    body = os.urandom(size)
    assert client.request("/echo", "POST", body).body == body
    assert client.request("/hello").body == b"hello\n"


def test_a_body_of_unknown_length_comes_back_as_it_was_sent(server: Server, client: Client) -> None:
    if server.worker == "SCGIWorker":
        # CONTENT_LENGTH must be there; without one it is not SCGI.
        with pytest.raises(ConnectionError):
            client.request("/echo", "POST", b"body", length=None)
    else:
        body = os.urandom(100000)
        assert client.request("/echo", "POST", body, length=None).body == body


def test_a_body_of_100_megabytes_is_never_in_memory_as_a_whole(server: Server, client: Client) -> None:
    process = int(client.request("/process").body)
    block = os.urandom(65536)
    client.request("/digest", "POST", block * 32).body  # noqa: B018 (buffers are allocated by then)
    Path(f"/proc/{process}/clear_refs").write_text("5")
    before = peak_memory(process)
    reply = client.request("/digest", "POST", repeat(block, 1600), length=100 * MEGABYTE)
    assert reply.body.decode() == hashlib.sha256(block * 1600).hexdigest()
    assert peak_memory(process) - before < 16 * MEGABYTE


def test_a_body_that_nobody_reads_does_not_break_the_next_request(client: Client) -> None:
    for _ in range(3):
        assert client.request("/hello", "POST", bytes(300000)).body == b"hello\n"


def test_a_response_arrives_block_by_block(client: Client, tmp_path: Path) -> None:
    go_on = tmp_path / "go-on"
    reply = client.request(f"/step?{go_on}")
    assert next(reply.pieces) == b"first"
    go_on.touch()
    assert reply.body == b"second"


def test_the_application_does_not_run_ahead_of_a_slow_web_server(client: Client, tmp_path: Path) -> None:
    progress = tmp_path / "progress"
    reply = client.request(f"/flood?{progress}")
    before = 0
    while (now := progress.stat().st_size) != before:
        before = now
        time.sleep(0.3)
    assert now * BLOCK < 4 * MEGABYTE
    assert sum(map(len, reply.pieces)) == 64 * MEGABYTE


@pytest.mark.parametrize("path", ["/file", "/file/unknown"])
@pytest.mark.parametrize("size", [0, 1, 65528, 65529, 5 * MEGABYTE])
def test_a_file_goes_out_as_it_is(client: Client, tmp_path: Path, size: int, path: str) -> None:
    source = tmp_path / "source"
    source.write_bytes(os.urandom(size))
    reply = client.request(f"{path}?{source}")
    assert (reply.status, reply.body) == (200, source.read_bytes())
    assert client.request("/hello").body == b"hello\n"


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
def test_some_responses_have_no_body(client: Client, method: str, status: int) -> None:
    reply = client.request(f"/status?{status}", method)
    assert (reply.status, reply.body) == (status, b"")
    if status == 204:
        assert "content-length" not in reply.headers


def test_an_error_before_the_response_is_a_500_without_details(server: Server, client: Client) -> None:
    reply = client.request("/fail")
    assert reply.status == 500
    assert b"meant" not in reply.body
    assert "RuntimeError: meant to fail" in server.wait_for_log("meant to fail")
    assert client.request("/hello").body == b"hello\n"


def test_an_error_in_the_response_cuts_it(server: Server, client: Client) -> None:
    reply = client.request("/fail-late")
    assert next(reply.pieces) == b"the beginning"
    with pytest.raises((Cut, ConnectionResetError)):
        next(reply.pieces)
    assert server.get("/hello") == b"hello\n"


def test_a_response_is_closed_once_when_the_web_server_is_gone(server: Server, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    with server.client() as client:
        next(client.request(f"/endless?{closed}").pieces)
    wait_until(closed.exists, "call of close()")
    assert server.get("/hello") == b"hello\n"
    assert closed.read_text() == "closed\n"


def test_bytes_that_are_no_request_close_their_own_connection_alone(server: Server, client: Client) -> None:
    assert client.request("/hello").body == b"hello\n"
    before = len(server.log)
    with server.client() as other:
        other.connect()
        other.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert other.receive() == b""
    wait_until(lambda: "Closing a connection" in server.log[before:], "line in the log")
    assert "Traceback" not in server.log[before:]
    assert client.request("/hello").body == b"hello\n"


def test_a_web_server_that_goes_in_the_middle_of_a_request_leaves_nothing(server: Server) -> None:
    for count in (1, 5, 40):
        with server.client() as client:
            client.connect()
            sent: list[bytes] = []
            client.send, send = sent.append, client.send  # type: ignore[method-assign, assignment]
            client.send_request("POST", "/echo", {}, [b"x" * 50], 100)
            send(b"".join(sent)[:-count])
    assert server.get("/hello") == b"hello\n"
