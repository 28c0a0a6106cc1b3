"""A request through the portal reaches its gateway as it was sent, and the answer comes back as it is."""

import hashlib
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.gateways.raw_http import Connection, ask, get
from tests.waiting import wait_until
from wsgi_gateways.catalogue import Gateway
from wsgi_gateways.compose import PORTAL, Stack

HOST = "www.example.org:8080"
SENT = [
    "/a%2Fb",
    "/a//b",
    "/%E9",
    "/caf%C3%A9",
    "/a%20b;c=d",
    "/a%25b%3F",
    "/./a/../b",
    "?q=%E9//%2F+&&=?",
    "//",
]
AS_SENT = [
    "SCRIPT_NAME",
    "PATH_INFO",
    "QUERY_STRING",
    "REQUEST_URI",
    "RAW_URI",
    "REQUEST_METHOD",
    "HTTP_HOST",
    "SERVER_NAME",
    "SERVER_PROTOCOL",
]
UPLOAD = bytes(range(256)) * (5 * 1024**2 // 256)


@pytest.fixture
def prefix(gateway: Gateway) -> str:
    return f"/gateway/{gateway.name}"


def environ(port: int, path: str) -> dict[str, Any]:
    answer = ask(port, get(path, host=HOST))
    assert answer.status == 200, answer.body
    return {key: item["value"] for key, item in answer.json.items()}


@pytest.mark.parametrize("sent", SENT)
def test_the_path_arrives_as_if_the_gateway_had_been_asked_directly(
    gateway: Gateway, stack: Stack, portal_port: int, prefix: str, sent: str
) -> None:
    path = f"{prefix}/probe/environ{sent}"
    forwarded = environ(portal_port, path)
    directly = environ(stack.port(gateway.name), path)
    # Not every application server tells of the path as it was sent, or calls it the same.
    assert {key: forwarded.get(key) for key in AS_SENT} == {key: directly.get(key) for key in AS_SENT}
    assert forwarded["HTTP_HOST"] == HOST


def test_a_way_around_ends_at_the_gateway_that_it_leads_to(
    gateway: Gateway, portal_port: int, prefix: str
) -> None:
    assert environ(portal_port, f"/gateway/portal/../..{prefix}/probe/environ")["SCRIPT_NAME"] == prefix


def test_an_upload_arrives_whole(portal_url: str, prefix: str) -> None:
    answer = httpx.post(f"{portal_url}{prefix}/probe/sha256", content=UPLOAD, trust_env=False)
    assert answer.json() == {"sha256": hashlib.sha256(UPLOAD).hexdigest(), "bytes": len(UPLOAD)}


def test_the_first_line_of_a_stream_arrives_before_the_stream_has_ended(
    portal_url: str, portal_port: int, prefix: str
) -> None:
    token = a_token()

    def is_closed() -> bool:
        answer = httpx.get(f"{portal_url}{prefix}/probe/closed?token={token}", trust_env=False)
        return bool(answer.json()["closed"])

    with httpx.stream(
        "GET", f"{portal_url}{prefix}/probe/close?token={token}&n=2&ms=2000", trust_env=False
    ) as answer:
        lines = answer.iter_lines()
        assert next(lines) == "line 1"
        assert not is_closed()
        assert list(lines) == ["line 2"]
    wait_until(is_closed, "the application sees the end of its stream", 5)


@pytest.mark.parametrize("code", [404, 500, 502, 503, 504])
def test_a_gateways_own_error_passes_unchanged(
    gateway: Gateway, stack: Stack, portal_port: int, prefix: str, code: int
) -> None:
    request = get(f"{prefix}/probe/status?code={code}")
    forwarded, directly = ask(portal_port, request), ask(stack.port(gateway.name), request)
    assert (forwarded.status, forwarded.body) == (code, directly.body)
    for name in ("Content-Type", "Cache-Control", "Server"):
        assert forwarded.header(name) == directly.header(name)
    assert forwarded.header("Proxy-Status") == ""


@pytest.mark.parametrize("name", [PORTAL, "base", "localhost", "unknown", "127.0.0.1", "LIGHTTPD-CGI", "a_b"])
def test_a_name_without_a_gateway_is_not_found(stack: Stack, portal_port: int, name: str) -> None:
    token = a_token()
    answer = ask(portal_port, get(f"/gateway/{name}/probe/hello?token={token}"))
    assert answer.status == 404
    assert answer.header("Proxy-Status") == ""
    # Forwarded to the portal, by whatever name, it would stand there a second time.
    assert len(log_lines(stack, PORTAL, f'{token} HTTP/1.1" 404')) == 1


def test_a_container_that_dns_knows_but_the_catalogue_does_not_is_out_of_reach(
    stack: Stack, portal_port: int, gateway: Gateway
) -> None:
    hidden, seen = a_token(), a_token()
    name = stack.container(gateway.name)
    assert ask(portal_port, get(f"/gateway/{name}/probe/hello?token={hidden}")).status == 404
    assert ask(portal_port, get(f"/gateway/{gateway.name}/probe/hello?token={seen}")).status == 200
    assert len(log_lines(stack, gateway.name, seen)) == 1
    assert hidden not in stack.logs(gateway.name, lines=400)


def test_what_is_asked_of_another_gateway_on_the_same_connection_goes_there(portal_port: int) -> None:
    with Connection(portal_port) as connection:
        for name in ("nginx-fastcgi", "lighttpd-scgi", "nginx-fastcgi"):
            connection.send(get(f"/gateway/{name}/probe/environ"))
            answer = connection.answer()
            assert answer
            assert answer.json["SCRIPT_NAME"]["value"] == f"/gateway/{name}"


def a_token() -> str:
    """A word that no other test has sent."""
    return f"test-{uuid4().hex[:20]}"


def log_lines(stack: Stack, service: str, text: str) -> list[str]:
    """The lines of the container's log with that text, as soon as there are any."""

    def lines() -> list[str]:
        return [line for line in stack.logs(service, lines=400).splitlines() if text in line]

    wait_until(lambda: bool(lines()), f"{text} in the log of {service}", 5)
    return lines()
