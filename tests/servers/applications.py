"""Versions of the sample application to release: good ones that say which they are, and broken ones."""

from pathlib import Path
from shutil import copytree, ignore_patterns

import httpx

from tests.servers.server import Server

ROOT = Path(__file__).resolve().parents[2]

GOOD = '''

_sample = application


def application(environ, start_response):
    """The sample, and at /version the version that this is."""
    if environ["PATH_INFO"] == "/version":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"{version}"]
    return _sample(environ, start_response)
'''
BROKEN_AT_IMPORT = """
raise RuntimeError("this version cannot be imported")
"""
# It answers when it is asked without a server, before it becomes the current release.
BROKEN_IN_PLACE = '''

_sample = application


def application(environ, start_response):
    """The sample, but for visitors of a server it is not healthy."""
    if environ["PATH_INFO"] == "/healthz" and "REMOTE_ADDR" in environ:
        start_response("500 Internal Server Error", [("Content-Type", "text/plain")])
        return [b"not healthy here"]
    return _sample(environ, start_response)
'''
# /healthz is fine.
BROKEN_AT_ITS_FRONT = '''

_sample = application


def application(environ, start_response):
    """The sample without its first page."""
    if environ["PATH_INFO"] == "/":
        raise RuntimeError("this version has no first page")
    return _sample(environ, start_response)
'''


def make_application(folder: Path, added: str) -> Path:
    """A copy of the sample application with these lines at the end of its wsgi.py."""
    copytree(ROOT / "app", folder, ignore=ignore_patterns("__pycache__"))
    with (folder / "wsgi.py").open("a") as file:
        file.write(added)
    return folder


def version(server: Server) -> str:
    """Which version answers: those of the tests say it; the sample, before it says no, imports its board."""
    return httpx.get(f"{server.address}version", trust_env=False, timeout=60).text
