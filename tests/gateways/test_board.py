"""The board is one: posted through one gateway it is read through all, at the root and under a prefix."""

import html
import re

import httpx
import pytest

from tests.targets import Target
from wsgi_gateways.catalogue import Gateway

PASSWORD = "a long enough password"


def send(client: httpx.Client, page: str, action: str, **fields: str) -> httpx.Response:
    """Open the page with the form, fill it in, send it and follow where it leads."""
    found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', client.get(page).text)
    assert found is not None
    form = {"csrf_token": html.unescape(found[1]), **fields}
    answer = client.post(action, data=form, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    return answer


@pytest.fixture(params=["root", "prefix"])
def mount(request: pytest.FixtureRequest, gateway: Gateway) -> str:
    return "" if request.param == "root" else f"/gateway/{gateway.name}"


def test_what_one_gateway_takes_another_shows(
    gateway: Gateway, stack: Target, client: httpx.Client, token: str
) -> None:
    prefix = f"/gateway/{gateway.name}"
    send(client, "/signup", "/signup", name=token[:20], password=PASSWORD)
    thread = send(
        client, f"{prefix}/threads/new", f"{prefix}/threads", title=f"Café {token}", body="<b>Hi</b>"
    )
    assert thread.url.path.startswith(f"{prefix}/threads/")
    path = thread.url.path.removeprefix(prefix)
    send(client, path, f"{path}/replies", body=f"A reply through {gateway.name}.")
    # In a ring: it shows what the next one takes, and so all of them have one board.
    gateways = stack.same_board(gateway.name)
    for name in {gateway.name, gateways[gateways.index(gateway.name) - 1]}:
        page = httpx.get(f"{stack.address(name)}{path[1:]}", trust_env=False, timeout=30).text
        assert f"Café {token}" in page
        assert "&lt;b&gt;Hi&lt;/b&gt;" in page
        assert f"A reply through {gateway.name}." in page


def test_every_link_stays_below_the_mount(client: httpx.Client, mount: str) -> None:
    page = client.get(f"{mount}/").text
    links = re.findall(r'(?:href|src|action)="(/[^"]*)"', page)
    assert len(links) > 3
    assert not [link for link in links if not link.startswith(f"{mount}/")]


def test_a_page_names_its_gateway(gateway: Gateway, client: httpx.Client, mount: str) -> None:
    assert f"Served through <strong>{gateway.name}</strong>" in client.get(f"{mount}/").text


def test_the_prefix_without_its_slash_leads_to_the_board(gateway: Gateway, client: httpx.Client) -> None:
    answer = client.get(f"/gateway/{gateway.name}", follow_redirects=True)
    assert answer.status_code == 200
    assert "Bulletin board" in answer.text


def test_pages_are_compressed_for_those_who_ask(client: httpx.Client) -> None:
    plain = client.get("/signup", headers={"Accept-Encoding": "identity"})
    packed = client.get("/signup", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["vary"]
    assert "</html>" in packed.text


def test_a_missing_page_says_so_plainly(client: httpx.Client, mount: str) -> None:
    answer = client.get(f"{mount}/threads/999999999")
    assert answer.status_code == 404
    assert "Traceback" not in answer.text
