"""A CGI script pays for its imports at every request: the handler's are next to none."""

from tests.serve.cgi_script import ask

LOADED = """
import sys
before = set(sys.modules)

def application(environ, start_response):
    start_response("200 OK", [])
    return [" ".join(sorted(set(sys.modules) - before)).encode()]
"""


def test_the_handler_imports_nothing_but_itself() -> None:
    assert ask(LOADED).body.decode().split() == [
        "wsgi_gateways",
        "wsgi_gateways.serve",
        "wsgi_gateways.serve.cgi",
    ]


def test_a_body_and_a_file_import_nothing_either() -> None:
    application = LOADED.replace("start_response(", 'environ["wsgi.input"].read(); start_response(', 1)
    assert len(ask(application, b"body").body.split()) == 3
