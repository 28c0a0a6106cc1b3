"""A full disk costs what needs the disk, says so, and loses nothing that was accepted."""

import hashlib
import re
from collections.abc import Iterator

import httpx
import pytest

from tests.containers.one_off import ONE_OF_EACH_APPLICATION_SERVER, fill, make_room, started, volume
from tests.containers.traffic import pattern
from wsgi_gateways.catalogue import Gateway
from wsgi_gateways.compose import Stack

DATA = "/var/lib/app"
CANNOT_BE_USED = "storage cannot be used right now"
MEGABYTE = b"x" * 1024**2
DOWNLOAD = 8 * 1024**2
# The application wants a file for the body, and answers 507; lighttpd wants one before it, unless the
# application reads as fast as the body comes in.
ECHOED = {name: {507} for name in ("Apache", "Caddy", "gunicorn", "HAProxy", "nginx")}
ECHOED |= {"lighttpd": {500, 507}}


@pytest.mark.parametrize("name", ONE_OF_EACH_APPLICATION_SERVER)
def test_a_board_without_room_says_so_and_keeps_its_messages(name: str, stack: Stack) -> None:
    with (
        volume(stack, 1) as data,
        started(stack, name, "-v", f"{data}:{DATA}") as (container, visitor),
    ):
        thread = start_thread(visitor)
        token = token_on(visitor, thread)
        fill(container, DATA)

        refused = reply(visitor, thread, token, "A long message. " * 1000)
        assert refused.status_code == 503
        assert CANNOT_BE_USED in refused.text
        assert visitor.get("/probe/hello").text == "Hello, World!"

        make_room(container, DATA)
        assert reply(visitor, thread, token, "After the repair.").status_code == 303
        page = visitor.get(thread).text
        assert "The first message." in page
        assert "After the repair." in page
        assert "A long message." not in page


@pytest.mark.parametrize("name", ONE_OF_EACH_APPLICATION_SERVER)
def test_a_board_that_may_not_write_says_so(name: str, stack: Stack) -> None:
    with volume(stack, 1) as data:
        with started(stack, name, "-v", f"{data}:{DATA}") as (_, visitor):
            start_thread(visitor)
        with started(stack, name, "-v", f"{data}:{DATA}:ro") as (_, visitor):
            refused = visitor.get("/signup")
            # A page that needs no data may be shown; its form is refused then.
            if refused.status_code == 200:
                refused = sign_up(visitor)
            assert refused.status_code == 503
            assert CANNOT_BE_USED in refused.text


@pytest.mark.one_of_each_combination
def test_without_room_for_temporary_files_no_request_hangs(gateway: Gateway, stack: Stack) -> None:
    def in_pieces() -> Iterator[bytes]:
        yield from [MEGABYTE] * 8

    with started(stack, gateway.name) as (container, client):
        fill(container, "/tmp")
        answer = client.post("/probe/sha256", content=in_pieces())
        # Where the interface wants the length of a body first, the web server collects it in a file.
        collects_chunks = gateway.has_quirk("chunked-body-is-collected")
        wants_a_file = collects_chunks or gateway.has_quirk("chunked-body-needs-a-file")
        assert answer.status_code == (500 if wants_a_file else 200)
        if answer.status_code == 200:
            assert answer.json()["sha256"] == hashlib.sha256(MEGABYTE * 8).hexdigest()
        collects = gateway.has_quirk("body-is-collected-first")
        refusals = {500} if collects else ECHOED[gateway.reached_server]
        assert client.post("/probe/echo", content=MEGABYTE * 4).status_code in refusals
        body, seems_complete = download(client)
        assert body == pattern(len(body))
        assert seems_complete == (len(body) == DOWNLOAD)
        # lighttpd passes a response that comes in fast on through a file.
        assert seems_complete or gateway.web_server == "lighttpd"
        assert client.get("/probe/hello").text == "Hello, World!"

        make_room(container, "/tmp")
        assert client.post("/probe/echo", content=MEGABYTE * 4).content == MEGABYTE * 4


def download(client: httpx.Client) -> tuple[bytes, bool]:
    """What arrives, and whether the client must take it for all of it."""
    received = bytearray()
    with client.stream("GET", f"/probe/bytes?n={DOWNLOAD}") as answer:
        assert answer.status_code == 200
        try:
            for block in answer.iter_raw():
                received += block
        except httpx.RemoteProtocolError:
            return bytes(received), False
    return bytes(received), True


def start_thread(visitor: httpx.Client) -> str:
    """Sign up and write a first message; the path of its thread."""
    assert sign_up(visitor).status_code == 303
    token = token_on(visitor, "/threads/new")
    form = {"csrf_token": token, "title": "A thread", "body": "The first message."}
    answer = visitor.post("/threads", data=form)
    assert answer.status_code == 303
    return answer.headers["location"]


def sign_up(visitor: httpx.Client) -> httpx.Response:
    form = {"csrf_token": token_on(visitor, "/signup"), "name": "anna", "password": "correct horse"}
    return visitor.post("/signup", data=form)


def reply(visitor: httpx.Client, thread: str, token: str, body: str) -> httpx.Response:
    return visitor.post(f"{thread}/replies", data={"csrf_token": token, "body": body})


def token_on(visitor: httpx.Client, page: str) -> str:
    """The token of the form on that page, which proves that the form was seen."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', visitor.get(page).text)
    assert found, f"{page} has no form"
    return found[1]
