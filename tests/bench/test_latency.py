"""Latency at fixed rates: of all rounds or of none, in tables, plots and sizes alike."""

from typing import Any

import pytest

from tests.bench import made_up
from wsgi_gateways.bench import latency, plots, size


@pytest.fixture
def one_round_failed() -> dict[str, Any]:
    """`steady` was measured twice, `shaky` once."""
    cells = [made_up.cell(name, 60.0, "latency") for name in ("steady", "shaky")]
    cells.append(made_up.cell("steady", 60.0, "latency", round=2))
    cells.append(made_up.failed("shaky", "under load: 1 × cut", "latency", number=2))
    for each in cells:
        each |= {"histogram": [[100, 2000]]} if "error" not in each else {}
    return made_up.result({"steady": [60.0] * 8, "shaky": [60.0] * 8}, cells)


def test_one_failed_round_leaves_no_percentile(one_round_failed: dict[str, Any]) -> None:
    steady, shaky = latency.latencies(one_round_failed, "hello")
    assert isinstance(steady, latency.Latency)
    assert shaky == latency.Failure("shaky", 0.5, "under load: 1 × cut")


def test_one_failed_round_leaves_no_curve(one_round_failed: dict[str, Any]) -> None:
    drawn = plots.latency(one_round_failed, "hello", 0.5)
    assert "steady" in drawn
    assert "shaky" not in drawn


def test_one_failed_round_leaves_no_percentile_of_a_size(one_round_failed: dict[str, Any]) -> None:
    found = {each.gateway: each.p99_ms for each in size.sizes(one_round_failed, "hello", 100)}
    assert found.pop("shaky", None) is None
    assert found == {"steady": 0.1}


def test_a_gateway_that_failed_in_the_rounds_has_no_latency(one_round_failed: dict[str, Any]) -> None:
    one_round_failed["cells"].append(made_up.failed("steady", "under load: 1 × wrong", number=9))
    steady, _ = latency.latencies(one_round_failed, "hello")
    assert steady == latency.Failure("steady", 0.5, "under load: 1 × wrong")
    assert "steady" not in plots.latency(one_round_failed, "hello", 0.5)


def test_a_curve_says_what_the_table_says() -> None:
    histogram = [[100, 980], [900, 10], [5000, 10]]
    x, y = plots.steps(histogram)
    # 0.1 ms up to the 98th percentile, 0.9 ms up to the 99th, and no more: ten requests are beyond.
    assert x == pytest.approx([1, 50, 100])
    assert y == [0.1, 0.9, 0.9]
    assert latency.percentile_in_ms(histogram, 99) == 0.9
    assert latency.percentile_in_ms(histogram, 99.1) is None


def test_a_handful_of_requests_has_no_curve() -> None:
    assert plots.steps([[100, 9], [900, 1]]) == ([], [])


def test_a_bad_round_is_seen_beside_the_percentile_of_all() -> None:
    histograms = [[100, 2000]], [[100, 1970], [9000, 30]]
    cells = [
        made_up.cell("one", 60.0, "latency", round=number, histogram=each)
        for number, each in enumerate(histograms, 1)
    ]
    [row] = latency.latencies(made_up.result({"one": [60.0] * 8}, cells), "hello")
    assert isinstance(row, latency.Latency)
    assert latency.percentile_in_ms(histograms[1], 99) == 9
    told = dict(zip(latency.head(), latency.texts(row), strict=True))
    assert (told["p99 ms"], told["p99 of each round"]) == ("0.10", "0.10 to 9.00")
