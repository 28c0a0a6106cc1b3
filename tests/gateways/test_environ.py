"""The environ as PEP 3333 wants it."""

import socket

import httpx
import pytest

from tests.gateways.conftest import Environ
from wsgi_gateways.catalogue import Gateway

# RFC 3875, section 4.1, and GATEWAY, which the native configuration sets.
CGI_VARIABLES = {"GATEWAY", "GATEWAY_INTERFACE", "PATH_INFO", "PATH_TRANSLATED", "QUERY_STRING"}
CGI_VARIABLES |= {"CONTENT_LENGTH", "CONTENT_TYPE", "REMOTE_ADDR", "REQUEST_METHOD", "SCRIPT_NAME"}
CGI_VARIABLES |= {"SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "SERVER_SOFTWARE"}
# What web servers add about the request; Apache's: https://httpd.apache.org/docs/2.4/expr.html#vars
ADDED = {"DOCUMENT_ROOT", "REMOTE_PORT", "REQUEST_SCHEME", "REQUEST_URI", "SCRIPT_FILENAME", "SERVER_ADDR"}
OF_THE_WEB_SERVER = {
    "Apache": ADDED | {"CONTEXT_DOCUMENT_ROOT", "CONTEXT_PREFIX", "SERVER_ADMIN", "SERVER_SIGNATURE"},
    "lighttpd": ADDED | {"REDIRECT_STATUS"},
}
REQUIRED = ["REQUEST_METHOD", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL"]


@pytest.fixture
def typed(client: httpx.Client) -> dict[str, dict[str, object]]:
    """Every key with its type and value."""
    answer: dict[str, dict[str, object]] = client.get("/probe/environ").json()
    return answer


def test_the_request_is_described(environ: Environ) -> None:
    told = environ("/probe/environ/here?a=1&b=2")
    assert told["REQUEST_METHOD"] == "GET"
    assert told["SCRIPT_NAME"] == ""
    assert told["PATH_INFO"] == "/probe/environ/here"
    assert told["QUERY_STRING"] == "a=1&b=2"
    assert told["SERVER_PROTOCOL"] == "HTTP/1.1"
    assert told["wsgi.url_scheme"] == "http"


def test_the_server_is_the_one_that_the_client_asked_for(environ: Environ) -> None:
    told = environ(host="www.example.org")
    assert told["HTTP_HOST"] == "www.example.org"
    assert told["SERVER_NAME"] == "www.example.org"
    assert told["SERVER_PORT"] == "80"


def test_the_port_is_the_one_that_took_the_request(gateway: Gateway, environ: Environ) -> None:
    told = environ(host="www.example.org:8888")
    assert told["SERVER_NAME"] == "www.example.org"
    assert told["SERVER_PORT"] == ("8888" if gateway.has_quirk("port-of-the-host-header") else "80")


def test_the_client_is_named_by_its_address(gateway: Gateway, environ: Environ) -> None:
    told = environ("/probe/environ", "X-Forwarded-For: 192.0.2.1")
    name = "REMOTE_ADDR"
    if gateway.has_quirk("client-is-not-named"):
        assert told[name] == ""
        name = "HTTP_X_FORWARDED_FOR"
    socket.inet_pton(socket.AF_INET, str(told[name]))
    assert told[name] != "192.0.2.1"


def test_cgi_variables_are_native_strings(typed: dict[str, dict[str, object]]) -> None:
    assert not [key for key in REQUIRED if not typed[key]["value"]]
    variables = [key for key in typed if key.isupper()]
    assert not [key for key in variables if typed[key]["type"] != "str"]
    for key in variables:
        str(typed[key]["value"]).encode("latin-1")


def test_wsgi_variables_have_their_types(gateway: Gateway, typed: dict[str, dict[str, object]]) -> None:
    assert typed["wsgi.version"] == {"type": "tuple", "value": [1, 0]}
    assert typed["wsgi.url_scheme"]["type"] == "str"
    for flag in ("multithread", "multiprocess", "run_once"):
        assert typed[f"wsgi.{flag}"]["type"] == "bool"
    assert {"wsgi.input", "wsgi.errors"} <= typed.keys()
    assert ("wsgi.file_wrapper" in typed) != gateway.has_quirk("no-file-wrapper")


def test_the_flags_are_those_of_gateway_yml(gateway: Gateway, environ: Environ) -> None:
    told = environ()
    assert told["wsgi.multithread"] == gateway.wsgi.multithread
    says_so = not gateway.has_quirk("multiprocess-is-not-told")
    assert told["wsgi.multiprocess"] == (gateway.wsgi.multiprocess and says_so)
    assert told["wsgi.run_once"] == gateway.wsgi.run_once


def test_a_request_without_a_body_has_no_length(environ: Environ) -> None:
    assert environ().get("CONTENT_LENGTH", "") in ("", "0")


def test_the_web_servers_own_environment_does_not_leak_in(gateway: Gateway, environ: Environ) -> None:
    own = {"PATH", "HOME", "PWD", "USER", "HOSTNAME", "LANG", "LC_CTYPE", "SHLVL", "_"}
    own |= {"WORKERS", "THREADS", "CONCURRENCY", "RUNTIME_DIRECTORY"}
    assert bool(own & environ().keys()) == gateway.has_quirk("environment-in-environ")


def test_a_script_sees_no_variable_but_those_of_its_request(gateway: Gateway, environ: Environ) -> None:
    if gateway.interface == "CGI":
        named = {key for key in environ() if not key.startswith(("HTTP_", "wsgi."))}
        assert named - CGI_VARIABLES - OF_THE_WEB_SERVER[gateway.web_server] == set()
