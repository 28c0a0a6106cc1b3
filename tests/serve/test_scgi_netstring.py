"""SCGI: what the netstring and the body of a connection come to."""

import pytest

from tests.serve.clients.client import variables
from tests.serve.clients.scgi import block, netstring, request
from wsgi_gateways.serve.request import DEFAULTS, Limits, ProtocolError, Request
from wsgi_gateways.serve.scgi import SCGI

BODY = b"hello world"
VALUES = variables("POST", "/a?b=c", {"Host": "board.example"}, 11)


def connect(**limits: int) -> SCGI:
    return SCGI(Limits(**limits), dict(DEFAULTS))


def feed(data: bytes, size: int = 65536, **limits: int) -> list[Request]:
    protocol, found = connect(**limits), []
    for at in range(0, len(data), size):
        found += protocol.feed(data[at : at + size])
    return found


def body_of(request: Request) -> bytes:
    def nothing_comes(request: Request) -> None:
        raise AssertionError("the body is not complete")

    return request.open_input(nothing_comes).read()


@pytest.mark.parametrize("size", [1, 2, 3, 5, 50, 65536])
def test_any_split_of_the_bytes_gives_the_same_request(size: int) -> None:
    [found] = feed(request(VALUES, BODY), size)
    assert {name: found.environ[name] for name in VALUES} == VALUES
    assert body_of(found) == BODY
    assert "SCGI" not in found.environ


def test_the_example_of_the_specification_is_understood() -> None:
    [found] = feed(
        b"70:CONTENT_LENGTH\x0027\x00SCGI\x001\x00REQUEST_METHOD\x00POST\x00REQUEST_URI\x00/deepthought\x00,"
        b"What is the answer to life?"
    )
    assert found.environ["REQUEST_URI"] == "/deepthought"
    assert body_of(found) == b"What is the answer to life?"


def test_a_request_without_a_body_has_the_length_0() -> None:
    [found] = feed(request({"REQUEST_METHOD": "GET"}))
    assert (body_of(found), found.keep) == (b"", False)


@pytest.mark.parametrize(
    "start",
    [b":", b"0:,", b"-1:", b"+5:", b" 5:", b"05:", b"5 :", b"x", b"0x10:", b"5;", b"9" * 10, b"\xb2:"],
)
@pytest.mark.parametrize("size", [1, 100])
def test_what_is_not_the_length_of_a_netstring_breaks_the_protocol(start: bytes, size: int) -> None:
    with pytest.raises(ProtocolError):
        feed(start + b"....", size)


@pytest.mark.parametrize("end", [b";", b"\0", b"x"])
def test_a_netstring_ends_with_a_comma(end: bytes) -> None:
    whole = netstring(block({"CONTENT_LENGTH": "0", "SCGI": "1", "REQUEST_METHOD": "GET"}))
    with pytest.raises(ProtocolError, match="comma"):
        feed(whole[:-1] + end)


@pytest.mark.parametrize(
    "content",
    [
        b"x",
        b"\0",
        b"\0\0",
        b"CONTENT_LENGTH\0",
        b"CONTENT_LENGTH\x000",
        b"CONTENT_LENGTH\x000\0",
        b"CONTENT_LENGTH\x000\0SCGI\x001",
        b"CONTENT_LENGTH\x000\0SCGI\x002\0",
        b"CONTENT_LENGTH\0\0SCGI\x001\0",
        b"SCGI\x001\0CONTENT_LENGTH\x000\0",
        b"CONTENT_LENGTH\x000\0SCGI\x001\0A\x001\0A\x001\0",
        b"CONTENT_LENGTH\x000\0SCGI\x001\0CONTENT_LENGTH\x005\0",
        b"CONTENT_LENGTH\x000\0SCGI\x001\0\0x\0",
        b"CONTENT_LENGTH\x000\0SCGI\x001\0A\x001\0B\0",
    ],
)
def test_variables_against_the_rules_break_the_protocol(content: bytes) -> None:
    with pytest.raises(ProtocolError):
        feed(netstring(content))


@pytest.mark.parametrize("size", [1, 65536])
def test_more_than_the_body_breaks_the_protocol(size: int) -> None:
    with pytest.raises(ProtocolError):
        feed(request(VALUES, BODY) + b"!", size)


def test_a_length_beyond_the_limit_is_refused_before_anything_is_held() -> None:
    with pytest.raises(ProtocolError, match="1000 bytes"):
        feed(b"1001:", header=1000)


def test_a_body_that_breaks_off_never_starts_a_request() -> None:
    protocol = connect()
    assert protocol.feed(request(VALUES, BODY)[:-1]) == []
    protocol.end()
    assert protocol.is_idle


def test_a_large_body_starts_its_request_before_it_is_complete() -> None:
    protocol = connect(held=8)
    whole = request(VALUES, BODY)
    [found] = protocol.feed(whole[:-2])
    assert not found.is_complete
    assert protocol.feed(whole[-2:]) == []
    assert body_of(found) == BODY


@pytest.mark.parametrize(
    ("changes", "limits", "status"),
    [
        ({"REQUEST_URI": "/" + "a" * 60}, {"request_line": 50}, "414"),
        ({"HTTP_X": "a" * 100}, {"field_size": 50}, "431"),
        ({f"HTTP_X{n}": "a" for n in range(5)}, {"fields": 5}, "431"),
        ({}, {"body": 10}, "413"),
        ({"CONTENT_LENGTH": "1x"}, {}, "400"),
        ({"REQUEST_METHOD": ""}, {}, "400"),
    ],
)
@pytest.mark.parametrize("size", [1, 65536])
def test_a_request_beyond_a_limit_is_refused_once(
    changes: dict[str, str], limits: dict[str, int], status: str, size: int
) -> None:
    [found] = feed(request(VALUES | changes, BODY), size, **limits)
    assert found.refusal[:3] == status


def test_a_response_is_a_head_and_a_body() -> None:
    protocol = connect()
    [found] = protocol.feed(request(VALUES, BODY))
    head = protocol.head("200 OK", [("A", "b")])
    assert protocol.whole(found, head, b"body", True) == b"Status: 200 OK\r\nA: b\r\n\r\nbody"
