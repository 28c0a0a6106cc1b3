"""Ranks of the gateways in one scenario, by CPU per request: groups of ties, failed ones apart."""

from dataclasses import dataclass
from functools import cache
from statistics import median
from typing import Any

from wsgi_gateways.bench import stats
from wsgi_gateways.bench.result import Series

# With fewer rounds no resampling makes a sure claim of a difference.
FEWEST_ROUNDS_FOR_A_CLAIM = 8
# Of the CPU time of what is measured at hello, where a request costs least.
MOST_OF_THE_HARNESS = 0.02
CPU = "cpu_us_per_request"
RATE = "requests_per_second"
# Of the columns of figures().
HEAD = ("CPU µs/request", "95 %", "least", "requests/s", "95 %", "most")


@dataclass(frozen=True)
class Row:
    """One gateway: medians with intervals, the best single round beside them, its group (1 is best)."""

    gateway: str
    cpu: stats.Interval
    least_cpu: float
    rate: stats.Interval
    highest_rate: float
    group: int


@dataclass(frozen=True)
class Ranking:
    """The ranked rows, best first, and why others are not ranked."""

    scenario: str
    rows: list[Row]
    failed: dict[str, str]
    doubt: str | None


def doubt(result: dict[str, Any]) -> str | None:
    """Why no two gateways may be called different; None if they may."""
    if result["profile"]["native"]:
        return "no ranking: each gateway ran with the numbers that its own authors advise"
    if result["profile"]["rounds"] < FEWEST_ROUNDS_FOR_A_CLAIM:
        return f"fewer than {FEWEST_ROUNDS_FOR_A_CLAIM} rounds tell nothing apart"
    return None


def rank(result: dict[str, Any], scenario: str) -> Ranking:
    """By the median of CPU microseconds per request, which on a shared machine is the steadier figure."""
    series = {name: Series(result["cells"], name, scenario) for name in result["gateways"]}
    failed = {name: each.failure() or "" for name, each in series.items() if each.failure()}
    cpu = {
        name: each.values(CPU) for name, each in series.items() if name not in failed and each.of("rounds")
    }
    doubted = doubt(result)

    @cache
    def differ(one: str, other: str) -> bool:
        return doubted is None and stats.ratio_of_medians(cpu[one], cpu[other], paired=True).leaves(1)

    ordered = sorted(cpu, key=lambda name: median(cpu[name]))
    rows = []
    for number, group in enumerate(stats.groups_of_ties(ordered, differ), 1):
        for name in group:
            rates = series[name].values(RATE)
            spread = stats.interval_of_median(cpu[name]), min(cpu[name])
            rows.append(Row(name, *spread, stats.interval_of_median(rates), max(rates), number))
    return Ranking(scenario, rows, failed, doubted)


def rank_all(result: dict[str, Any]) -> dict[str, Ranking]:
    """By scenario. Resampling takes its time: whoever shows a ranking twice passes it on."""
    return {scenario: rank(result, scenario) for scenario in result["scenarios"]}


def figures(row: Row) -> list[tuple[str, float]]:
    """Each as text, and as the number that it is sorted by."""
    return [
        (f"{row.cpu.value:,.1f}", row.cpu.value),
        (f"{row.cpu.low:,.1f} to {row.cpu.high:,.1f}", row.cpu.low),
        (f"{row.least_cpu:,.1f}", row.least_cpu),
        (f"{row.rate.value:,.0f}", row.rate.value),
        (f"{row.rate.low:,.0f} to {row.rate.high:,.0f}", row.rate.low),
        (f"{row.highest_rate:,.0f}", row.highest_rate),
    ]


def at_a_time(told: dict[str, Any]) -> int:
    """The requests that a gateway was seen to run at a time; 0 if that could not be observed."""
    return int(told["concurrency"]["requests_at_a_time"]) if told["concurrency"] else 0


def concurrency(result: dict[str, Any]) -> dict[int, list[str]]:
    """The gateways by the requests that were seen to run at a time: equal, or their figures are not."""
    found: dict[int, list[str]] = {}
    for name, told in result["gateways"].items():
        found.setdefault(at_a_time(told), []).append(name)
    return found


def harness_share(result: dict[str, Any], scenario: str | None = None) -> float | None:
    """The CPU time of the harness as a share of the gateways', over all cells without an error.

    None if there is no such cell.
    """
    cells = [each for each in result["cells"] if "error" not in each and scenario in (None, each["scenario"])]
    measured = [each["cpu_us_per_request"] * each["requests"] for each in cells]
    by_harness = [each["harness_cpu_share"] * used for each, used in zip(cells, measured, strict=True)]
    return sum(by_harness) / sum(measured) if cells else None


def failed_levels(result: dict[str, Any], scenario: str) -> list[str]:
    """A line for each number of connections that a gateway failed with in the capacity part."""
    return [
        f"{name} failed with {connections} connections, which its throughput leaves out: {error}"
        for name in result["gateways"]
        for connections, error in Series(result["cells"], name, scenario).failed_levels().items()
    ]


def self_test(result: dict[str, Any], scenario: str) -> stats.Interval | None:
    """The ratio of the reference's two turns of each round, which ought to be a tie; None if one failed."""
    series = Series(result["cells"], result["reference"], scenario)
    once, again = series.values(CPU), series.values(CPU, "reference")
    if not once or len(once) != len(again):
        return None
    return stats.ratio_of_medians(once, again, paired=True)
