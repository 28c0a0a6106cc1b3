"""Debian's Chromium, driven by Playwright, without a way to the internet."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

_ARGUMENTS = [
    "--no-sandbox",  # the suite may run as root
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@contextmanager
def chromium(host: str = "localhost") -> Iterator[Browser]:
    """A browser that finds this host alone: whatever a page might want from elsewhere fails."""
    only = f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {host}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=[*_ARGUMENTS, only])
        yield browser
        browser.close()
