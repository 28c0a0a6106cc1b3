"""What the gateway told the application, which process answers, and what all routes share."""

import os
import socket
import sys
import threading
import time
from pathlib import Path

import pytest

from probe import ROUTES
from tests.probe.probe_client import call, serve_once


@pytest.fixture(autouse=True)
def temporary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))


def test_healthz_says_ok() -> None:
    answer = call("/healthz")
    assert (answer.code, answer.body) == (200, b"ok\n")
    assert answer.header("Content-Type") == "text/plain; charset=utf-8"


def test_hello_is_13_bytes_with_their_length() -> None:
    answer = call("/probe/hello")
    assert (answer.code, answer.body) == (200, b"Hello, World!")
    assert answer.header("Content-Length") == "13"
    assert answer.header("Content-Type") == "text/plain; charset=utf-8"


def test_index_lists_every_route_with_its_summary() -> None:
    lines = call("/probe/").text.splitlines()
    assert [line.split()[0] for line in lines] == list(ROUTES)
    assert all(len(line.split()) > 1 for line in lines)


@pytest.mark.parametrize(
    "path", ["/probe", "/probe/nothing", "/probe/hello/", "/probe//hello", "/probe/\xc3\xa9"]
)
def test_unknown_route_is_404_and_names_the_list(path: str) -> None:
    answer = call(path)
    assert answer.code == 404
    assert "/probe/ lists them" in answer.text


@pytest.mark.parametrize("path", [path for path in ROUTES if path != "/probe/raise"])
def test_no_answer_may_be_stored(path: str) -> None:
    assert call(path).header("Cache-Control") == "no-store"


FIXED = [
    "/healthz",
    "/probe/",
    "/probe/hello",
    "/probe/nothing",
    "/probe/echo",
    "/probe/sha256",
    "/probe/status?code=418",
    "/probe/status?code=204",
    "/probe/status?code=304",
    "/probe/status?code=1",
    "/probe/headers",
    "/probe/bytes?n=70000",
    "/probe/stream",
    "/probe/write",
    "/probe/file",
    "/probe/errors",
    "/probe/close",
    "/probe/sleep",
]


@pytest.mark.parametrize("target", FIXED)
def test_head_has_the_headers_of_get_and_no_body(target: str) -> None:
    get, head = call(target), call(target, "HEAD")
    assert (head.status, head.headers, head.body) == (get.status, get.headers, b"")


@pytest.mark.parametrize("target", FIXED)
def test_a_real_server_sends_what_was_answered_and_nothing_for_head(target: str) -> None:
    bodies = {}
    for method in ("GET", "HEAD"):
        with serve_once() as address, socket.create_connection(address, timeout=10) as client:
            client.sendall(f"{method} {target} HTTP/1.0\r\n\r\n".encode())
            response = client.makefile("rb").read()
        bodies[method] = response.partition(b"\r\n\r\n")[2]
    assert bodies == {"GET": call(target).body, "HEAD": b""}


@pytest.mark.parametrize("target", ["/probe/environ", "/probe/process", "/probe/closed"])
def test_head_of_changing_json_has_a_length_and_no_body(target: str) -> None:
    head = call(target, "HEAD")
    assert (head.code, head.body) == (200, b"")
    assert int(head.header("Content-Length") or 0) > 0


@pytest.mark.parametrize(
    "query",
    ["%", "%zz=%", "&&&=", "=", "n", "n=%00", "n=\xff", "n=1;n=2", "n=\u0663", "n=" + "9" * 5000],
)
@pytest.mark.parametrize("path", ["/probe/hello", "/probe/bytes", "/probe/stream", "/probe/status"])
def test_a_strange_query_string_gets_an_answer(path: str, query: str) -> None:
    assert call(f"{path}?{query}").code in (200, 400)


def test_environ_shows_type_and_value_of_every_key() -> None:
    class Opaque:
        pass

    answer = call(
        "/probe/environ",
        extra={
            "HTTP_X_NAME": "caf\xc3\xa9",
            "server.bytes": b"\xe9",
            "server.number": 7,
            "server.ratio": 0.5,
            "server.nothing": None,
            "server.list": [1, ("a", b"b")],
            "server.object": Opaque(),
        },
    )
    shown = answer.json
    assert answer.header("Content-Type") == "application/json"
    assert shown["HTTP_X_NAME"] == {"type": "str", "value": "caf\xc3\xa9"}
    assert shown["server.bytes"] == {"type": "bytes", "value": "\xe9"}
    assert shown["server.number"] == {"type": "int", "value": 7}
    assert shown["server.ratio"] == {"type": "float", "value": 0.5}
    assert shown["server.nothing"] == {"type": "NoneType", "value": None}
    assert shown["server.list"] == {"type": "list", "value": [1, ["a", "b"]]}
    assert shown["wsgi.version"] == {"type": "tuple", "value": [1, 0]}
    assert shown["wsgi.multithread"]["type"] in ("bool", "int")
    assert shown["server.object"]["type"] == "Opaque"
    assert list(shown) == sorted(shown)
    assert " at 0x" not in answer.text


def test_environ_leaves_the_process_environment_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROBE_SECRET", "not-for-clients")
    answer = call("/probe/environ", extra={"HTTP_COOKIE": "mine=1"})
    assert "not-for-clients" not in answer.text
    assert answer.json["HTTP_COOKIE"]["value"] == "mine=1"


def test_process_names_process_thread_and_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKERS", "2")
    monkeypatch.delenv("THREADS", raising=False)
    shown = call(
        "/probe/process",
        extra={"wsgi.multithread": True, "wsgi.run_once": 0, "SERVER_SOFTWARE": "Test/1"},
    ).json
    requests, started = shown.pop("requests"), shown.pop("started")
    assert shown.pop("began") <= shown.pop("ended")
    assert shown == {
        "pid": os.getpid(),
        "ppid": os.getppid(),
        "thread": threading.get_native_id(),
        "python": sys.version.split()[0],
        "filesystem_encoding": sys.getfilesystemencoding(),
        "multithread": True,
        "multiprocess": False,
        "run_once": False,
        "workers": "2",
        "threads": None,
        "server_software": "Test/1",
    }
    assert requests > 0
    assert time.time() - 3600 < started <= time.time()


def test_process_says_from_when_to_when_it_ran() -> None:
    shown = call("/probe/process?ms=30").json
    assert shown["ended"] - shown["began"] >= 0.03


@pytest.mark.parametrize("ms", ["-1", "60001", "soon"])
def test_process_runs_no_longer_than_a_minute(ms: str) -> None:
    assert call(f"/probe/process?ms={ms}").code == 400


def test_environ_takes_any_path_below_it() -> None:
    assert call("/probe/environ/a//b/caf\u00e9").json["PATH_INFO"]["value"].startswith("/probe/environ/a//b/")


def test_process_counts_every_request_even_from_many_threads() -> None:
    before = call("/probe/process").json["requests"]

    def ask() -> None:
        for _ in range(50):
            call("/healthz")

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert call("/probe/process").json["requests"] == before + 8 * 50 + 1
