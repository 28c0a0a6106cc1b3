"""The report as a reader sees it: made-up figures, a real browser, no network."""

import random
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.bench import made_up
from tests.browser import chromium
from wsgi_gateways.bench import report

# In the order of their CPU per request, which is neither that of the names nor that of the digits.
CPU = {"delta": 9.0, "alpha": 60.0, "charlie": 100.0, "bravo": 250.0}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    chance = random.Random(1)
    more = [made_up.failed("broken", "under load: 3 × <wrong>", part) for part in ("rounds", "latency")]
    for name, cpu in CPU.items():
        more.append(made_up.cell(name, cpu, "latency"))
        levels = [made_up.cell(name, cpu, "capacity", connections=level) for level in (1, 4, 16)]
        more += levels
    noisy = {name: [value * chance.uniform(0.97, 1.03) for _ in range(10)] for name, value in CPU.items()}
    result = made_up.result(noisy, more)
    result["profile"]["levels"] = [1, 4, 16]
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(report.page(result))
    return path.as_uri()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The page, which asks for nothing but itself and complains of nothing."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        asked: list[str] = []
        complaints: list[str] = []
        page.on("request", lambda request: asked.append(request.url.partition("#")[0]))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address)
        yield page
        assert set(asked) == {address}
        assert complaints == []


@pytest.fixture
def ranking(page: Page) -> Locator:
    return page.locator("#hello table").first


def names(table: Locator) -> list[str]:
    """The first column, without the rows that are filtered out."""
    cells = table.locator("tbody tr:visible td:first-child")
    return cells.all_text_contents()


def test_the_ranking_begins_with_the_least_cpu(ranking: Locator) -> None:
    assert names(ranking) == list(CPU)


def test_a_click_on_a_head_sorts_by_numbers_and_a_second_one_turns_it_round(ranking: Locator) -> None:
    head = ranking.get_by_role("button", name="requests/s", exact=True)
    head.click()
    assert names(ranking) == list(CPU)[::-1]
    expect(ranking.locator("th[aria-sort]")).to_have_text("requests/s")
    head.click()
    assert names(ranking) == list(CPU)
    ranking.get_by_role("button", name="gateway", exact=True).click()
    assert names(ranking) == sorted(CPU)


def test_who_has_no_figure_comes_last_in_both_directions(page: Page) -> None:
    latency = page.locator("#hello table").nth(1)
    head = latency.get_by_role("button", name="p90 ms", exact=True)
    for _ in range(2):
        head.click()
        assert names(latency)[-1] == "broken"


def test_a_head_sorts_by_keyboard_as_well(page: Page, ranking: Locator) -> None:
    ranking.get_by_role("button", name="gateway", exact=True).focus()
    page.keyboard.press("Enter")
    assert names(ranking) == sorted(CPU)


def test_the_filter_shows_the_rows_that_contain_what_is_typed(page: Page, ranking: Locator) -> None:
    field = page.locator("#hello").get_by_label("show rows with").first
    field.fill("HA")
    assert names(ranking) == ["alpha", "charlie"]
    field.fill("")
    assert names(ranking) == list(CPU)


def test_a_name_leads_to_the_section_of_its_gateway_which_opens(page: Page, ranking: Locator) -> None:
    section = page.locator("#gateway-bravo")
    expect(section.get_by_role("table")).to_be_hidden()
    ranking.get_by_role("link", name="bravo").click()
    expect(section.get_by_role("table")).to_be_visible()
    expect(section).to_be_in_viewport()
    # The same by an address that somebody has passed on.
    page.reload()
    expect(section.get_by_role("table")).to_be_visible()


def test_who_failed_is_named_with_the_reason_and_not_ranked(page: Page, ranking: Locator) -> None:
    assert "broken" not in names(ranking)
    expect(page.locator("#hello p.failed")).to_have_text(
        "Failed, not ranked: broken: under load: 3 × <wrong>"
    )


@pytest.mark.parametrize(("scheme", "lighter"), [("light", "background"), ("dark", "text")])
def test_text_stands_out_in_both_schemes_in_plots_too(page: Page, scheme: str, lighter: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    text = brightness(page, "getComputedStyle(document.body).color")
    plot = brightness(page, "getComputedStyle(document.querySelector('figure svg text')).fill")
    # The canvas is transparent: the browser paints it white or, in the dark scheme, nearly black.
    background = 255.0 if scheme == "light" else 18.0
    for foreground in (text, plot):
        assert (foreground > background) == (lighter == "text")
        assert abs(foreground - background) > 120


def brightness(page: Page, colour: str) -> float:
    channels: list[float] = page.evaluate(f"{colour}.match(/[0-9.]+/g).slice(0, 3).map(Number)")
    return sum(channels) / 3


def test_print_shows_every_section_and_no_controls(page: Page) -> None:
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    for name in CPU:
        expect(page.locator(f"#gateway-{name}").get_by_role("table")).to_be_visible()
    expect(page.locator("input")).not_to_have_count(0)
    assert not any(each.is_visible() for each in page.locator("input, nav").all())
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.locator("#gateway-bravo").get_by_role("table")).to_be_hidden()


def test_a_printed_page_holds_its_tables(page: Page) -> None:
    # A4 landscape between margins of 10 mm, in CSS pixels.
    page.set_viewport_size({"width": 1046, "height": 718})
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1046


@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_is_never_wider_than_the_window(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
