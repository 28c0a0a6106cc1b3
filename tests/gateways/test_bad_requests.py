"""A request that is not HTTP is refused with a status that says so, at once, and no harm is done."""

import socket

import pytest

from tests.gateways.raw_http import Answer, Connection, ask, get, post
from tests.targets import Target
from wsgi_gateways import commands
from wsgi_gateways.catalogue import Gateway

SERVERS = {"apache2", "caddy", "gunicorn", "lighttpd", "nginx", "python", "uwsgi"}
CHUNKED = "Transfer-Encoding: chunked"
HOST = b"Host: localhost\r\n"
REFUSED = {
    "missing Host": b"GET /probe/hello HTTP/1.1\r\n\r\n",
    "two Hosts": b"GET /probe/hello HTTP/1.1\r\nHost: one\r\nHost: two\r\n\r\n",
    "Host with a space": get("/probe/hello", host="local host"),
    "header of 9 kB": get("/probe/hello", f"X-Long: {'x' * 9000}"),
    "header of 64 kB": get("/probe/hello", f"X-Long: {'x' * 65536}"),
    "header of 1 MB": get("/probe/hello", f"X-Long: {'x' * 1000000}"),
    "3000 headers": get("/probe/hello", *(f"X-{number}: value" for number in range(3000))),
    "request line of 9 kB": get(f"/probe/hello?{'x' * 9000}"),
    "request line of 64 kB": get(f"/probe/hello?{'x' * 65536}"),
    "no path": b"GET\r\n\r\n",
    "no protocol we know": b"GET /probe/hello HTTX/1.1\r\n" + HOST + b"\r\n",
    "TLS": b"\x16\x03\x01\x00\x2f\x01\x00\x00\x2b\x03\x03\r\n\r\n",
    "NUL in the path": get("/probe/environ/a\0b"),
    "encoded NUL in the path": get("/probe/environ/a%00b"),
    "path above the root": get("/../../etc/passwd"),
    "NUL in a header": get("/probe/hello", "X-Nul: a\0b"),
    "bare CR in a header": get("/probe/hello", "X-Cr: a\rb"),
    "space before the colon": get("/probe/hello", "X-Space : a"),
    "header without a name": get("/probe/hello", ": a"),
    "two lengths": post("/probe/echo", "Content-Length: 5", "Content-Length: 6", body=b"hello!"),
    "negative length": post("/probe/echo", "Content-Length: -1"),
    "length with a sign": post("/probe/echo", "Content-Length: +3", body=b"abc"),
    "length in hexadecimal": post("/probe/echo", "Content-Length: 0x3", body=b"abc"),
    "length of twenty digits": post("/probe/echo", f"Content-Length: {'9' * 20}"),
    "unknown transfer coding": post("/probe/echo", "Transfer-Encoding: gzip", body=b"hello"),
    "chunk size that is no number": post("/probe/echo", CHUNKED, body=b"zz\r\nhello\r\n0\r\n\r\n"),
    "negative chunk size": post("/probe/echo", CHUNKED, body=b"-1\r\nhello\r\n0\r\n\r\n"),
    "chunk size with 0x": post("/probe/echo", CHUNKED, body=b"0x5\r\nhello\r\n0\r\n\r\n"),
    "chunk longer than its size": post("/probe/echo", CHUNKED, body=b"5\r\nhello!\r\n0\r\n\r\n"),
}
CHUNK_BEYOND_64_BITS = post("/probe/echo", CHUNKED, body=b"fffffffffffffffff\r\nhello\r\n")


def answer_to(port: int, request: bytes) -> Answer:
    """The answer, after which the gateway goes on."""
    answer = ask(port, request)
    assert ask(port, get("/healthz")).status == 200
    return answer


@pytest.mark.parametrize("request_", REFUSED.values(), ids=REFUSED)
def test_it_is_refused(port: int, request_: bytes) -> None:
    assert is_refusal(answer_to(port, request_))


def test_a_chunk_size_beyond_64_bits_is_refused(gateway: Gateway, port: int) -> None:
    with Connection(port) as connection:
        connection.send(CHUNK_BEYOND_64_BITS)
        if gateway.has_quirk("chunk-of-any-size-is-awaited"):
            connection.socket.settimeout(2)
            with pytest.raises(TimeoutError):
                connection.answer()
        else:
            answer = connection.answer()
            assert answer is not None
            assert is_refusal(answer)
    assert ask(port, get("/healthz")).status == 200


def is_refusal(answer: Answer) -> bool:
    """501 is for transfer codings and methods, 505 for versions (RFC 9112, 6.1 and 2.3)."""
    return 400 <= answer.status < 500 or answer.status in (501, 505)


def test_no_process_ends_over_it(gateway: Gateway, stack: Target, port: int) -> None:
    before = processes(stack.container(gateway.name))
    for request in [*REFUSED.values(), CHUNK_BEYOND_64_BITS]:
        with Connection(port) as connection:
            connection.send(request)
            # Whoever would wait for more sees that there is none.
            connection.socket.shutdown(socket.SHUT_WR)
            connection.answer()
    assert before
    assert processes(stack.container(gateway.name)) == before


def processes(container: str) -> list[str]:
    """Process id and name of each server process: not of scripts, nor of the healthcheck."""
    listed = commands.read(["docker", "top", container, "-eo", "pid,comm"]).splitlines()[1:]
    return [process for process in map(str.strip, listed) if process.split()[1] in SERVERS]


def test_length_and_chunks_together_are_refused(gateway: Gateway, port: int) -> None:
    both = post("/probe/echo", "Content-Length: 6", CHUNKED, body=b"5\r\nhello\r\n0\r\n\r\n")
    with Connection(port) as connection:
        connection.send(both + get("/probe/hello"))
        answer = connection.answer()
        assert answer is not None
        if gateway.has_quirk("length-beside-chunks-is-taken"):
            assert (answer.status, answer.body) == (200, b"hello")
        else:
            assert answer.status == 400
        assert connection.is_closed()


def test_a_folded_header_is_unfolded(gateway: Gateway, port: int) -> None:
    answer = answer_to(port, get("/probe/environ", "X-Fold: a\r\n b"))
    if gateway.has_quirk("folded-header-is-refused"):
        assert answer.status == 400
    else:
        assert answer.json["HTTP_X_FOLD"]["value"].split() == ["a", "b"]


def test_150_headers_are_passed_on(gateway: Gateway, port: int) -> None:
    answer = answer_to(port, get("/probe/environ", *(f"X-{number}: 1" for number in range(150))))
    if gateway.has_quirk("at-most-100-headers"):
        assert answer.status == 400
    elif gateway.has_quirk("at-most-95-headers"):
        assert answer.status == 431
    else:
        assert "HTTP_X_149" in answer.json


def test_trace_sends_no_header_back(port: int) -> None:
    answer = answer_to(port, get("/probe/hello", "Cookie: secret", method="TRACE"))
    assert b"secret" not in answer.body


def test_half_a_request_does_not_stop_the_others(port: int) -> None:
    with Connection(port) as waiting:
        waiting.send(b"GET /probe/hello HTTP/1.1\r\nHost: loc")
        assert ask(port, get("/probe/hello")).status == 200
        waiting.send(b"alhost\r\n\r\n")
        answer = waiting.answer()
    assert answer is not None
    assert answer.body == b"Hello, World!"
