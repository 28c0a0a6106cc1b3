"""Who is better than whom, and who is not ranked."""

import random

import pytest

from tests.bench import made_up
from wsgi_gateways.bench import compare, machine, ranking, report, result, stats


def noise(chance: random.Random, level: float, rounds: int = 10) -> list[float]:
    return [level * chance.lognormvariate(0, 0.1) for _ in range(rounds)]


def test_one_gateway_under_two_names_is_a_tie_in_at_least_19_of_20_runs() -> None:
    chance = random.Random(20)
    ties = 0
    for _ in range(20):
        run = made_up.result({"one": noise(chance, 60), "other": noise(chance, 60)})
        ties += len({row.group for row in ranking.rank(run, "hello").rows}) == 1
    assert ties >= 19


def test_a_clear_difference_is_seen() -> None:
    chance = random.Random(3)
    run = made_up.result({"slow": noise(chance, 120), "fast": noise(chance, 60)})
    assert [(row.gateway, row.group) for row in ranking.rank(run, "hello").rows] == [("fast", 1), ("slow", 2)]


def test_few_rounds_tell_nothing_apart() -> None:
    run = made_up.result({"slow": [120.0] * 3, "fast": [60.0] * 3})
    ranked = ranking.rank(run, "hello")
    assert ranked.doubt == "fewer than 8 rounds tell nothing apart"
    assert {row.group for row in ranked.rows} == {1}


def test_one_failed_round_and_a_gateway_is_not_ranked() -> None:
    broken = made_up.failed("broken", "under load: 1 × wrong", number=10)
    run = made_up.result({"good": [60.0] * 10, "broken": [50.0] * 9}, [broken])
    ranked = ranking.rank(run, "hello")
    assert [row.gateway for row in ranked.rows] == ["good"]
    assert ranked.failed == {"broken": "under load: 1 × wrong"}


@pytest.mark.parametrize("part", ["rounds", "reference", "latency"])
def test_one_error_in_any_part_and_a_gateway_is_not_ranked(part: str) -> None:
    run = made_up.result({"good": [60.0] * 10, "broken": [50.0] * 10}, [refused("broken", part, connect=1)])
    assert ranking.rank(run, "hello").failed == {"broken": "under load"}


@pytest.mark.parametrize("kind", ["status", "wrong"])
def test_a_wrong_response_to_many_connections_is_a_failure_as_well(kind: str) -> None:
    run = made_up.result({"one": [60.0] * 10}, [refused("one", "capacity", **{kind: 1})])
    assert ranking.rank(run, "hello").failed == {"one": "under load"}


@pytest.mark.parametrize("kind", ["connect", "read", "cut", "timeout"])
def test_a_connection_among_many_that_is_closed_drops_only_that_number_of_them(kind: str) -> None:
    run = made_up.result({"one": [60.0] * 10}, [refused("one", "capacity", **{kind: 1})])
    ranked = ranking.rank(run, "hello")
    assert [row.gateway for row in ranked.rows] == ["one"]
    assert ranked.failed == {}


def refused(gateway: str, part: str, **errors: int) -> dict[str, object]:
    """A cell that failed by these errors."""
    return made_up.failed(gateway, "under load", part) | {"errors": made_up.ERRORS | errors}


def test_the_reference_ties_with_itself() -> None:
    again = [made_up.cell("one", 61.0, "reference", round=number) for number in range(1, 11)]
    found = ranking.self_test(made_up.result({"one": [60.0, 62.0] * 5}, again), "hello")
    assert found
    assert not found.leaves(1)


def test_a_reference_that_failed_in_its_second_turn_is_not_held_against_itself() -> None:
    again = [made_up.cell("one", 61.0, "reference"), refused("one", "reference", wrong=1) | {"round": 2}]
    run = made_up.result({"one": [60.0] * 2}, again)
    assert ranking.self_test(run, "hello") is None
    assert result.Series(run["cells"], "one", "hello").values(ranking.CPU) == [60.0, 60.0]


def test_the_knee_is_the_fewest_connections_with_nearly_the_highest_rate() -> None:
    rates = {1: 100.0, 4: 390.0, 16: 396.0, 64: 400.0, 256: 380.0}
    cells = [
        made_up.cell("one", 1, "capacity", connections=level, requests_per_second=rate)
        for level, rate in rates.items()
    ]
    series = result.Series(cells, "one", "hello")
    assert series.knee() == 4


def test_the_capacity_is_the_median_of_the_rounds() -> None:
    cells = [made_up.cell("one", 1, requests_per_second=rate, round=rate) for rate in (1, 5, 3)]
    assert result.Series(cells, "one", "hello").capacity() == 3
    cells.append(made_up.failed("one", "under load: 1 × wrong", number=4))
    assert result.Series(cells, "one", "hello").capacity() is None


def test_two_rankings_are_compared_by_their_medians_and_by_their_groups() -> None:
    def rounds(level: float, turn: int = 0) -> list[float]:
        spread = [0.9, 0.95, 1.0, 1.0, 1.0, 1.0, 1.05, 1.1]
        return [level * each for each in spread[turn:] + spread[:turn]]

    # The two that are near have not the same slow rounds, so they tie.
    one = made_up.result({"a": rounds(100), "b": rounds(101, 4), "c": rounds(200)})
    other = made_up.result({"a": rounds(101), "b": rounds(100, 4), "c": rounds(200)})
    medians, groups = compare.rank_correlations(one, other, "hello")
    assert medians == pytest.approx(1 / 3)
    assert groups == 1
    two = made_up.result({"a": rounds(100), "c": rounds(200)})
    assert compare.rank_correlations(one, two, "hello") == (None, None)


def test_time_of_the_machine_is_told_by_its_kernel() -> None:
    before, after = machine.Clock(1000, 600, 10), machine.Clock(1200, 650, 14)
    assert after.since(before) == {"machine_idle_share": 0.25, "machine_stolen_share": 0.02}
    # The kernel may take back some of the time in which a CPU waited for a disk.
    assert before.since(machine.Clock(900, 601, 11)) == {
        "machine_idle_share": 0,
        "machine_stolen_share": 0,
    }
    now = machine.clock()
    assert 0 <= now.idle + now.stolen <= now.total


def test_gateways_with_numbers_of_their_own_are_never_ranked() -> None:
    run = made_up.result({"slow": [120.0] * 10, "fast": [60.0] * 10})
    run["profile"]["native"] = True
    ranked = ranking.rank(run, "hello")
    assert {row.group for row in ranked.rows} == {1}
    assert ranked.doubt == "no ranking: each gateway ran with the numbers that its own authors advise"
    assert ranked.doubt in report.page(run)
    equal = made_up.result({"slow": [120.0] * 10})
    assert compare.verdict(equal, run, stats.Interval(0.5, 0.4, 0.6)) == "no difference seen"
