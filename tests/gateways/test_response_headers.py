"""Response headers arrive as the application gave them."""

import httpx
import pytest

from tests.gateways.raw_http import ask, get
from wsgi_gateways.catalogue import Gateway


def test_cookies_are_set_one_by_one(client: httpx.Client) -> None:
    assert client.get("/probe/headers").headers.get_list("set-cookie") == ["a=1", "b=2"]


def test_a_header_in_latin_1_arrives_byte_for_byte(gateway: Gateway, port: int) -> None:
    expected = "\xc3\xa9" if gateway.has_quirk("only-ascii-in-headers") else "\xe9"
    assert ask(port, get("/probe/headers")).header("x-probe-latin1") == expected


@pytest.mark.parametrize("length", [1, 4000, 8000])
def test_a_long_header_arrives_whole(port: int, length: int) -> None:
    assert ask(port, get(f"/probe/headers?bytes={length}")).header("x-probe-long") == "x" * length


def test_headers_of_more_than_8_kib_arrive(port: int) -> None:
    answer = ask(port, get("/probe/headers?bytes=8150"))
    assert answer.header("x-probe-long") == "x" * 8150
    assert answer.header("set-cookie") == "a=1, b=2"


@pytest.mark.parametrize("length", [16000, 32000])
def test_a_header_of_up_to_32_kb_arrives_whole(gateway: Gateway, port: int, length: int) -> None:
    answer = ask(port, get(f"/probe/headers?bytes={length}"))
    if gateway.has_quirk("response-header-of-8-kib-at-most"):
        assert answer.status == 500
    else:
        assert answer.header("x-probe-long") == "x" * length


def test_the_servers_version_is_nobodys_business(gateway: Gateway, client: httpx.Client) -> None:
    for route in ("/probe/hello", "/static/style.css", "/static/nothing", "/probe/raise"):
        # Not every page about an error has the header, and none has to (RFC 9110, section 10.2.4).
        server = client.get(route).headers.get("server", gateway.reached_server)
        assert server == gateway.reached_server


ERRORS = {
    "missing file": get("/static/nothing"),
    "broken application": get("/probe/raise"),
    "no HTTP": b"GET\r\n\r\n",
    "too long": get("/", f"X-Long: {'x' * 99999}"),
}
TELLING = ["/srv/", "/usr/", "Traceback", "Python", "gunicorn", "uWSGI", "mod_wsgi", "waitress", "granian"]
TELLING += ["Apache/", "nginx/", "lighttpd/"]


@pytest.mark.parametrize("request_", ERRORS.values(), ids=ERRORS)
def test_error_pages_give_nothing_away(port: int, request_: bytes) -> None:
    answer = ask(port, request_)
    assert answer.status >= 400
    assert not [word for word in TELLING if word in answer.body.decode()]
