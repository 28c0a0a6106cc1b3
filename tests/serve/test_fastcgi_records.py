"""FastCGI 1.0: what the records of a connection come to (sections of the specification in brackets)."""

from collections.abc import Mapping
from time import process_time

import pytest

from tests.serve.clients.client import variables
from tests.serve.clients.fastcgi import (
    ABORT_REQUEST,
    AUTHORIZER,
    DATA,
    END_REQUEST,
    FILTER,
    GET_VALUES,
    GET_VALUES_RESULT,
    OVERLOADED,
    PARAMS,
    REQUEST_COMPLETE,
    STDIN,
    STDOUT,
    UNKNOWN_ROLE,
    UNKNOWN_TYPE,
    Record,
    abort,
    begin,
    decode_pairs,
    pairs,
    record,
    records,
    request,
    stream,
)
from wsgi_gateways.serve.fastcgi import FastCGI
from wsgi_gateways.serve.request import DEFAULTS, Limits, ProtocolError, Request

VALUES = variables("POST", "/a?b=c", {"Host": "board.example"}, 11)
BODY = b"hello world"


def connect(**limits: int) -> FastCGI:
    return FastCGI(Limits(**limits), dict(DEFAULTS))


def values_of(request: Request) -> dict[str, str]:
    return {name: request.environ[name] for name in VALUES}


def body_of(request: Request) -> bytes:
    def nothing_comes(request: Request) -> None:
        raise AssertionError("the body is not complete")

    return request.open_input(nothing_comes).read()


def replies_of(protocol: FastCGI) -> list[Record]:
    data = bytes(protocol.replies)
    protocol.replies.clear()
    return records(data)


def ended(identifier: int, status: int) -> Record:
    return END_REQUEST, identifier, bytes([0, 0, 0, 0, status, 0, 0, 0])


def test_a_request_has_its_variables_and_its_body() -> None:
    [found] = connect().feed(request(VALUES, BODY))
    assert (values_of(found), body_of(found), found.keep) == (VALUES, BODY, True)


def test_without_the_keep_flag_the_connection_is_ours_to_close() -> None:
    [found] = connect().feed(request(VALUES, BODY, keep=False))
    assert not found.keep


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 100])
@pytest.mark.parametrize("padding", [0, 1, 255])
def test_any_split_of_the_bytes_gives_the_same_requests(size: int, padding: int) -> None:
    protocol = connect()
    sent = request(VALUES, BODY, 1, padding=padding) + request(
        VALUES | {"CONTENT_LENGTH": ""}, b"", 2, padding=padding
    )
    found: list[Request] = []
    for at in range(0, len(sent), size):
        found += protocol.feed(sent[at : at + size])
    assert [one.identifier for one in found] == [1, 2]
    assert [body_of(one) for one in found] == [BODY, b""]
    assert values_of(found[0]) == VALUES
    assert values_of(found[1]) == VALUES | {"CONTENT_LENGTH": ""}


def test_a_stream_may_be_cut_into_records_anywhere() -> None:
    protocol = connect()
    sent = begin() + stream(PARAMS, 1, pairs(VALUES), size=1) + stream(STDIN, 1, BODY, size=1)
    [found] = protocol.feed(sent)
    assert (values_of(found), body_of(found)) == (VALUES, BODY)


def test_what_a_record_is_padded_with_is_not_part_of_it() -> None:
    [found] = connect().feed(request(VALUES, BODY, padding=7))
    assert (values_of(found), body_of(found)) == (VALUES, BODY)


def test_requests_may_be_interleaved() -> None:
    protocol = connect()
    sent = begin(1) + begin(2) + record(PARAMS, 2, pairs(VALUES | {"PATH_INFO": "/second"}))
    sent += stream(PARAMS, 1, pairs(VALUES)) + record(STDIN, 1, b"hello ") + record(PARAMS, 2)
    sent += record(STDIN, 2, b"HELLO WORLD") + record(STDIN, 1, b"world") + record(STDIN, 2)
    [second] = protocol.feed(sent)
    assert (second.environ["PATH_INFO"], body_of(second)) == ("/second", b"HELLO WORLD")
    [first] = protocol.feed(record(STDIN, 1))
    assert (first.environ["PATH_INFO"], body_of(first)) == ("/a", BODY)


@pytest.mark.parametrize("length", [0, 1, 127, 128, 129, 255, 256, 3000])
def test_a_value_may_have_any_length(length: int) -> None:
    """[3.4] One byte for a length up to 127, four beyond."""
    values = VALUES | {"HTTP_X": "x" * length, "N" * (length or 1): "y", "HTTP_\xe9": "\xff"}
    [found] = connect().feed(request(values, BODY))
    assert {name: found.environ[name] for name in values} == values


def test_a_short_length_may_be_written_in_four_bytes() -> None:
    content = pairs(VALUES) + bytes([0x80, 0, 0, 6, 0x80, 0, 0, 2]) + b"HTTP_Xab"
    [found] = connect().feed(begin() + stream(PARAMS, 1, content) + stream(STDIN, 1, BODY))
    assert found.environ["HTTP_X"] == "ab"


@pytest.mark.parametrize(
    "content",
    [
        b"\x01",
        b"\x01\x05Xabc",
        b"\x05\x01X",
        b"\x80\x00",
        b"\x01\x80\x00\x00",
        b"\xff\xff\xff\xff\xff\xff\xff\xffX",
        b"\x01\xff\xff\xff\xffXabc",
    ],
)
def test_a_length_beyond_the_end_breaks_the_protocol(content: bytes) -> None:
    for sent in (content, pairs(VALUES) + content):
        with pytest.raises(ProtocolError):
            connect().feed(begin() + stream(PARAMS, 1, sent))
        with pytest.raises(ProtocolError):
            connect().feed(begin() + stream(PARAMS, 1, sent) + record(STDIN, 1))


@pytest.mark.parametrize("version", [0, 2, 255])
def test_another_version_breaks_the_protocol(version: int) -> None:
    with pytest.raises(ProtocolError):
        connect().feed(bytes([version]) + begin()[1:])


def test_the_values_that_are_asked_for_are_told() -> None:
    """[4.1] Unknown ones are left out."""
    protocol = connect()
    asked = {"FCGI_MPXS_CONNS": "", "FCGI_MAX_REQS": "", "FCGI_SOMETHING": ""}
    assert protocol.feed(record(GET_VALUES, 0, pairs(asked))) == []
    [(kind, identifier, content)] = replies_of(protocol)
    assert (kind, identifier) == (GET_VALUES_RESULT, 0)
    told = decode_pairs(content)
    assert told.keys() == {"FCGI_MPXS_CONNS", "FCGI_MAX_REQS"}
    assert told["FCGI_MPXS_CONNS"] == "1"
    assert int(told["FCGI_MAX_REQS"]) > 1


def test_values_may_be_asked_for_in_the_middle_of_a_request() -> None:
    protocol = connect()
    whole = request(VALUES, BODY)
    assert protocol.feed(whole[:16] + record(GET_VALUES, 0, pairs({"FCGI_MAX_CONNS": ""}))) == []
    assert [kind for kind, _, _ in replies_of(protocol)] == [GET_VALUES_RESULT]
    assert len(protocol.feed(whole[16:])) == 1


@pytest.mark.parametrize("kind", [0, 12, 100, 255])
def test_a_management_record_of_unknown_type_is_answered(kind: int) -> None:
    """[4.2] The reply has the type in its first byte."""
    protocol = connect()
    assert protocol.feed(record(kind, 0, b"what", padding=3)) == []
    assert replies_of(protocol) == [(UNKNOWN_TYPE, 0, bytes([kind, 0, 0, 0, 0, 0, 0, 0]))]


@pytest.mark.parametrize("role", [0, AUTHORIZER, FILTER, 255])
def test_only_the_responder_role_is_served(role: int) -> None:
    """[5.5] What still comes for the refused request is ignored."""
    protocol = connect()
    sent = begin(1, role) + stream(PARAMS, 1, pairs(VALUES)) + stream(STDIN, 1, BODY) + record(DATA, 1, b"x")
    assert protocol.feed(sent) == []
    assert replies_of(protocol) == [ended(1, UNKNOWN_ROLE)]
    assert protocol.is_idle
    assert len(protocol.feed(request(VALUES, BODY))) == 1


def test_a_request_beyond_the_limit_is_told_so_and_may_come_later() -> None:
    protocol = connect(requests=2)
    assert protocol.feed(begin(1) + begin(2) + begin(3)) == []
    assert replies_of(protocol) == [ended(3, OVERLOADED)]
    protocol.forget(protocol.requests[1])
    [found] = protocol.feed(request(VALUES, BODY, 3))
    assert found.identifier == 3


@pytest.mark.parametrize("size", [1, 1000])
def test_the_limit_of_requests_holds_however_they_come_in(size: int) -> None:
    """Whole requests in one piece, as most come in, count like others."""
    protocol = connect(requests=2)
    found: list[Request] = []
    for identifier in (1, 2, 3):
        sent = request(VALUES | {"CONTENT_LENGTH": ""}, b"", identifier)
        for at in range(0, len(sent), size):
            found += protocol.feed(sent[at : at + size])
    assert [one.identifier for one in found] == [1, 2]
    assert replies_of(protocol) == [ended(3, OVERLOADED)]


def test_an_aborted_request_ends_at_once_and_its_rest_is_ignored() -> None:
    protocol = connect()
    assert protocol.feed(begin() + record(PARAMS, 1, pairs(VALUES)) + abort()) == []
    assert replies_of(protocol) == [ended(1, REQUEST_COMPLETE)]
    assert protocol.feed(record(PARAMS, 1) + stream(STDIN, 1, BODY)) == []
    assert replies_of(protocol) == []
    assert protocol.is_idle


def test_a_request_aborted_while_it_runs_is_ended_by_its_response() -> None:
    protocol = connect(held=4)
    [found] = protocol.feed(request(VALUES, BODY)[:-8])
    assert protocol.feed(record(ABORT_REQUEST, 1)) == []
    assert replies_of(protocol) == []
    found.take(100)
    with pytest.raises(OSError, match="abort"):
        body_of(found)


def test_records_of_unknown_ids_are_ignored() -> None:
    """[3.3] They may be of a request that has ended."""
    protocol = connect()
    for kind in (PARAMS, STDIN, ABORT_REQUEST, DATA):
        assert protocol.feed(record(kind, 77, b"something")) == []
    assert replies_of(protocol) == []
    assert protocol.is_idle


def test_an_id_may_be_used_again_once_its_request_has_ended() -> None:
    protocol = connect()
    for path in ("/one", "/two"):
        [found] = protocol.feed(request(VALUES | {"PATH_INFO": path}, BODY))
        assert found.environ["PATH_INFO"] == path
        protocol.forget(found)
    assert protocol.is_idle


def test_an_id_that_is_in_use_breaks_the_protocol() -> None:
    protocol = connect()
    protocol.feed(begin())
    with pytest.raises(ProtocolError):
        protocol.feed(begin())


def test_the_id_0_is_not_of_a_request() -> None:
    with pytest.raises(ProtocolError):
        connect().feed(begin(0))


@pytest.mark.parametrize("size", [0, 7, 9])
def test_a_begin_of_another_size_breaks_the_protocol(size: int) -> None:
    with pytest.raises(ProtocolError):
        connect().feed(record(1, 1, b"\0\1\1\0\0\0\0\0\0"[:size]))


def test_a_body_before_the_end_of_the_variables_breaks_the_protocol() -> None:
    with pytest.raises(ProtocolError):
        connect().feed(begin() + record(PARAMS, 1, pairs(VALUES)) + record(STDIN, 1, b"x"))


def test_variables_after_their_end_break_the_protocol() -> None:
    with pytest.raises(ProtocolError):
        connect().feed(begin() + stream(PARAMS, 1, pairs(VALUES)) + record(PARAMS, 1, b"\1\1ab"))


def test_variables_beyond_the_limit_break_the_protocol() -> None:
    many = begin() + record(PARAMS, 1, b"x" * 900) + record(PARAMS, 1, b"x" * 900)
    with pytest.raises(ProtocolError, match="1000 bytes"):
        connect(header=1000).feed(many)


def test_a_body_longer_than_announced_breaks_the_protocol() -> None:
    with pytest.raises(ProtocolError, match="CONTENT_LENGTH"):
        connect().feed(request(VALUES, BODY + b"!"))


@pytest.mark.parametrize("sent", [b"", b"hello"])
@pytest.mark.parametrize("size", [1, 10000])
def test_a_body_shorter_than_announced_is_an_error_for_who_reads_it(sent: bytes, size: int) -> None:
    protocol, found = connect(), []
    whole = request(VALUES, sent)
    for at in range(0, len(whole), size):
        found += protocol.feed(whole[at : at + size])
    with pytest.raises(OSError, match="broke off"):
        body_of(found[0])


def test_a_body_without_length_ends_with_its_stream() -> None:
    [found] = connect().feed(request(VALUES | {"CONTENT_LENGTH": ""}, BODY))
    assert body_of(found) == BODY


def test_a_large_body_starts_its_request_before_it_is_complete() -> None:
    protocol = connect(held=8)
    whole = request(VALUES, BODY)
    [found] = protocol.feed(whole[:-8])
    assert not found.is_complete
    assert protocol.feed(whole[-8:]) == []
    assert (found.is_complete, body_of(found)) == (True, BODY)


@pytest.mark.parametrize(
    ("changes", "limits", "status"),
    [
        ({"REQUEST_URI": "/" + "a" * 300}, {"request_line": 200}, "414"),
        ({"REQUEST_URI": "/" + "a" * 60}, {"request_line": 50}, "414"),
        ({"HTTP_X": "a" * 300}, {"field_size": 200}, "431"),
        ({"HTTP_X": "a" * 100}, {"field_size": 50}, "431"),
        ({f"HTTP_X{n}": "a" for n in range(30)}, {"fields": 25}, "431"),
        ({f"HTTP_X{n}": "a" for n in range(5)}, {"fields": 5}, "431"),
        ({"CONTENT_LENGTH": "11"}, {"body": 10}, "413"),
        ({"CONTENT_LENGTH": ""}, {"body": 10}, "413"),
        ({"CONTENT_LENGTH": "-1"}, {}, "400"),
        ({"CONTENT_LENGTH": "+11"}, {}, "400"),
        ({"CONTENT_LENGTH": "1 1"}, {}, "400"),
        ({"CONTENT_LENGTH": "1" * 19}, {}, "400"),
        ({"CONTENT_LENGTH": "\xb2"}, {}, "400"),
        ({"REQUEST_METHOD": ""}, {}, "400"),
    ],
)
def test_a_request_beyond_a_limit_is_refused(
    changes: Mapping[str, str], limits: dict[str, int], status: str
) -> None:
    [found] = connect(**limits).feed(request(VALUES | dict(changes), BODY))
    assert found.refusal[:3] == status


def test_a_request_at_its_limits_is_not_refused() -> None:
    values = VALUES | {"REQUEST_URI": "/" + "a" * 182, "HTTP_X": "a" * (200 - len("X: "))}
    line = "POST " + values["REQUEST_URI"] + " HTTP/1.1"
    limits = {"request_line": len(line), "field_size": 200, "fields": 2, "body": 11}
    [found] = connect(**limits).feed(request(values, BODY))
    assert found.refusal == ""


def test_the_proxy_header_is_no_variable() -> None:
    """https://httpoxy.org"""
    [found] = connect().feed(request(VALUES | {"HTTP_PROXY": "http://evil.example"}, BODY))
    assert "HTTP_PROXY" not in found.environ


def test_a_response_is_stdout_and_its_end() -> None:
    protocol = connect()
    [found] = protocol.feed(request(VALUES, BODY, 40))
    whole = protocol.whole(found, protocol.head("200 OK", [("A", "b")]), b"body", True)
    text = b"Status: 200 OK\r\nA: b\r\n\r\nbody"
    assert records(whole) == [(STDOUT, 40, text), (STDOUT, 40, b""), ended(40, REQUEST_COMPLETE)]


def test_a_long_response_goes_out_in_records_that_fit() -> None:
    protocol = connect()
    [found] = protocol.feed(request(VALUES, BODY))
    body = bytes(range(256)) * 1000
    sent = records(protocol.frames(found, b"", body) + protocol.ending(found, True))
    assert b"".join(content for kind, _, content in sent if kind == STDOUT) == body
    assert sent[-2:] == [(STDOUT, 1, b""), ended(1, REQUEST_COMPLETE)]
    assert all(len(content) % 8 == 0 for _, _, content in sent[:-3])


def test_many_small_records_cost_time_in_proportion() -> None:
    """A megabyte of variables, a byte a record, must not keep a worker busy."""

    def seconds(count: int) -> float:
        protocol = connect(header=10**6)
        protocol.feed(begin())
        sent = record(PARAMS, 1, b"x") * 1000
        began = process_time()
        for _ in range(count // 1000):
            protocol.feed(sent)
        return process_time() - began

    assert seconds(8000) < 9 * seconds(2000)
