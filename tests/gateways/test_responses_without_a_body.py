"""HEAD, 204 and 304 have no body, and the connection stays in step."""

import httpx
import pytest

from tests.gateways.raw_http import Connection, ask, get
from wsgi_gateways.catalogue import Gateway

ROUTES = ["/probe/hello", "/probe/bytes?n=100000", "/probe/stream?n=3", "/probe/write", "/probe/file"]
# Of the board a page that is the same twice: its first one says how many minutes ago something was written.
ROUTES += ["/signup"]
BODILESS = [
    ("HEAD", "/probe/hello"),
    ("GET", "/probe/status?code=204"),
    ("GET", "/probe/status?code=304"),
]


@pytest.mark.parametrize("route", ROUTES)
def test_head_has_the_headers_of_get(gateway: Gateway, port: int, route: str) -> None:
    head, whole = ask(port, get(route, method="HEAD"), "HEAD"), ask(port, get(route))
    if route == "/probe/write" and gateway.has_quirk("no-write-callable"):
        assert (head.status, whole.status) == (200, 500)
        return
    assert head.status == whole.status == 200
    assert head.header("content-type") == whole.header("content-type")
    assert head.header("content-length") in ("", str(len(whole.body)))


@pytest.mark.parametrize("status", [204, 304])
def test_statuses_without_a_body_say_nothing_of_its_length(client: httpx.Client, status: int) -> None:
    answer = client.get(f"/probe/status?code={status}")
    assert answer.status_code == status
    assert "content-length" not in answer.headers
    assert "transfer-encoding" not in answer.headers


@pytest.mark.parametrize(("method", "route"), BODILESS)
def test_the_next_answer_follows_at_once(gateway: Gateway, port: int, method: str, route: str) -> None:
    with Connection(port) as connection:
        connection.send(get(route, method=method))
        first = connection.answer(method)
        assert first is not None
        if gateway.has_quirk("no-keep-alive"):
            assert connection.is_closed()
            return
        connection.send(get("/probe/hello"))
        second = connection.answer()
    assert second is not None
    assert second.body == b"Hello, World!"


def test_the_length_that_the_application_gives_is_passed_on(gateway: Gateway, client: httpx.Client) -> None:
    # More than a pipe holds: of a short response Apache may see the end at once, and then it counts itself.
    length = client.get("/probe/bytes?n=100000").headers.get("content-length")
    assert length == (None if gateway.has_quirk("length-not-passed-on") else "100000")
