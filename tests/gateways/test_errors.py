"""What the application reports reaches the log; what it did wrong does not reach the client."""

from collections.abc import Callable

import pytest

from tests.gateways.raw_http import Answer, ask, get
from wsgi_gateways.catalogue import Gateway

LogLines = Callable[[str], list[str]]


def test_wsgi_errors_is_the_log(port: int, token: str, log_lines: LogLines) -> None:
    assert ask(port, get(f"/probe/errors?token={token}")).status == 200
    assert log_lines(token)


@pytest.mark.parametrize("when", ["before", "after", "iterating"])
def test_a_traceback_is_in_the_log_and_not_in_the_answer(
    port: int, when: str, token: str, log_lines: LogLines
) -> None:
    answer = ask(port, get(f"/probe/raise?when={when}&token={token}"))
    assert b"Traceback" not in answer.body
    assert b"RuntimeError" not in answer.body
    assert log_lines(f"RuntimeError: probe: raised {when}, token {token}")


def test_an_error_before_the_response_is_a_500(gateway: Gateway, port: int) -> None:
    status = 502 if gateway.has_quirk("error-is-502") else 500
    assert ask(port, get("/probe/raise?when=before")).status == status


def test_an_error_before_the_first_byte_is_a_500(gateway: Gateway, port: int) -> None:
    answer = ask(port, get("/probe/raise?when=after"))
    if gateway.has_quirk("late-error-is-200"):
        assert (answer.status, answer.body) == (200, b"")
    else:
        assert answer.status == 500


def test_a_response_cut_short_by_an_error_does_not_look_complete(gateway: Gateway, port: int) -> None:
    answer = ask(port, get("/probe/raise?when=iterating"))
    assert answer.status == 200
    assert answer.body == b"first block\n"
    assert looks_complete(answer) == gateway.has_quirk("cut-short-looks-complete")


def looks_complete(answer: Answer) -> bool:
    """Whether a client takes the body for whole: framed (RFC 9112, section 8), and framed to its end."""
    framed = answer.header("content-length") or answer.header("transfer-encoding")
    return bool(framed) and answer.complete
