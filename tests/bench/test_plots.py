"""The ranking as a picture."""

import re
from typing import Any

import pytest

from tests.bench import made_up
from wsgi_gateways.bench import plots, ranking


def texts(run: dict[str, Any]) -> list[str]:
    """What is written in it."""
    drawn = plots.ranking(run, ranking.rank(run, "hello"))
    return re.findall(r"<text[^>]*>([^<]+)</text>", drawn)


@pytest.fixture
def run() -> dict[str, Any]:
    """Two that tie, a slower one, and a process for each request."""
    cpu = {"one": 60.0, "two": 60.0, "slow": 90.0, "cgi": 45_000.0}
    run = made_up.result({name: [value] * 8 for name, value in cpu.items()})
    run["gateways"]["cgi"] = made_up.GATEWAY | {"run_once": True}
    return run


def test_a_process_for_each_request_does_not_squeeze_the_others(run: dict[str, Any]) -> None:
    ticks = [float(text.replace(",", "")) for text in texts(run) if re.fullmatch(r"[\d,.]+", text)]
    assert [tick for tick in ticks if 100 < tick < 40_000] == []
    assert len([tick for tick in ticks if 55 < tick < 95]) >= 3
    assert max(ticks) >= 45_000


def test_groups_of_ties_are_marked(run: dict[str, Any]) -> None:
    assert [text for text in texts(run) if text.startswith("group")] == ["group 1", "group 2", "group 3"]


def test_without_a_process_for_each_request_there_is_one_panel(run: dict[str, Any]) -> None:
    run["cells"] = [each for each in run["cells"] if each["gateway"] != "cgi"]
    assert "45,000" not in texts(run)
    assert {"one", "two", "slow"} <= set(texts(run))
