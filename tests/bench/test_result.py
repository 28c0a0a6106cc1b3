"""A result is what its schema says, and the report shows it."""

import re
from pathlib import Path

import pytest

from tests.bench import made_up
from wsgi_gateways.bench import report, result
from wsgi_gateways.output import Problem


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    run = made_up.result({"one": [60.0, 61.0]}, [made_up.failed("two", "no response at all")])
    result.write(run, tmp_path / "results/a.json")
    assert result.read(tmp_path / "results/a.json") == run


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"requests_per_second": 0.0}, r"\$\.cells\[0\]"),
        ({"errors": made_up.ERRORS | {"wrong": 1}}, r"\$\.cells\[0\]"),
        ({"part": "something"}, r"\$\.cells\[0\]"),
    ],
    ids=["a zero", "errors beside figures", "no such part"],
)
def test_a_cell_with_a_zero_or_with_errors_is_refused(wrong: dict[str, object], place: str) -> None:
    run = made_up.result({"one": [60.0]})
    run["cells"][0] |= wrong
    with pytest.raises(Problem, match=place):
        result.refuse_invalid(run, "a.json")


def test_a_failed_cell_with_a_figure_is_refused() -> None:
    cell = made_up.failed("one", "broken") | {"requests_per_second": 12.0}
    with pytest.raises(Problem):
        result.refuse_invalid(made_up.result({}, [cell]), "a.json")


@pytest.mark.parametrize("text", ["", "{}", "[]", "no JSON"])
def test_a_file_that_is_no_result_is_a_problem(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(Problem):
        result.read(path)


@pytest.fixture(scope="module")
def page() -> str:
    latency = made_up.cell("one", 60.0, "latency")
    broken = made_up.failed("broken", "under load: 3 × <wrong>")
    return report.page(made_up.result({"one": [60.0] * 8, "two": [90.0] * 8}, [latency, broken]))


def test_the_page_fetches_nothing(page: str) -> None:
    assert re.findall(r'(?:src|href)="(?!#)[^"]*"', page) == []
    assert "url(" not in page.replace("url(#", "")
    assert "@import" not in page


def test_the_page_says_who_failed_and_why(page: str) -> None:
    assert "under load: 3 × &lt;wrong&gt;" in page


def test_the_page_names_every_gateway_in_a_section_of_its_own(page: str) -> None:
    assert re.findall(r'id="gateway-(\w+)"', page) == ["one", "two", "broken"]


def test_the_plots_take_the_colour_of_the_text(page: str) -> None:
    assert page.count("<svg") == 3
    assert "currentColor" in page
    assert "#010203" not in page


def test_a_result_in_which_all_failed_has_a_page_too() -> None:
    run = made_up.result({}, [made_up.failed("one", "no response at all")])
    run["profile"]["levels"] = [1, 4]
    assert "Failed, not ranked" in report.page(run)
