"""The gzip middleware, around applications that do what real ones do."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
from wsgiref.validate import validator

import pytest
from werkzeug.test import Client, TestResponse

from board.compression import GzipMiddleware
from tests.board.visitor import Visitor, new_board

TEXT = b"All work and no play makes Jack a dull boy. " * 40


def application(body: Iterable[bytes] = (TEXT,), status: str = "200 OK", **headers: str) -> WSGIApplication:
    named = {"Content-Type": "text/plain"} | {k.replace("_", "-"): v for k, v in headers.items()}

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response(status, list(named.items()))
        return [] if environ["REQUEST_METHOD"] == "HEAD" else list(body)

    return app


def ask(app: WSGIApplication, accept: str = "gzip", method: str = "GET") -> TestResponse:
    client = Client(validator(GzipMiddleware(validator(app))))
    answer = client.open("/", method=method, headers={"Accept-Encoding": accept})
    answer.get_data()
    answer.close()
    return answer


def is_gzip(answer: TestResponse) -> bool:
    return answer.headers.get("Content-Encoding") == "gzip"


@pytest.mark.parametrize(
    "accept", ["gzip", "GZIP", "br, gzip", "gzip;q=0.5", "*", "identity;q=0.5, gzip", "*;q=0, gzip"]
)
def test_who_takes_gzip_gets_gzip(accept: str) -> None:
    answer = ask(application(Content_Length=str(len(TEXT))), accept)
    assert is_gzip(answer)
    assert gzip.decompress(answer.data) == TEXT
    assert len(answer.data) < len(TEXT) / 10
    assert "Content-Length" not in answer.headers


@pytest.mark.parametrize(
    "accept", ["", "br", "gzip;q=0", "gzip;q=0.0, *", "*;q=0", "identity, gzip;q=0.5", "gzipped"]
)
def test_who_does_not_take_it_gets_the_text_as_it_is(accept: str) -> None:
    answer = ask(application(Content_Length=str(len(TEXT))), accept)
    assert not is_gzip(answer)
    assert answer.data == TEXT
    assert answer.headers["Content-Length"] == str(len(TEXT))
    assert answer.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "app",
    [
        application(Content_Type="image/png"),
        application(Content_Type="application/octet-stream"),
        application([b"short"], Content_Length="5"),
        application(Content_Encoding="br"),
        application(Cache_Control="public, no-transform"),
        application(status="206 Partial Content", Content_Range="bytes 0-1799/9999"),
    ],
    ids=["picture", "bytes", "short", "encoded", "no-transform", "range"],
)
def test_what_gains_nothing_or_must_not_change_is_left_alone(app: WSGIApplication) -> None:
    answer = ask(app)
    assert answer.headers.get("Content-Encoding") != "gzip"
    assert answer.data in (TEXT, b"short")
    assert "Vary" not in answer.headers


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_an_answer_without_a_body_gets_none(status: str) -> None:
    def app(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response(status, [("ETag", '"x"')])
        return []

    answer = ask(app)
    assert (answer.data, is_gzip(answer)) == (b"", False)


def test_head_gets_no_body() -> None:
    answer = ask(application(), method="HEAD")
    assert (answer.data, is_gzip(answer)) == (b"", False)
    assert answer.headers["Vary"] == "Accept-Encoding"


def test_an_etag_becomes_weak_once() -> None:
    assert ask(application(ETag='"x"')).headers["ETag"] == 'W/"x"'
    assert ask(application(ETag='W/"x"')).headers["ETag"] == 'W/"x"'
    assert ask(application(ETag='"x"'), "identity").headers["ETag"] == '"x"'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Cookie", "Cookie, Accept-Encoding"),
        ("accept-encoding", "accept-encoding"),
        ("*", "*"),
    ],
)
def test_vary_is_completed(before: str, after: str) -> None:
    assert ask(application(Vary=before)).headers["Vary"] == after


def test_each_chunk_leaves_as_soon_as_it_is_made() -> None:
    made = []

    def app(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        for number in range(3):
            made.append(number)
            yield b"chunk %d" % number

    chunks = iter(GzipMiddleware(app)(environ(), lambda *_: never_written))
    decoder = zlib.decompressobj(16 + zlib.MAX_WBITS)
    for number in range(3):
        assert decoder.decompress(next(chunks)) == b"chunk %d" % number
        assert made == list(range(number + 1))
    decoder.decompress(b"".join(chunks))
    assert decoder.eof


def test_what_is_written_comes_before_what_is_returned() -> None:
    def app(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        write = start_response("200 OK", [("Content-Type", "text/plain")])
        write(b"first ")
        write(b"second ")
        return [b"third"]

    answer = ask(app)
    assert gzip.decompress(answer.data) == b"first second third"


def test_an_error_after_the_start_replaces_the_answer() -> None:
    def app(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain"), ("X-First", "1")])
        try:
            raise ValueError
        except ValueError as error:
            start_response("500 Oops", [("Content-Type", "image/png")], exc_info_of(error))
        return [b"\x89PNG"]

    started: list[tuple[Any, ...]] = []

    def start_response(*arguments: Any) -> Callable[[bytes], object]:
        started.append(arguments)
        return never_written

    assert list(GzipMiddleware(app)(environ(), start_response)) == [b"\x89PNG"]
    first, second = started
    assert ("Content-Encoding", "gzip") in first[1]
    assert second[:2] == ("500 Oops", [("Content-Type", "image/png")])
    assert isinstance(second[2][1], ValueError)


def test_an_error_after_the_headers_are_sent_is_the_servers_to_raise() -> None:
    def app(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield TEXT
        try:
            raise ValueError
        except ValueError as error:
            start_response("500 Oops", [("Content-Type", "text/plain")], exc_info_of(error))

    def start_response(*arguments: Any) -> Callable[[bytes], object]:
        if len(arguments) == 3:
            raise arguments[2][1]
        return never_written

    chunks = iter(GzipMiddleware(app)(environ(), start_response))
    assert next(chunks)
    with pytest.raises(ValueError, match=r"^$"):
        next(chunks)


@pytest.mark.parametrize("content_type", ["text/plain", "image/png"])
@pytest.mark.parametrize("read", [0, 1, 99])
def test_the_application_is_closed_once_however_much_was_read(content_type: str, read: int) -> None:
    closed = []

    class Body(list[bytes]):
        def close(self) -> None:
            closed.append(True)

    def app(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", content_type)])
        return Body([TEXT, TEXT])

    result: Any = GzipMiddleware(app)(environ(), lambda *_: never_written)
    for _, _chunk in zip(range(read), result, strict=False):
        pass
    result.close()
    assert closed == [True]


def test_a_file_the_server_would_send_itself_stays_one() -> None:
    file = object()

    def app(_environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        start_response("200 OK", [("Content-Type", "image/png")])
        return file

    assert GzipMiddleware(app)(environ(), lambda *_: never_written) is file


def test_the_board_itself_is_compressed(tmp_path: Path) -> None:
    answer = Visitor(new_board(tmp_path)).get("/", headers={"Accept-Encoding": "gzip"})
    assert is_gzip(answer)
    assert b"Nobody has written anything yet" in gzip.decompress(answer.data)
    assert answer.headers["Vary"] == "Cookie, Accept-Encoding"


def environ() -> WSGIEnvironment:
    return {"REQUEST_METHOD": "GET", "HTTP_ACCEPT_ENCODING": "gzip"}


def exc_info_of(error: Exception) -> Any:
    return type(error), error, error.__traceback__


never_written: Callable[[bytes], object] = NotImplemented
