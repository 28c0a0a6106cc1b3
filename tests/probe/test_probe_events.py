"""What shows beside the response: log lines, exceptions, time, close()."""

import socket
import struct
import time
import uuid
from io import BytesIO, StringIO
from pathlib import Path
from threading import Event
from wsgiref.handlers import SimpleHandler

import pytest

import probe
import wsgi
from probe.events import MARKER_LIMIT
from tests.probe.probe_client import call, make_environ, serve_once

BAD_TOKENS = ["", "a" * 65, "../x", "a/b", "a.b", "a_b", "a%2Fb", "a b", "\xe9", "a\nb", "\u0663"]


@pytest.fixture(autouse=True)
def temporary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def closed(token: str) -> dict[str, object]:
    shown: dict[str, object] = call(f"/probe/closed?token={token}").json
    return shown


@pytest.mark.parametrize("token", ["T", "a-1-Z", "-", "a" * 64])
def test_errors_gets_the_token_on_a_line_of_its_own(token: str) -> None:
    answer = call(f"/probe/errors?token={token}")
    assert (answer.code, answer.errors) == (200, f"{token}\n")
    assert answer.text == f"wrote {token} to wsgi.errors\n"


def test_errors_has_a_default_token() -> None:
    assert call("/probe/errors").errors == "probe\n"


@pytest.mark.parametrize("path", ["/probe/errors", "/probe/close", "/probe/closed"])
@pytest.mark.parametrize("token", BAD_TOKENS)
def test_a_token_that_is_unsafe_in_a_file_name_or_log_is_400(path: str, token: str, temporary: Path) -> None:
    answer = call(f"{path}?token={token}")
    assert (answer.code, answer.errors) == (400, "")
    assert answer.text == "token must be 1 to 64 ASCII letters, digits and hyphens.\n"
    assert list(temporary.iterdir()) == []


class TestRaise:
    def run(self, query: str) -> tuple[list[str], list[bytes], str]:
        """Return the statuses started, the blocks sent and what was raised."""
        started: list[str] = []
        blocks: list[bytes] = []

        def start_response(status: str, *_: object) -> object:
            started.append(status)
            return blocks.append

        environ = make_environ(f"/probe/raise{query}")
        with pytest.raises(RuntimeError) as raised:
            blocks.extend(probe.application(environ, start_response))  # type: ignore[arg-type]
        return started, blocks, str(raised.value)

    @pytest.mark.parametrize("query", ["", "?when=before"])
    def test_before_start_response(self, query: str) -> None:
        assert self.run(query) == ([], [], "probe: raised before, token probe")

    def test_after_start_response(self) -> None:
        assert self.run("?when=after") == (["200 OK"], [], "probe: raised after, token probe")

    def test_while_iterating_after_the_first_block(self) -> None:
        started, blocks, message = self.run("?when=iterating&token=mine")
        assert (started, blocks) == (["200 OK"], [b"first block\n"])
        assert message == "probe: raised iterating, token mine"

    @pytest.mark.parametrize("when", ["", "never", "Before"])
    def test_at_no_other_time(self, when: str) -> None:
        answer = call(f"/probe/raise?when={when}")
        assert (answer.code, answer.text) == (400, "when must be before, after or iterating.\n")


def test_sleep_takes_as_long_as_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    assert call("/probe/sleep?ms=1500").text == "slept 1500 ms\n"
    assert call("/probe/sleep?ms=60000").text == "slept 60000 ms\n"
    assert waits == [1.5, 60.0]


@pytest.mark.parametrize("ms", ["60001", "-1", "1.5", "", "soon"])
def test_sleep_is_bounded(ms: str) -> None:
    answer = call(f"/probe/sleep?ms={ms}")
    assert (answer.code, answer.text) == (400, "ms must be a whole number from 0 to 60000.\n")


def test_close_is_called_once_for_each_answer() -> None:
    assert closed("T") == {"closed": False, "times": 0}
    answer = call("/probe/close?token=T&n=2")
    assert answer.blocks == [b"line 1\n", b"line 2\n"]
    assert answer.errors == "probe: closed T\n"
    assert closed("T") == {"closed": True, "times": 1}
    call("/probe/close?token=T")
    assert closed("T") == {"closed": True, "times": 2}
    assert closed("t") == {"closed": False, "times": 0}


def test_close_is_seen_for_head_too() -> None:
    call("/probe/close?token=T", "HEAD")
    assert closed("T")["times"] == 1


class Hangup(BytesIO):
    """A connection that the client drops after the headers and some lines."""

    def write(self, data: object, /) -> int:
        if self.tell() > 300:
            raise ConnectionResetError("the client is gone")
        return super().write(data)  # type: ignore[arg-type]


def test_close_is_called_once_when_the_client_breaks_off() -> None:
    output, errors = Hangup(), StringIO()
    environ = make_environ("/probe/close?token=T&n=10000")
    SimpleHandler(BytesIO(), output, errors, environ).run(wsgi.application)
    assert b"line 2\n" in output.getvalue()
    assert b"line 10000\n" not in output.getvalue()
    assert closed("T")["times"] == 1
    assert errors.getvalue().count("probe: closed T\n") == 1


def test_close_is_called_once_when_a_real_connection_is_reset(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gone = Event()
    monkeypatch.setattr(time, "sleep", lambda _: gone.wait(10))
    with serve_once() as address, socket.create_connection(address, timeout=10) as client:
        client.sendall(b"GET /probe/close?token=T&n=6000&ms=10 HTTP/1.0\r\n\r\n")
        with client.makefile("rb") as response:
            assert b"line 1\n" in iter(response.readline, b"")
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        gone.set()
    assert closed("T")["times"] == 1


def test_close_leaves_no_mark_before_it_is_called() -> None:
    lines = probe.application(make_environ("/probe/close?token=T&n=2"), lambda *_: lambda _: None)
    assert list(lines) == [b"line 1\n", b"line 2\n"]
    assert closed("T")["closed"] is False
    lines.close()  # type: ignore[attr-defined]
    assert closed("T")["closed"] is True


def test_close_keeps_its_mark_from_other_users(temporary: Path) -> None:
    call("/probe/close?token=T")
    assert (temporary / "probe-closed-T").stat().st_mode & 0o777 == 0o600


def test_close_follows_no_planted_link(temporary: Path) -> None:
    victim = temporary / "victim"
    victim.write_bytes(b"precious")
    (temporary / "probe-closed-T").symlink_to(victim)
    with pytest.raises(OSError, match="symbolic links"):
        call("/probe/close?token=T")
    assert victim.read_bytes() == b"precious"
    assert closed("T") == {"closed": False, "times": 0}


def test_close_takes_no_new_token_when_there_are_too_many(temporary: Path) -> None:
    for number in range(MARKER_LIMIT):
        (temporary / f"probe-closed-{number}").write_bytes(b".")
    answer = call("/probe/close?token=new")
    assert answer.code == 503
    assert "Remove the probe-closed-* files" in answer.text
    assert call("/probe/close?token=7").code == 200
    assert closed("7")["times"] == 2
    assert closed("new")["times"] == 0


def test_close_marks_in_slash_tmp_without_tmpdir(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TMPDIR")
    token = str(uuid.uuid4())
    marker = Path(f"/tmp/probe-closed-{token}")
    try:
        call(f"/probe/close?token={token}")
        assert marker.read_bytes() == b"."
        assert closed(token)["times"] == 1
    finally:
        marker.unlink(missing_ok=True)
