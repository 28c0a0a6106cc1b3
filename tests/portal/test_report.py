"""The portal's link to the benchmark's report, whether there is one or not."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from tests.bench import made_up
from wsgi_gateways.bench import report

from .conftest import ROOT, Portal


@pytest.fixture
def file() -> Iterator[Path]:
    """Where `make report` writes; whatever is there is there again afterwards."""
    path = ROOT / "results/report.html"
    before = path.read_bytes() if path.exists() else None
    path.unlink(missing_ok=True)
    yield path
    path.unlink(missing_ok=True)
    if before is not None:
        path.write_bytes(before)


@pytest.mark.usefixtures("file")
def test_without_a_report_the_address_says_how_to_make_one(portal_url: str) -> None:
    answer = httpx.get(f"{portal_url}/report.html", trust_env=False)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "make bench && make report" in answer.text


def test_a_report_that_was_made_meanwhile_opens_and_works(portal: Portal, file: Path) -> None:
    page = portal.open()
    file.write_text(report.page(made_up.result({"slow": [90.0] * 8, "fast": [60.0] * 8})))
    page.get_by_role("link", name="report").click()
    expect(page).to_have_title("WSGI gateways, measured 2026-11-23T12:00:00Z")
    # Not what the portal's page still asked for while it was left.
    portal.requests.clear()
    portal.complaints.clear()
    page.reload()
    names = page.locator("#hello table").first.locator("tbody td:first-child")
    expect(names).to_have_text(["fast", "slow"])
    page.locator("#hello table").first.get_by_role("button", name="gateway").click()
    page.locator("#hello table").first.get_by_role("button", name="gateway").click()
    expect(names).to_have_text(["slow", "fast"])
    assert portal.requests == [f"{portal.url}/report.html"]
    assert portal.complaints == []


@pytest.mark.usefixtures("file")
def test_nothing_else_of_that_folder_is_served(portal_url: str) -> None:
    for path in (
        "/results/.gitignore",
        "/.gitignore",
        "/results/",
        "/reference.json",
        "/report.html/../.gitignore",
    ):
        assert httpx.get(portal_url + path, trust_env=False).status_code in (400, 404)
