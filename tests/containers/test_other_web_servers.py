"""FastCGIWorker behind Apache's mod_proxy_fcgi, mod_fcgid and lighttpd's bin-path: what a client gets."""

import os
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.containers.container import Container
from tests.containers.other_web_servers.site import (
    CLIENTS,
    MEGABYTE,
    REQUESTS,
    SETUPS,
    Site,
    connections,
    serving,
    visit,
)


@pytest.fixture(scope="module", params=SETUPS)
def module_site(
    request: pytest.FixtureRequest, other_web_servers: Container, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    log = tmp_path_factory.mktemp("other") / "log"
    with serving(other_web_servers, SETUPS[request.param], log) as site:
        yield site


@pytest.fixture
def site(module_site: Site) -> Iterator[Site]:
    """A site; the report of a test that fails has what the servers wrote meanwhile."""
    before = len(module_site.log.read_text())
    yield module_site
    sys.stderr.write(module_site.log.read_text()[before:])


@pytest.fixture
def client(site: Site) -> Iterator[httpx.Client]:
    with site.client() as client:
        yield client


def test_the_application_answers(client: httpx.Client) -> None:
    reply = client.get("/healthz")
    assert (reply.status_code, reply.text) == (200, "ok\n")


def test_the_application_sees_the_request(client: httpx.Client) -> None:
    environ = client.get("/probe/environ/a%2Fb%20c?d=e%20f", headers={"X-Own": "own"}).json()
    found = {name: variable["value"] for name, variable in environ.items()}
    assert (found["SCRIPT_NAME"], found["PATH_INFO"]) == ("", "/probe/environ/a/b c")
    assert (found["QUERY_STRING"], found["HTTP_X_OWN"]) == ("d=e%20f", "own")
    assert found["REQUEST_URI"] == "/probe/environ/a%2Fb%20c?d=e%20f"
    assert (found["REQUEST_METHOD"], found["SERVER_NAME"]) == ("GET", "127.0.0.1")
    assert found["wsgi.url_scheme"] == "http"


def test_a_body_of_a_megabyte_comes_back_as_it_was_sent(client: httpx.Client) -> None:
    body = os.urandom(MEGABYTE)
    assert client.post("/probe/echo", content=body).content == body
    assert client.post("/probe/echo", content=iter([body[:1000], body[1000:]])).content == body


def test_an_error_before_the_headers_is_a_500_without_details(client: httpx.Client) -> None:
    reply = client.get("/probe/raise?when=before")
    assert (reply.status_code, reply.text) == (500, "500 Internal Server Error\n")
    assert client.get("/healthz").status_code == 200


def test_an_error_after_the_headers_is_seen_as_far_as_the_web_server_can(site: Site) -> None:
    with site.client() as client:
        try:
            reply = client.get("/probe/raise?when=iterating")
        except httpx.RemoteProtocolError:
            outcome = "cut"
        else:
            outcome = "looks whole" if reply.status_code == 200 else str(reply.status_code)
            assert (reply.text == "first block\n") == (outcome == "looks whole")
            assert "Traceback" not in reply.text
    assert outcome in site.setup.broken_off
    with site.client() as client:
        assert client.get("/healthz").status_code == 200


def test_eight_clients_lose_no_request(site: Site) -> None:
    with ThreadPoolExecutor(CLIENTS) as clients:
        visits = [clients.submit(visit, site) for _ in range(CLIENTS)]
        outcomes = sum((each.result() for each in visits), Counter[str]())
    assert outcomes == {"right": CLIENTS * REQUESTS}
    if site.setup.starts_application:
        return
    kept = connections(site.container)
    assert bool(kept) == site.setup.keeps_connections, f"{kept} connections to gunicorn are open"
