"""What a reader of the portal sees, in a real browser, with all gateways running."""

import os
import re

import pytest
from playwright.sync_api import expect

from .conftest import GATEWAYS, ROOT, Portal

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True}
SCHEMES_AND_SIZES = [
    pytest.param({"color_scheme": "light"}, id="light"),
    pytest.param({"color_scheme": "dark"}, id="dark"),
    pytest.param(PHONE, id="light-phone"),
    pytest.param(PHONE | {"color_scheme": "dark"}, id="dark-phone"),
]


def test_every_gateway_is_listed_as_healthy(portal: Portal) -> None:
    page = portal.open()
    expect(page.locator("#summary")).to_have_text(
        f"{len(GATEWAYS)} of {len(GATEWAYS)} gateways answer", timeout=15_000
    )
    assert sorted(page.locator("#gateways tbody th > code").all_text_contents()) == GATEWAYS
    for state in page.locator("#gateways .state").all():
        expect(state).to_contain_text("healthy")


@pytest.mark.parametrize("table", ["environ", "process"])
def test_every_gateway_has_a_column_with_answers(portal: Portal, table: str) -> None:
    page = portal.open("#keys=all")
    heads = page.locator(f"#{table} thead th").all_text_contents()
    assert sorted(heads) == sorted(["Key", *GATEWAYS])
    assert page.locator(f"#{table}").get_by_text("no answer").count() == 0


def test_keys_on_which_gateways_differ_are_marked(portal: Portal) -> None:
    page = portal.open("#keys=all")
    differing = page.locator("#environ [data-key='SERVER_SOFTWARE']")
    expect(differing).to_have_attribute("data-differs", "true")
    expect(differing.locator("th")).to_contain_text("differs")
    same = page.locator("#environ [data-key='REQUEST_METHOD']")
    expect(same).to_have_attribute("data-differs", "false")
    expect(same.locator("th")).not_to_contain_text("differs")


def test_a_gateways_own_name_is_no_difference(portal: Portal) -> None:
    page = portal.open("#keys=all")
    row = page.locator("#environ [data-key='SCRIPT_NAME']")
    told = sorted(row.locator("td").all_text_contents())
    assert told == [f"/gateway/{name}" for name in GATEWAYS]
    expect(row).to_have_attribute("data-differs", "false")


def test_only_differences_are_shown_until_all_are_wanted(portal: Portal) -> None:
    page = portal.open()
    same = page.locator("#environ [data-differs='false']")
    expect(same).to_have_count(0)
    page.get_by_label("Only differences").uncheck()
    expect(same).not_to_have_count(0)
    expect(page.locator("#environ [data-differs='true']")).not_to_have_count(0)


def test_the_filter_finds_keys_and_values(portal: Portal) -> None:
    page = portal.open("#keys=all")
    page.get_by_label("Filter").fill("wsgi.MULTI")
    shown = page.locator("#environ [data-key]")
    expect(shown).to_have_count(2)
    expect(page.locator("#count")).to_contain_text("2 shown")
    page.get_by_label("Filter").fill("mozilla/")
    expect(shown).to_have_count(1)
    expect(shown).to_have_attribute("data-key", "HTTP_USER_AGENT")


def test_the_list_is_grouped_by_web_server_and_can_be_searched(portal: Portal) -> None:
    page = portal.open()
    families = page.locator("#gateways .family:visible")
    assert len(families.all()) >= 3
    page.get_by_label("Find").fill("LIGHTTPD scgi")
    expect(families).to_have_text(["lighttpd"])
    found = [name for name in GATEWAYS if name.startswith("lighttpd-scgi")]
    expect(page.locator("#found")).to_have_text(f"{len(found)} of {len(GATEWAYS)} listed")
    names = page.locator("#gateways tbody th > code:visible").all_text_contents()
    assert sorted(names) == found
    heads = page.locator("#environ thead th").all_text_contents()
    assert sorted(heads) == sorted(["Key", *found])
    page.reload()
    expect(page.get_by_label("Find")).to_have_value("LIGHTTPD scgi")
    expect(families).to_have_text(["lighttpd"])


def test_what_does_not_run_is_no_column_and_can_be_left_out(portal: Portal) -> None:
    absent, *others = GATEWAYS
    portal.page.route(
        f"**/gateway/{absent}/**",
        lambda route: route.fulfill(
            status=502, headers={"Proxy-Status": "portal; error=destination_unavailable"}
        ),
    )
    page = portal.open("#keys=all")
    row = page.locator(f"#gateway-{absent}")
    expect(row.locator(".state")).to_contain_text("not running")
    expect(page.locator("#environ thead th")).to_have_count(1 + len(others))
    page.get_by_label("Only running").check()
    expect(row).to_be_hidden()
    page.get_by_label("Only running").uncheck()
    expect(row).to_be_visible()


def test_a_chosen_view_is_kept_in_the_address(portal: Portal) -> None:
    page = portal.open()
    page.get_by_text("Columns:").click()
    page.get_by_role("button", name="None").click()
    page.get_by_label(GATEWAYS[0], exact=True).check()
    page.get_by_label("Only differences").uncheck()
    page.get_by_label("Filter").fill("request_")
    page.reload()
    expect(page.locator("#environ thead th")).to_have_text(["Key", GATEWAYS[0]])
    expect(page.get_by_label("Only differences")).not_to_be_checked()
    expect(page.get_by_label("Filter")).to_have_value("request_")
    expect(page.locator("#environ [data-key='REQUEST_METHOD']")).to_be_visible()


def test_asking_again_asks_every_gateway_again(portal: Portal) -> None:
    page = portal.open()
    portal.requests.clear()
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator("#ask[aria-disabled]")).to_have_count(0, timeout=30_000)
    asked = {url for url in portal.requests if url.endswith("/probe/environ")}
    assert asked == {f"{portal.url}/gateway/{name}/probe/environ" for name in GATEWAYS}


def test_a_gateway_that_fails_does_not_hide_the_others(portal: Portal) -> None:
    silent, *others = GATEWAYS
    portal.page.route(f"**/gateway/{silent}/**", lambda route: route.fulfill(status=500))
    page = portal.open("#keys=all")
    expect(page.locator(f"#gateway-{silent} .state")).to_contain_text("not answering HTTP 500")
    expect(page.locator("#summary")).to_have_text(
        f"{len(others)} of {len(GATEWAYS)} gateways answer", timeout=15_000
    )
    head = page.locator("#environ thead th").filter(has_text=re.compile(f"^{silent}no answer"))
    expect(head).to_have_text(f"{silent}no answer: HTTP 500")
    row = page.locator("#environ [data-key='REQUEST_METHOD'] td")
    assert sorted(row.all_text_contents()) == sorted(["GET"] * len(others) + ["no answer"])


@pytest.mark.parametrize("name", GATEWAYS)
def test_the_board_opens_under_its_prefix_and_stays_there(portal: Portal, name: str) -> None:
    page = portal.open()
    portal.requests.clear()
    page.locator(f"#gateway-{name}").get_by_role("link", name="Board").click()
    page.wait_for_url(f"{portal.url}/gateway/{name}/")
    expect(page.locator("h1").first).to_be_visible()
    inside = f"{portal.url}/gateway/{name}/"
    addresses = page.locator("a[href], link[href], script[src], form").evaluate_all(
        "nodes => nodes.map(node => node.action ?? node.src ?? node.href)"
    )
    local = [url for url in addresses if url.startswith(portal.url)]
    assert local
    assert [url for url in local if not url.startswith(inside)] == []
    assert portal.complaints == []


def test_the_page_works_without_anything_from_elsewhere(portal: Portal) -> None:
    portal.open()
    assert [url for url in portal.requests if not url.startswith(f"{portal.url}/")] == []
    assert portal.complaints == []


def test_the_controls_work_by_keyboard(portal: Portal) -> None:
    page = portal.open()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the comparison")).to_be_focused()
    page.keyboard.press("Enter")
    region = page.locator("#environ").locator("xpath=..")
    expect(region).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_label("Filter")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    toggle = page.get_by_label("Only differences")
    expect(toggle).to_be_focused()
    page.keyboard.press("Space")
    expect(toggle).not_to_be_checked()
    expect(page.locator("#environ [data-key='REQUEST_METHOD']")).to_be_attached()


@pytest.mark.parametrize("portal", SCHEMES_AND_SIZES, indirect=True)
def test_the_page_is_never_wider_than_the_window(portal: Portal) -> None:
    page = portal.open("#keys=all")
    width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert width <= 0
    # A table that is wider scrolls inside its own region, and its first column stays in sight.
    region = page.locator("#environ").locator("xpath=..")
    left = region.bounding_box()
    region.evaluate("node => node.scrollTo({left: node.scrollWidth})")
    key = page.locator("#environ [data-key='REQUEST_METHOD'] th").bounding_box()
    assert left
    assert key
    assert abs(key["x"] - left["x"]) < 2


def test_the_dark_scheme_is_dark(portal: Portal) -> None:
    page = portal.open()
    background = "getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).map(Number)"
    page.emulate_media(color_scheme="light")
    assert min(page.evaluate(background)) > 200
    page.emulate_media(color_scheme="dark")
    assert max(page.evaluate(background)) < 60


@pytest.mark.parametrize("portal", [{"viewport": {"width": 1280, "height": 3000}}], indirect=True)
def test_nothing_jumps_while_answers_arrive(portal: Portal) -> None:
    portal.page.add_init_script("""
        window.shift = 0;
        new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) window.shift += entry.value;
        }).observe({type: "layout-shift", buffered: true});
    """)
    # 0.1 is what https://web.dev/articles/cls calls good; this page should not come near it.
    assert portal.open().evaluate("window.shift") < 0.02


@pytest.mark.parametrize("portal", [{"viewport": {"width": 1280, "height": 1400}}], indirect=True)
def test_the_screenshot_for_the_readme(portal: Portal) -> None:
    page = portal.open()
    expect(page.locator("#summary")).to_contain_text(f"{len(GATEWAYS)} gateways answer")
    update = os.environ.get("UPDATE_SCREENSHOT") == "1"
    target = ROOT / ("docs" if update else "test-output") / "portal.png"
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(page.screenshot())
    assert target.stat().st_size > 20_000
