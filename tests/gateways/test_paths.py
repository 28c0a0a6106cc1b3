"""SCRIPT_NAME, PATH_INFO and QUERY_STRING, at the root and under the prefix."""

import pytest

from tests.gateways.conftest import Environ
from tests.gateways.raw_http import ask, get
from wsgi_gateways.catalogue import Gateway

PATHS = {  # as sent: as the application must see it, bytes as latin-1
    "/": "/",
    "/plain": "/plain",
    "/%E9": "/\xe9",
    "/caf%C3%A9": "/caf\xc3\xa9",
    "/a%2Fb": "/a/b",
    "/a%20b+c": "/a b+c",
    "/a;b=c;d": "/a;b=c;d",
    "/a%3Fb": "/a?b",
    "/a%25b": "/a%b",
    "/a//b": "/a/b",  # merged, by all of them
    "/./a/../b": "/b",
    "/.hidden/x.php": "/.hidden/x.php",
    "/static": "/static",
}
QUERIES = ["", "a=1&b=2", "%E9%2F+;&&=", "a?b/c", "a=%C3%A9&a=2"]


@pytest.fixture(params=["root", "prefix"])
def mount(request: pytest.FixtureRequest, gateway: Gateway) -> str:
    return "" if request.param == "root" else f"/gateway/{gateway.name}"


@pytest.mark.parametrize("sent", PATHS)
def test_the_path_arrives_decoded(environ: Environ, mount: str, sent: str) -> None:
    told = environ(f"{mount}/probe/environ{sent}")
    assert told["SCRIPT_NAME"] == mount
    assert told["PATH_INFO"] == "/probe/environ" + PATHS[sent]


@pytest.mark.parametrize("query", QUERIES)
def test_the_query_arrives_as_sent(environ: Environ, mount: str, query: str) -> None:
    told = environ(f"{mount}/probe/environ?{query}")
    assert told["QUERY_STRING"] == query
    assert told["PATH_INFO"] == "/probe/environ"


def test_dot_segments_are_resolved_before_the_prefix_is_sought(gateway: Gateway, environ: Environ) -> None:
    prefix = f"/gateway/{gateway.name}"
    assert environ(f"{prefix}/../../probe/environ")["SCRIPT_NAME"] == ""
    assert environ(f"/x/..{prefix}/probe/environ")["SCRIPT_NAME"] == prefix
    assert environ(f"/%2e/x/%2e%2e{prefix}/probe/environ")["SCRIPT_NAME"] == prefix


def test_a_longer_name_is_not_the_prefix(gateway: Gateway, port: int) -> None:
    answer = ask(port, get(f"/gateway/{gateway.name}x/probe/environ"))
    assert answer.status == 404


def test_a_line_feed_in_the_path_is_passed_on(gateway: Gateway, port: int) -> None:
    answer = ask(port, get("/probe/environ/a%0Ab"))
    if gateway.has_quirk("line-feed-in-path-is-refused"):
        assert answer.status == 400
    else:
        assert answer.json["PATH_INFO"]["value"] == "/probe/environ/a\nb"
