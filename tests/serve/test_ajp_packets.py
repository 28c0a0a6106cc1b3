"""AJP/1.3: what the packets of a connection come to."""

import pytest

from tests.serve.clients.ajp import (
    CODED_HEADERS,
    CPING,
    CPONG,
    END_RESPONSE,
    GET_BODY_CHUNK,
    PING,
    SEND_BODY_CHUNK,
    SEND_HEADERS,
    SHUTDOWN,
    Packet,
    data,
    forward,
    header,
    integer,
    packet,
    packets,
    parse_chunk,
    parse_head,
    string,
)
from wsgi_gateways.serve.ajp import AJP
from wsgi_gateways.serve.request import DEFAULTS, Limits, ProtocolError, Request

BODY = b"hello world"
POST = forward("POST", "/a", [("content-length", "11")])


def connect(**limits: int) -> AJP:
    return AJP(Limits(**limits), dict(DEFAULTS))


def body_of(request: Request) -> bytes:
    def nothing_comes(request: Request) -> None:
        raise AssertionError("the body is not complete")

    return request.open_input(nothing_comes).read()


def replies_of(protocol: AJP) -> list[Packet]:
    sent = bytes(protocol.replies)
    protocol.replies.clear()
    return packets(sent)


def test_a_request_without_a_body_starts_at_once() -> None:
    [found] = connect().feed(forward("GET", "/a%20b?c=d%20e", [("host", "board.example"), ("X-Own", "1")]))
    environ = found.environ
    assert environ["REQUEST_METHOD"] == "GET"
    assert environ["REQUEST_URI"] == "/a%20b?c=d%20e"
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == ("", "/a b")
    assert environ["QUERY_STRING"] == "c=d%20e"
    assert environ["SERVER_PROTOCOL"] == "HTTP/1.1"
    assert (environ["SERVER_NAME"], environ["SERVER_PORT"]) == ("board.example", "80")
    assert environ["REMOTE_ADDR"] == "192.0.2.7"
    assert "REMOTE_HOST" not in environ
    assert (environ["HTTP_HOST"], environ["HTTP_X_OWN"]) == ("board.example", "1")
    assert (body_of(found), found.keep) == (b"", True)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100, 65536])
def test_any_split_of_the_bytes_gives_the_same_requests(size: int) -> None:
    protocol, found = connect(), []
    sent = POST + data(BODY)
    for at in range(0, len(sent), size):
        found += protocol.feed(sent[at : at + size])
    [request] = found
    assert (request.environ["PATH_INFO"], body_of(request)) == ("/a", BODY)
    assert replies_of(protocol) == []


@pytest.mark.parametrize("name", sorted(CODED_HEADERS))
def test_each_coded_header_has_its_variable(name: str) -> None:
    [found] = connect().feed(forward(headers=[(name, "0")]))
    variable = name.upper().replace("-", "_")
    variable = variable if name in ("content-type", "content-length") else "HTTP_" + variable
    assert found.environ[variable] == "0"


def test_a_header_that_comes_twice_is_one() -> None:
    headers = [("X-Own", "1"), ("cookie", "a=1"), ("X-Own", "2"), ("cookie", "b=2")]
    [found] = connect().feed(forward(headers=headers))
    assert found.environ["HTTP_X_OWN"] == "1, 2"
    assert found.environ["HTTP_COOKIE"] == "a=1; b=2"


def test_two_lengths_break_the_protocol() -> None:
    with pytest.raises(ProtocolError):
        connect().feed(forward(headers=[("content-length", "1"), ("content-length", "2")]))


def test_a_header_spelt_with_an_underscore_is_not_the_one_with_a_hyphen() -> None:
    [found] = connect().feed(
        forward(headers=[("X_Own", "false"), ("X-Own", "true"), ("Content_Length", "5")])
    )
    assert found.environ["HTTP_X_OWN"] == "true"
    assert "CONTENT_LENGTH" not in found.environ


def test_the_proxy_header_is_no_variable() -> None:
    [found] = connect().feed(forward(headers=[("Proxy", "http://evil.example")]))
    assert "HTTP_PROXY" not in found.environ


@pytest.mark.parametrize(
    ("method", "code"),
    [
        *(("OPTIONS", 1), ("GET", 2), ("HEAD", 3), ("POST", 4), ("PUT", 5), ("DELETE", 6), ("TRACE", 7)),
        *(("PROPFIND", 8), ("ACL", 15), ("REPORT", 16), ("SEARCH", 21), ("MKACTIVITY", 27)),
    ],
)
def test_each_coded_method_has_its_name(method: str, code: int) -> None:
    sent = bytearray(forward())
    sent[5] = code
    [found] = connect().feed(bytes(sent))
    assert found.environ["REQUEST_METHOD"] == method


def test_a_method_without_code_is_an_attribute() -> None:
    [found] = connect().feed(forward("PURGE"))
    assert found.environ["REQUEST_METHOD"] == "PURGE"


def test_a_stored_method_that_does_not_come_is_refused() -> None:
    sent = bytearray(forward())
    sent[5] = 0xFF
    [found] = connect().feed(bytes(sent))
    assert found.refusal[:3] == "400"


@pytest.mark.parametrize("code", [0, 28, 100, 254])
def test_an_unknown_method_breaks_the_protocol(code: int) -> None:
    sent = bytearray(forward())
    sent[5] = code
    with pytest.raises(ProtocolError):
        connect().feed(bytes(sent))


@pytest.mark.parametrize(
    ("attribute", "value", "variable"),
    [
        ("remote_user", "anna", "REMOTE_USER"),
        ("auth_type", "Basic", "AUTH_TYPE"),
        ("ssl_key_size", "256", "SSL_CIPHER_USEKEYSIZE"),
        ("AJP_REMOTE_PORT", "4711", "REMOTE_PORT"),
        ("OWN_VARIABLE", "own", "OWN_VARIABLE"),
    ],
)
def test_attributes_are_variables(attribute: str, value: str, variable: str) -> None:
    [found] = connect().feed(forward(attributes={attribute: value}))
    assert found.environ[variable] == value


def test_an_attribute_cannot_pass_for_what_the_server_says() -> None:
    [found] = connect().feed(forward(attributes={"wsgi.url_scheme": "gopher"}))
    assert found.environ.get("wsgi.url_scheme") != "gopher"


def test_tls_is_seen() -> None:
    [found] = connect().feed(forward(is_ssl=True))
    assert found.environ["wsgi.url_scheme"] == "https"


def test_a_request_without_the_secret_is_refused() -> None:
    for attributes, status in (({}, "403"), ({"secret": "wrong"}, "403"), ({"secret": "right"}, "")):
        protocol = AJP(Limits(), dict(DEFAULTS), secret="right")
        [found] = protocol.feed(forward(attributes=attributes))
        assert found.refusal[:3] == status
        assert "right" not in found.environ.values()


def test_cping_is_answered_with_cpong() -> None:
    protocol = connect()
    assert protocol.feed(packet(bytes([CPING])) * 2) == []
    assert replies_of(protocol) == [(CPONG, b"")] * 2
    assert protocol.is_idle


@pytest.mark.parametrize("payload", [b"", bytes([SHUTDOWN]), bytes([PING]), b"\0", b"\x0a\x0a", b"\xff"])
def test_other_packets_break_the_protocol(payload: bytes) -> None:
    with pytest.raises(ProtocolError):
        connect().feed(packet(payload))


@pytest.mark.parametrize("magic", [b"AB", b"\x12\x35", b"\0\0", b"GE"])
def test_another_magic_breaks_the_protocol(magic: bytes) -> None:
    with pytest.raises(ProtocolError):
        connect().feed(magic + forward()[2:])


def test_a_request_that_breaks_off_anywhere_breaks_the_protocol() -> None:
    payload = forward("POST", "/a?b=c", [("host", "board.example"), ("X-Own", "1")], {"secret": "x"})[4:]
    for size in range(1, len(payload)):
        with pytest.raises(ProtocolError):
            connect().feed(packet(payload[:size]))


def test_a_request_shorter_than_its_packet_breaks_the_protocol() -> None:
    with pytest.raises(ProtocolError):
        connect().feed(packet(forward()[4:] + b"x"))


@pytest.mark.parametrize("code", [0xA000, 0xA00F, 0xA0FF])
def test_an_unknown_coded_header_breaks_the_protocol(code: int) -> None:
    sent = forward(headers=[("host", "a")]).replace(header("host", "a"), integer(code) + string("a"))
    with pytest.raises(ProtocolError):
        connect().feed(sent)


def test_the_first_part_of_a_body_comes_by_itself_and_every_other_one_is_asked_for() -> None:
    protocol = connect()
    assert protocol.feed(POST) == []
    assert replies_of(protocol) == []
    assert protocol.feed(data(BODY[:4])) == []
    [(kind, content)] = replies_of(protocol)
    assert (kind, len(content)) == (GET_BODY_CHUNK, 2)
    assert 0 < int.from_bytes(content, "big") <= 8186
    [found] = protocol.feed(data(BODY[4:]))
    assert replies_of(protocol) == []
    assert body_of(found) == BODY


def test_all_of_a_chunked_body_is_asked_for_and_ends_with_an_empty_part() -> None:
    """mod_proxy_ajp sends nothing by itself where it does not know the length."""
    protocol = connect()
    for sent in (forward("POST", headers=[("transfer-encoding", "chunked")]), data(b"ab"), data(b"cd")):
        assert protocol.feed(sent) == []
        assert [kind for kind, _ in replies_of(protocol)] == [GET_BODY_CHUNK]
    [found] = protocol.feed(data(b""))
    assert replies_of(protocol) == []
    assert body_of(found) == b"abcd"


def test_a_body_that_ends_early_is_an_error_for_who_reads_it() -> None:
    [found] = connect().feed(POST + data(b"hello") + data(b""))
    with pytest.raises(OSError, match="broke off"):
        body_of(found)


@pytest.mark.parametrize("payload", [b"\0", b"\0\5hell", b"\0\5hello!", b"\0\0x"])
def test_a_part_whose_length_does_not_fit_breaks_the_protocol(payload: bytes) -> None:
    with pytest.raises(ProtocolError):
        connect().feed(POST + packet(payload))


def test_a_body_longer_than_announced_breaks_the_protocol() -> None:
    with pytest.raises(ProtocolError):
        connect().feed(POST + data(BODY + b"!"))


def test_no_more_of_a_body_is_asked_for_than_may_be_held() -> None:
    protocol = connect(held=4)
    [found] = protocol.feed(POST + data(BODY[:5]))
    assert replies_of(protocol) == []
    assert found.take(100) == b"hello"
    assert [kind for kind, _ in packets(protocol.ask(found))] == [GET_BODY_CHUNK]
    assert protocol.ask(found) == b"", "asked twice"
    protocol.feed(data(BODY[5:]))
    assert protocol.ask(found) == b"", "asked beyond the end"
    assert body_of(found) == BODY[5:]


def test_a_second_request_before_the_response_breaks_the_protocol() -> None:
    protocol = connect()
    protocol.feed(forward())
    with pytest.raises(ProtocolError):
        protocol.feed(forward())


def test_what_comes_of_a_body_after_the_response_is_not_the_next_request() -> None:
    protocol = connect(body=10)
    [found] = protocol.feed(POST)
    assert found.refusal[:3] == "413"
    protocol.forget(found)
    looks_like_a_request = forward("GET", "/evil")[4:]
    sent = data(looks_like_a_request) + forward("GET", "/next")
    [found] = protocol.feed(sent)
    assert found.environ["PATH_INFO"] == "/next"


@pytest.mark.parametrize(
    ("headers", "target", "limits", "status"),
    [
        ([], "/" + "a" * 60, {"request_line": 50}, "414"),
        ([("X", "a" * 100)], "/", {"field_size": 50}, "431"),
        ([(f"X{n}", "a") for n in range(6)], "/", {"fields": 5}, "431"),
        ([("content-length", "11")], "/", {"body": 10}, "413"),
        ([("content-length", "1x")], "/", {}, "400"),
    ],
)
def test_a_request_beyond_a_limit_is_refused(
    headers: list[tuple[str, str]], target: str, limits: dict[str, int], status: str
) -> None:
    [found] = connect(**limits).feed(forward("POST", target, headers))
    assert found.refusal[:3] == status


def test_a_chunked_body_beyond_the_limit_is_refused() -> None:
    protocol = connect(body=10)
    [found] = protocol.feed(forward("POST", headers=[("transfer-encoding", "chunked")]) + data(BODY))
    assert found.refusal[:3] == "413"


@pytest.mark.parametrize("keep", [True, False])
def test_a_response_is_a_head_its_chunks_and_an_end(keep: bool) -> None:
    protocol = connect()
    [found] = protocol.feed(forward())
    body = bytes(range(256)) * 100
    head = protocol.head("404 Not Here", [("A", "b"), ("Set-Cookie", "c=\xe9")])
    [(first, content), *chunks, last] = packets(protocol.whole(found, head, body, keep))
    assert first == SEND_HEADERS
    assert parse_head(content) == (404, "Not Here", {"a": "b", "set-cookie": "c=\xe9"})
    assert {kind for kind, _ in chunks} == {SEND_BODY_CHUNK}
    assert b"".join(parse_chunk(content) for _, content in chunks) == body
    assert all(len(content) + 5 <= 8192 for _, content in chunks), "larger than a packet may be"
    assert last == (END_RESPONSE, bytes([keep]))


def test_a_head_that_does_not_fit_into_a_packet_is_an_error_of_the_application() -> None:
    protocol = connect()
    protocol.feed(forward())
    with pytest.raises(ValueError, match="8192"):
        protocol.head("200 OK", [("A", "b" * 8192)])
