"""A real browser on the running portal, plain HTTP through it, and a gateway that may be stopped."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import chromium
from tests.chosen import EVERY_GATEWAY
from tests.containers.container import Container, docker
from tests.waiting import wait_until
from wsgi_gateways.compose import PORTAL, Stack

ROOT = Path(__file__).resolve().parents[2]
# Each of them has to run: a test that wants another state makes it.
GATEWAYS = sorted(EVERY_GATEWAY)
STOPPABLE = "lighttpd-cgi"


@pytest.fixture(scope="session")
def portal_url(stack: Stack) -> str:
    return stack.address(PORTAL).rstrip("/")


@pytest.fixture(scope="session")
def portal_port(stack: Stack) -> int:
    return stack.port(PORTAL)


@pytest.fixture
def stoppable(stack: Stack) -> Iterator[Container]:
    """The container of STOPPABLE, which the test may stop: it is healthy again afterwards."""
    container = Container(stack.container(STOPPABLE))
    yield container
    docker("start", container.name)
    wait_until(lambda: stack.is_healthy(STOPPABLE), f"{STOPPABLE} healthy again", 20)


# Not for the session: Playwright's next one, in another folder, starts only when this one has ended.
@pytest.fixture(scope="package")
def browser(portal_url: str) -> Iterator[Browser]:
    with chromium(str(urlsplit(portal_url).hostname)) as browser:
        yield browser


class Portal:
    """The page as a reader sees it, and what went wrong while it was open."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self.hear(message.type, message.text))

    def hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)

    def open(self, view: str = "") -> Page:
        """The page, once all gateways have said what there is to compare."""
        self.page.goto(f"{self.url}/{view}")
        expect(self.page.locator("#asked")).to_contain_text("Asked at", timeout=30_000)
        return self.page


@pytest.fixture
def portal(browser: Browser, portal_url: str, request: pytest.FixtureRequest) -> Iterator[Portal]:
    """Parametrised indirectly, it gets the keywords of a browser context, such as color_scheme."""
    options = {"viewport": {"width": 1280, "height": 900}} | getattr(request, "param", {})
    with browser.new_context(**options) as context:
        yield Portal(context.new_page(), portal_url)
