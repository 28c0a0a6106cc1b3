"""Without one gateway the portal says so, and everything else goes on."""

from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import expect

from tests.containers.container import Container, docker
from tests.containers.container import start as start_container
from tests.gateways.raw_http import ask, get
from tests.waiting import wait_until
from wsgi_gateways.compose import Stack

from .conftest import GATEWAYS, STOPPABLE, Portal

PATH = f"/gateway/{STOPPABLE}/a%2Fb//%E9?q=%2F"
# Answers with the request line and the headers that it was sent.
MIRROR = r"""
import socketserver
class Mirror(socketserver.StreamRequestHandler):
    def handle(self):
        head = b"".join(iter(self.rfile.readline, b"\r\n"))
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(head), head))
socketserver.TCPServer(("", 80), Mirror).serve_forever()
"""
# Closes every connection without a word.
SILENCE = r"""
import socketserver
socketserver.TCPServer(("", 80), socketserver.StreamRequestHandler).serve_forever()
"""

StandIn = Callable[[str], None]


@pytest.fixture
def stand_in(stack: Stack, stoppable: Container, portal_url: str) -> Iterator[StandIn]:
    """Runs a Python program in the place of STOPPABLE, as the portal sees it."""
    name = f"{stack.configuration['name']}-stand-in"
    network = stack.configuration["networks"]["default"]["name"]
    stoppable.stop()

    def start(program: str) -> None:
        alias = ["--network", network, "--network-alias", STOPPABLE]
        start_container(name, *alias, "--entrypoint", "python3", stack.image("base"), "-c", program)
        # The portal may believe for five seconds what DNS has said before.
        wait_until(lambda: not is_absent(portal_url), f"the portal finds {name}", 15)

    yield start
    docker("rm", "--force", name)


def is_absent(portal_url: str) -> bool:
    told = httpx.get(portal_url + PATH, trust_env=False).headers.get("Proxy-Status", "")
    return "unavailable" in told or "connection_timeout" in told


def test_its_address_says_so_and_how_to_start_it(stoppable: Container, portal_url: str) -> None:
    stoppable.stop()
    answer = httpx.get(f"{portal_url}/gateway/{STOPPABLE}/", trust_env=False)
    # 504 as long as the portal believes what DNS has said before, then 502.
    told = {502: "destination_unavailable", 504: "connection_timeout"}
    assert answer.headers["Proxy-Status"] == f"portal; error={told[answer.status_code]}"
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.headers["Cache-Control"] == "no-store"
    assert f"make up GATEWAYS={STOPPABLE}" in answer.text


def test_its_row_says_so_until_it_is_back(stack: Stack, stoppable: Container, portal: Portal) -> None:
    page = portal.open()
    states = {name: page.locator(f"#gateway-{name} .state") for name in GATEWAYS}
    summary = page.locator("#summary")

    stoppable.stop()
    expect(states[STOPPABLE]).to_contain_text("not running", timeout=30_000)
    expect(summary).to_have_text(f"{len(GATEWAYS) - 1} of {len(GATEWAYS)} gateways answer")
    for name in set(GATEWAYS) - {STOPPABLE}:
        expect(states[name]).to_contain_text("healthy")

    docker("start", stoppable.name)
    expect(states[STOPPABLE]).to_contain_text("healthy", timeout=30_000)
    expect(summary).to_have_text(f"{len(GATEWAYS)} of {len(GATEWAYS)} gateways answer")


def test_the_gateway_is_sent_what_the_client_sent(stand_in: StandIn, portal_port: int) -> None:
    stand_in(MIRROR)
    claims = ["Proxy: http://10.0.0.1", "X-Forwarded-For: 10.0.0.1", "X-Forwarded-Proto: https"]
    answer = ask(portal_port, get(PATH, *claims, "Cookie: a=1", host="www.example.org:8080"))
    request_line, *headers = answer.body.decode("latin-1").splitlines()
    told = {name.lower(): value for name, _, value in (header.partition(": ") for header in headers)}
    assert request_line == f"GET {PATH} HTTP/1.1"
    assert told["host"] == "www.example.org:8080"
    assert told["cookie"] == "a=1"
    assert "proxy" not in told
    assert "10.0.0.1" not in told["x-forwarded-for"]
    assert told["x-forwarded-proto"] == "http"


def test_a_gateway_that_hangs_up_is_running(stand_in: StandIn, portal_url: str) -> None:
    stand_in(SILENCE)
    answer = httpx.get(portal_url + PATH, trust_env=False)
    assert answer.status_code == 502
    assert answer.headers["Proxy-Status"] == "portal; error=connection_terminated"
    assert f"make logs GATEWAY={STOPPABLE}" in answer.text
