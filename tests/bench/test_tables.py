"""What the tables show where there is no figure, and what they sort it by."""

import re
from typing import Any

import pytest

from tests.bench import made_up
from wsgi_gateways.bench import ranking, result, tables

MIB = 1024**2


def rows(html: str) -> list[dict[str, tuple[str, str]]]:
    """By the head of the column: the text, and what it is sorted by."""
    heads = re.findall(r"<th[^>]*>([^<]*)</th>", html)
    return [
        {
            head: (re.sub("<[^>]+>", "", text), value)
            for head, (value, text) in zip(
                heads, re.findall(r'data-value="([^"]*)">(.*?)</td>', row), strict=False
            )
        }
        for row in re.findall(r"<tr>(<td.*?)</tr>", html)
    ]


def of(run: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """The row of the only gateway."""
    result.refuse_invalid(run, "a.json")
    [row] = rows(tables.ranking(run, ranking.rank(run, "hello")))
    return row


def levels(*pss: int | None) -> list[dict[str, Any]]:
    return [
        made_up.cell("one", 60.0, "capacity", connections=level, pss_under_load=found)
        for level, found in enumerate(pss, 1)
    ]


@pytest.mark.parametrize(
    ("pss", "shown"),
    [
        ([60 * MIB, 90 * MIB, 70 * MIB], ("90.0", "90.0")),
        ([60 * MIB, None], ("not readable", "")),
        ([], ("–", "")),
    ],
    ids=["the most of all cells", "not readable", "not looked at"],
)
def test_memory_under_load_is_that_in_the_middle_of_the_capacity_part(
    pss: list[int | None], shown: tuple[str, str]
) -> None:
    assert of(made_up.result({"one": [60.0] * 8}, levels(*pss)))["PSS under load"] == shown


def test_two_numbers_of_connections_have_no_knee() -> None:
    more = [made_up.cell("one", 60.0, "capacity", connections=level) for level in (1, 4)]
    assert of(made_up.result({"one": [60.0] * 8}, more[:1]))["knee"] == ("–", "")
    assert of(made_up.result({"one": [60.0] * 8}, more))["knee"] == ("1", "1")


def test_what_is_not_known_has_nothing_to_be_sorted_by() -> None:
    run = made_up.result({"one": [60.0] * 8})
    run["gateways"]["one"] = made_up.GATEWAY | {"concurrency": None}
    run["cells"][0]["memory_before"] = {"pss": None, "cgroup": 1, "cgroup_peak": None}
    row = of(run)
    assert row["at a time"] == ("unknown", "")
    assert row["PSS at rest, MiB"] == ("not readable", "")
    assert row["cgroup peak"] == ("not readable", "")


def test_a_percentile_of_too_few_requests_has_nothing_to_be_sorted_by() -> None:
    run = made_up.result({"one": [60.0] * 8}, [made_up.cell("one", 60.0, "latency")])
    [row] = rows(tables.latency(run, "hello"))
    assert row["p90 ms"] == ("0.10", "0.1")
    assert row["p99 ms"] == ("–", "")


def test_a_failed_row_of_latency_is_filled_by_the_reason() -> None:
    run = made_up.result({"one": [60.0] * 8}, [made_up.failed("one", "under load: 1 × <cut>", "latency")])
    html = tables.latency(run, "hello")
    columns = html.count("<th ")
    [filling] = re.findall(r'<td colspan="(\d+)" data-value="">(.*?)</td>', html)
    assert filling == (
        str(columns - 2),
        '<span class="failed">FAILED: under load: 1 × &lt;cut&gt;</span>',
    )
