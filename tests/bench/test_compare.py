"""Two runs at different times: what is a gateway's own, and what all have in common."""

import random
from collections.abc import Mapping
from typing import Any

import pytest

from tests.bench import made_up
from wsgi_gateways.bench import compare, stats

EQUAL = {"one": 100.0, "two": 100.0, "three": 100.0, "four": 100.0}


def run(levels: Mapping[str, float], seed: int = 4) -> dict[str, Any]:
    chance = random.Random(seed)
    return made_up.result(
        {name: [level * chance.lognormvariate(0, 0.02) for _ in range(10)] for name, level in levels.items()}
    )


def shown(
    capsys: pytest.CaptureFixture[str], after: Mapping[str, float], before: Mapping[str, float] = EQUAL
) -> tuple[dict[str, str], str]:
    """The verdict by gateway, and the lines after the table."""
    compare.show(run(before), run(after, seed=5))
    out = capsys.readouterr().out
    table, _, rest = out.partition("hello: ")
    lines = [line for line in table.splitlines() if line.startswith("hello")]
    return {line.split()[1]: line.partition(")")[2].partition(")")[2].strip() for line in lines}, rest


def test_a_change_that_helped_is_called_less_cpu(capsys: pytest.CaptureFixture[str]) -> None:
    verdicts, lines = shown(capsys, EQUAL | {"two": 50.0})
    assert verdicts == dict.fromkeys(EQUAL, "no difference seen") | {"two": "less CPU"}
    assert "which all have in common" not in lines


def test_what_all_have_in_common_is_said_once_and_claimed_of_none(capsys: pytest.CaptureFixture[str]) -> None:
    verdicts, lines = shown(capsys, dict.fromkeys(EQUAL, 120.0) | {"two": 180.0})
    assert verdicts.pop("two") == "more CPU"
    assert set(verdicts.values()) == {"no difference seen but the common one"}
    assert "the reference one 1." in lines
    assert "the median of 4 gateways 1.2" in lines
    assert "which all have in common: it is the machine's, or that of a part of all of them" in lines


def test_of_two_gateways_none_is_what_both_have_in_common(capsys: pytest.CaptureFixture[str]) -> None:
    two = {"one": 100.0, "two": 100.0}
    verdicts, lines = shown(capsys, dict.fromkeys(two, 120.0), two)
    assert set(verdicts.values()) == {"more CPU"}
    assert "the reference one 1." in lines
    assert "the median" not in lines


def test_less_than_all_others_but_more_than_before_is_no_claim() -> None:
    equal = made_up.result({"one": [60.0] * 8})
    more, shared = stats.Interval(1.05, 1.02, 1.08), 1.2
    assert compare.verdict(equal, equal, more) == "more CPU"
    assert compare.verdict(equal, equal, more, shared) == "no difference seen but the common one"


def test_how_alike_two_runs_rank_is_held_against_what_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    levels = {"one": 100.0, "two": 150.0, "three": 200.0}
    _, alike = shown(capsys, levels, levels)
    assert "(wanted: 0.95) of the medians 1.000, reached; of the groups of ties 1.000, reached" in alike
    _, reversed_ = shown(capsys, {"one": 200.0, "two": 150.0, "three": 100.0}, levels)
    assert "of the medians -1.000, MISSED; of the groups of ties -1.000, MISSED" in reversed_


def test_a_gateway_that_failed_is_named_and_in_no_median(capsys: pytest.CaptureFixture[str]) -> None:
    before, after = run(EQUAL), run(EQUAL, seed=5)
    after["cells"].append(made_up.failed("two", "under load: 1 × wrong", number=11))
    assert "two" not in compare.ratios(before, after, list(EQUAL), "hello")
    compare.show(before, after)
    out = capsys.readouterr().out
    assert "FAILED after: under load: 1 × wrong" in out
    assert "the median of 3 gateways" in out


@pytest.mark.parametrize(
    ("part", "change", "told"),
    [
        ("machine", {"cpus": 64}, "the machines differ in cpus: 2 and 64"),
        ("generators", {"image": "sha256:1"}, "the load generators are not the same image"),
        ("profile", {"native": True}, "the profiles differ in native"),
    ],
)
def test_what_is_not_alike_comes_with_a_warning(part: str, change: dict[str, Any], told: str) -> None:
    one, other = run(EQUAL), run(EQUAL)
    assert compare.differences(one, other) == []
    other[part] = other[part] | change
    assert compare.differences(one, other)[0] == told


def test_unlike_numbers_of_requests_at_a_time_come_with_a_warning() -> None:
    one, other = run(EQUAL), run(EQUAL)
    observed = made_up.GATEWAY["concurrency"] | {"requests_at_a_time": 32}
    other["gateways"]["two"] = made_up.GATEWAY | {"concurrency": observed}
    other["gateways"]["four"] = made_up.GATEWAY | {"concurrency": None}
    assert compare.differences(one, other) == [
        "requests at a time of two: 8 and 32",
        "requests at a time of four: 8 and unknown",
    ]
