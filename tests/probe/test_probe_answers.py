"""Answers of every kind: status, headers, sized and unsized bodies, write(), a file."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO
from wsgiref.util import FileWrapper

import pytest

import probe.answers
from tests.probe.probe_client import call

SOURCE = Path(probe.answers.__file__).read_bytes()


@pytest.mark.parametrize(
    ("code", "line"),
    [
        (200, "200 OK"),
        (201, "201 Created"),
        (301, "301 Moved Permanently"),
        (404, "404 Not Found"),
        (418, "418 I'm a Teapot"),
        (503, "503 Service Unavailable"),
        (299, "299 Unassigned"),
        (599, "599 Unassigned"),
    ],
)
def test_status_is_the_one_asked_for(code: int, line: str) -> None:
    answer = call(f"/probe/status?code={code}")
    assert (answer.status, answer.text) == (line, f"{line}\n")
    assert answer.header("Content-Length") == str(len(line) + 1)


@pytest.mark.parametrize("code", [204, 304])
def test_status_without_content_has_no_body_and_no_header_about_one(code: int) -> None:
    answer = call(f"/probe/status?code={code}")
    assert (answer.code, answer.body) == (code, b"")
    assert answer.header("Content-Type") is None
    assert answer.header("Content-Length") is None


def test_status_205_has_an_empty_body() -> None:
    answer = call("/probe/status?code=205")
    assert (answer.code, answer.body, answer.header("Content-Length")) == (205, b"", "0")


@pytest.mark.parametrize(
    "code", ["100", "101", "199", "600", "999", "0", "-200", "abc", "", "2e2", "%34%30%34", "\xb2"]
)
def test_status_refuses_what_is_no_final_status(code: str) -> None:
    answer = call(f"/probe/status?code={code}")
    assert (answer.code, answer.text) == (400, "code must be a whole number from 200 to 599.\n")


def test_headers_keep_both_cookies_apart() -> None:
    answer = call("/probe/headers")
    assert answer.all("Set-Cookie") == ["a=1", "b=2"]
    assert answer.header("X-Probe-Latin1") == "é"
    assert answer.header("X-Probe-Long") == "x" * 4000
    assert answer.text == "Set-Cookie X-Probe-Latin1 X-Probe-Long\n"


@pytest.mark.parametrize("length", [1, 8192, 65536])
def test_headers_has_one_as_long_as_asked(length: int) -> None:
    assert call(f"/probe/headers?bytes={length}").header("X-Probe-Long") == "x" * length


@pytest.mark.parametrize("length", ["0", "65537", "-1", "x", ""])
def test_headers_refuses_other_lengths(length: str) -> None:
    answer = call(f"/probe/headers?bytes={length}")
    assert (answer.code, answer.text) == (400, "bytes must be a whole number from 1 to 65536.\n")


@pytest.mark.parametrize("n", [0, 1, 251, 65535, 65536, 65537, 1_000_000])
def test_bytes_sends_the_pattern_in_blocks(n: int) -> None:
    answer = call(f"/probe/bytes?n={n}")
    assert answer.body == bytes(k % 251 for k in range(n))
    assert answer.header("Content-Length") == str(n)
    assert answer.header("Content-Type") == "application/octet-stream"
    assert all(0 < len(block) <= 65536 for block in answer.blocks)


def test_bytes_pattern_shows_a_lost_block() -> None:
    body = call(f"/probe/bytes?n={10 * 65536}").body
    blocks = {body[begin : begin + 65536] for begin in range(0, len(body), 65536)}
    assert len(blocks) == 10


def test_bytes_goes_up_to_1_gib() -> None:
    answer = call("/probe/bytes?n=1073741824", "HEAD")
    assert (answer.code, answer.header("Content-Length")) == (200, "1073741824")


@pytest.mark.parametrize("n", ["1073741825", "-1", "1.0", "", "many", "00000000001", "\u0663"])
def test_bytes_refuses_what_is_no_number_up_to_1_gib(n: str) -> None:
    answer = call(f"/probe/bytes?n={n}")
    assert answer.code == 400
    assert answer.text == "n must be a whole number from 0 to 1073741824.\n"


@pytest.mark.parametrize("n", [0, 1, 10_000])
def test_stream_sends_lines_without_a_length(n: int) -> None:
    answer = call(f"/probe/stream?n={n}")
    assert answer.blocks == [f"line {line}\n".encode() for line in range(1, n + 1)]
    assert answer.header("Content-Length") is None


def test_stream_waits_between_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    assert len(call("/probe/stream?n=4&ms=250").blocks) == 4
    assert waits == [0.25, 0.25, 0.25]


def test_stream_makes_a_line_only_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    lines: Iterator[bytes] = probe.answers.numbered_lines({"QUERY_STRING": "n=3&ms=1000"})
    assert (next(lines), waits) == (b"line 1\n", [])
    assert (next(lines), waits) == (b"line 2\n", [1.0])


@pytest.mark.parametrize("path", ["/probe/stream", "/probe/close"])
@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("n=10001", "n must be a whole number from 0 to 10000."),
        ("n=x", "n must be a whole number from 0 to 10000."),
        ("n=1&ms=60001", "ms must be a whole number from 0 to 60000."),
        ("ms=-1", "ms must be a whole number from 0 to 60000."),
        ("n=6001&ms=10", "n times ms must be at most 60000."),
    ],
)
def test_stream_and_close_are_bounded(path: str, query: str, sentence: str) -> None:
    answer = call(f"{path}?{query}")
    assert (answer.code, answer.text) == (400, f"{sentence}\n")


def test_stream_at_its_bound_is_served() -> None:
    assert call("/probe/stream?n=6000&ms=10", "HEAD").code == 200


def test_write_comes_before_what_is_returned() -> None:
    answer = call("/probe/write")
    assert answer.blocks == [b"written\n", b"returned\n"]
    assert answer.header("Content-Length") == "17"


def test_file_without_a_wrapper_is_sent_in_blocks() -> None:
    answer = call("/probe/file")
    assert answer.body == SOURCE
    assert answer.header("Content-Length") == str(len(SOURCE))
    assert answer.header("X-Probe-File-Wrapper") == "no"


class Wrapper:
    """A wsgi.file_wrapper that remembers what it was given."""

    def __init__(self) -> None:
        self.given: list[tuple[BinaryIO, int]] = []

    def __call__(self, file: BinaryIO, block_size: int) -> Any:
        self.given.append((file, block_size))
        make: Callable[[BinaryIO, int], Any] = FileWrapper
        return make(file, block_size)


def test_file_goes_through_the_gateways_wrapper() -> None:
    wrapper = Wrapper()
    answer = call("/probe/file", extra={"wsgi.file_wrapper": wrapper})
    assert answer.body == SOURCE
    assert answer.header("Content-Length") == str(len(SOURCE))
    assert answer.header("X-Probe-File-Wrapper") == "yes"
    ((file, block_size),) = wrapper.given
    assert (file.closed, block_size) == (True, 65536)


def test_file_leaves_the_wrapper_alone_for_head() -> None:
    wrapper = Wrapper()
    answer = call("/probe/file", "HEAD", extra={"wsgi.file_wrapper": wrapper})
    assert (answer.body, answer.header("X-Probe-File-Wrapper")) == (b"", "yes")
    assert wrapper.given == []
