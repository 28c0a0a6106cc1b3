"""Static files: served by the web server itself, to be kept for a day."""

from pathlib import Path

import httpx
import pytest

from tests.gateways.raw_http import ask, get
from wsgi_gateways.catalogue import Gateway

FILE = Path(__file__).resolve().parents[2] / "app" / "static" / "style.css"
VALIDATORS = [("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")]
WAYS_OUT = ["../../wsgi.py", "../__init__.py", "..%2f__init__.py", "%2e%2e/__init__.py", "..%5c__init__.py"]


@pytest.fixture(params=["root", "prefix"])
def url(request: pytest.FixtureRequest, gateway: Gateway) -> str:
    return ("" if request.param == "root" else f"/gateway/{gateway.name}") + "/static/style.css"


def test_a_file_comes_with_headers_for_caches(client: httpx.Client, url: str) -> None:
    answer = client.get(url)
    assert answer.content == FILE.read_bytes()
    assert answer.headers["content-type"].partition(";")[0] == "text/css"
    assert answer.headers["cache-control"] == "public, max-age=86400"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(("sent", "given"), VALIDATORS)
def test_what_a_cache_has_is_not_sent_again(client: httpx.Client, url: str, sent: str, given: str) -> None:
    answer = client.get(url, headers={sent: client.get(url).headers[given]})
    assert answer.status_code == 304
    assert answer.content == b""
    assert answer.headers["cache-control"] == "public, max-age=86400"


def test_a_part_of_a_file_is_sent_as_asked(client: httpx.Client, url: str) -> None:
    answer = client.get(url, headers={"Range": "bytes=10-19"})
    assert answer.status_code == 206
    assert answer.content == FILE.read_bytes()[10:20]


def test_head_has_the_length_of_the_file(client: httpx.Client, url: str) -> None:
    answer = client.head(url)
    assert answer.headers["content-length"] == str(FILE.stat().st_size)


def test_a_missing_file_is_not_found(client: httpx.Client, url: str) -> None:
    assert client.get(f"{url}.nothing").status_code == 404


@pytest.mark.parametrize("way", WAYS_OUT)
def test_the_source_beside_them_is_out_of_reach(port: int, way: str) -> None:
    answer = ask(port, get(f"/static/{way}"))
    assert 400 <= answer.status < 500
    assert b"import" not in answer.body
