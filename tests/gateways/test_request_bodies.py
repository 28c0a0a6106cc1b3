"""Request bodies arrive whole, however they are framed."""

import httpx
import pytest

from tests.gateways.raw_http import Connection, post
from wsgi_gateways.catalogue import Gateway

MEBIBYTE = bytes(range(256)) * 4096
METHODS = ["POST", "PUT", "PATCH", "DELETE", "GET"]


@pytest.mark.parametrize("body", [b"", b"x", b"\0\r\n\xff", MEBIBYTE], ids=["empty", "x", "binary", "1 MiB"])
def test_a_body_comes_back(client: httpx.Client, body: bytes) -> None:
    answer = client.post("/probe/echo", content=body, headers={"Content-Type": "text/x-probe"})
    assert answer.status_code == 200
    assert answer.content == body
    assert answer.headers["content-type"] == "text/x-probe"


@pytest.mark.parametrize("method", METHODS)
def test_any_method_may_have_a_body(client: httpx.Client, method: str) -> None:
    assert client.request(method, "/probe/echo", content=b"body").content == b"body"


def test_a_chunked_body_arrives_whole(client: httpx.Client) -> None:
    answer = client.post("/probe/echo", content=iter([b"one ", b"two ", MEBIBYTE]))
    assert answer.content == b"one two " + MEBIBYTE


def test_an_empty_chunked_body_is_empty(client: httpx.Client) -> None:
    assert client.post("/probe/echo", content=iter([])).content == b""


def test_a_chunked_body_may_come_in_pieces(port: int) -> None:
    with Connection(port) as connection:
        connection.send(post("/probe/echo", "Transfer-Encoding: chunked", "Expect: 100-continue"))
        assert_continued(connection)
        for piece in (
            b"5\r\nhel",
            b"lo\r\n",
            b"6;ext=1\r\n world\r\n",
            b"0\r\nX-Trailer: 1\r\n",
            b"\r\n",
        ):
            connection.send(piece)
        answer = connection.answer()
    assert answer is not None
    assert answer.body == b"hello world"


def test_a_client_may_ask_before_it_sends_the_body(port: int) -> None:
    with Connection(port) as connection:
        connection.send(post("/probe/echo", "Content-Length: 5", "Expect: 100-continue"))
        assert_continued(connection)
        connection.send(b"hello")
        answer = connection.answer()
    assert answer is not None
    assert answer.body == b"hello"


@pytest.mark.parametrize("body", [b"small", MEBIBYTE], ids=["small", "1 MiB"])
def test_an_application_need_not_read_the_body(client: httpx.Client, body: bytes) -> None:
    assert client.post("/probe/hello", content=body).text == "Hello, World!"


@pytest.mark.parametrize("expect", [[], ["Expect: 100-continue"]], ids=["", "asked"])
def test_a_body_beyond_1_gib_is_refused_before_it_is_sent(
    gateway: Gateway, port: int, expect: list[str]
) -> None:
    with Connection(port) as connection:
        connection.send(post("/probe/sha256", f"Content-Length: {1024**3 + 1}", *expect))
        if expect and gateway.has_quirk("continue-before-refusal"):
            assert_continued(connection)
        answer = connection.answer()
    assert answer is not None
    assert answer.status == 413
    assert b"/srv/" not in answer.body


def test_a_body_that_breaks_off_does_not_hurt_the_next_request(client: httpx.Client, port: int) -> None:
    with Connection(port) as connection:
        connection.send(post("/probe/echo", "Content-Length: 100000", body=b"x" * 1000))
    assert client.post("/probe/echo", content=b"next").content == b"next"


def test_a_large_body_does_not_hurt_the_next_request(client: httpx.Client) -> None:
    # A connection to the application server that is kept takes them all.
    for _ in range(4):
        assert client.post("/probe/echo", content=MEBIBYTE, timeout=5).content == MEBIBYTE
        assert client.get("/probe/hello", timeout=5).text == "Hello, World!"


def assert_continued(connection: Connection) -> None:
    answer = connection.answer()
    assert answer is not None
    assert answer.status == 100
