"""Connections: kept, pipelined, closed, and HTTP/1.0."""

from tests.gateways.raw_http import Connection, ask, get
from wsgi_gateways.catalogue import Gateway


def test_a_connection_takes_a_second_request(gateway: Gateway, port: int) -> None:
    with Connection(port) as connection:
        connection.send(get("/probe/hello"))
        first = connection.answer()
        assert first is not None
        if gateway.has_quirk("no-keep-alive"):
            assert first.header("connection") == "close"
            assert connection.is_closed()
            return
        connection.send(get("/probe/status?code=404"))
        second = connection.answer()
    assert second is not None
    assert second.status == 404


def test_pipelined_requests_are_answered_in_order(gateway: Gateway, port: int) -> None:
    codes = [201, 404, 202]
    with Connection(port) as connection:
        connection.send(b"".join(get(f"/probe/status?code={code}") for code in codes))
        answers = [connection.answer() for _ in codes]
    expected = [codes[0], None, None] if gateway.has_quirk("no-keep-alive") else codes
    assert [answer and answer.status for answer in answers] == expected


def test_the_client_may_close_the_connection(port: int) -> None:
    with Connection(port) as connection:
        connection.send(get("/probe/hello", "Connection: close"))
        answer = connection.answer()
        assert answer is not None
        assert answer.header("connection") == "close"
        assert connection.is_closed()


def test_http_1_0_is_answered_and_closed(port: int) -> None:
    with Connection(port) as connection:
        connection.send(b"GET /probe/stream?n=2 HTTP/1.0\r\n\r\n")
        answer = connection.answer()
        assert answer is not None
        assert answer.body == b"line 1\nline 2\n"
        assert not answer.header("transfer-encoding")
        assert connection.is_closed()


def test_http_2_is_not_offered_without_tls(port: int) -> None:
    upgrade = ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"]
    assert ask(port, get("/probe/hello", *upgrade)).body == b"Hello, World!"
