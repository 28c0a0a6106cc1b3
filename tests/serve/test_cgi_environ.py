"""What a CGI script's application is told of its request (RFC 3875, section 4.1; PEP 3333)."""

import json

import pytest

from tests.serve.cgi_script import ask

SHOW = """
import json

def application(environ, start_response):
    shown = {key: value for key, value in environ.items() if isinstance(value, (str, bool, tuple))}
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(shown).encode()]
"""


def told(**extra: str | bytes | None) -> dict[str, object]:
    answer = ask(SHOW, **extra)
    assert answer.log == ""
    shown: dict[str, object] = json.loads(answer.body)
    return shown


def test_the_variables_of_the_request_are_in_environ() -> None:
    environ = told(REQUEST_METHOD="PUT", PATH_INFO="/a", QUERY_STRING="b=c", HTTP_ACCEPT="*/*")
    assert environ["REQUEST_METHOD"] == "PUT"
    assert environ["PATH_INFO"] == "/a"
    assert environ["QUERY_STRING"] == "b=c"
    assert environ["HTTP_ACCEPT"] == "*/*"
    assert environ["SERVER_NAME"] == "www.example.org"


@pytest.mark.parametrize("locale", [{}, {"LC_ALL": "C"}, {"LC_ALL": "POSIX"}, {"LC_ALL": "C.UTF-8"}])
@pytest.mark.parametrize("path", [b"/caf\xc3\xa9", b"/caf\xe9", b"/\xff\x80\x7f", b"/\xed\xa0\x80"])
def test_bytes_are_latin_1_text_whatever_the_locale(path: bytes, locale: dict[str, str]) -> None:
    assert told(PATH_INFO=path, **locale)["PATH_INFO"] == path.decode("latin-1")


def test_what_the_script_set_through_os_is_seen() -> None:
    answer = ask("import os\nos.environ['SCRIPT_NAME'] = '/mounted'\n" + SHOW)
    assert json.loads(answer.body)["SCRIPT_NAME"] == "/mounted"


def test_what_a_web_server_leaves_out_is_empty() -> None:
    environ = told(SCRIPT_NAME=None, PATH_INFO=None)
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == ("", "")


def test_what_is_not_of_the_request_is_left_out() -> None:
    assert not {"PATH", "LC_CTYPE"} & told(PATH="/usr/bin", LC_CTYPE="C").keys()
    assert "LC_CTYPE" not in told(LANG="C")  # where the interpreter sets it (PEP 538)


def test_the_flags_are_those_of_a_process_for_one_request() -> None:
    environ = told()
    assert environ["wsgi.version"] == [1, 0]
    assert environ["wsgi.multithread"] is False
    assert environ["wsgi.multiprocess"] is True
    assert environ["wsgi.run_once"] is True
    assert environ["wsgi.input_terminated"] is True


@pytest.mark.parametrize(
    ("said", "scheme"),
    [
        ({}, "http"),
        ({"HTTPS": "on"}, "https"),
        ({"HTTPS": "ON"}, "https"),
        ({"HTTPS": "1"}, "https"),
        ({"HTTPS": "off"}, "http"),
        ({"HTTPS": ""}, "http"),
        ({"REQUEST_SCHEME": "https"}, "https"),
        ({"REQUEST_SCHEME": "http"}, "http"),
        ({"HTTP_HTTPS": "on"}, "http"),
    ],
)
def test_the_scheme_is_what_the_web_server_says(said: dict[str, str], scheme: str) -> None:
    assert told(**said)["wsgi.url_scheme"] == scheme
