"""Latency at fixed rates: what every table of it shows."""

from dataclasses import dataclass
from statistics import median
from typing import Any

from wsgi_gateways.bench.histogram import Histogram, merge, percentile
from wsgi_gateways.bench.ranking import CPU
from wsgi_gateways.bench.result import Series

PERCENTILES = (50, 90, 99, 99.9)
# Requests beyond a percentile, on average; of fewer it tells the chance of one of them.
FEWEST_BEYOND = 10


def percentile_in_ms(histogram: Histogram, wanted: float) -> float | None:
    """None of too few requests."""
    requests = sum(count for _, count in histogram)
    enough = requests * (100 - wanted) >= FEWEST_BEYOND * 100
    return percentile(histogram, wanted) / 1000 if enough else None


@dataclass(frozen=True)
class Latency:
    """A gateway at a share of its capacity; milliseconds, and None for a percentile of too few requests."""

    gateway: str
    share: float
    rate: float
    percentiles: tuple[float | None, ...]
    # The least and the most of single rounds, of which one that was bad vanishes among all requests.
    p99_of_rounds: tuple[float, float] | None
    longest: float
    # How late the generator itself was at most, which is in the times as well.
    late: float
    cpu: float


@dataclass(frozen=True)
class Failure:
    """A gateway that failed, at that share or elsewhere in the scenario, and why."""

    gateway: str
    share: float
    error: str


def latencies(result: dict[str, Any], scenario: str) -> list[Latency | Failure]:
    """In the order of gateways and shares; those that were not measured are left out."""
    told: list[Latency | Failure] = []
    for name in result["gateways"]:
        series = Series(result["cells"], name, scenario)
        for share in result["profile"]["shares"]:
            found = [each for each in series.of("latency") if each["share"] == share]
            errors = [str(each["error"]) for each in found if "error" in each]
            if found and (error := next(iter(errors), None) or series.failure()):
                told.append(Failure(name, share, error))
            elif found:
                told.append(_latency(name, share, found))
    return told


def head() -> tuple[str, ...]:
    """Of the columns of :func:`figures`."""
    percentiles = (f"p{wanted:g} ms" for wanted in PERCENTILES)
    return ("requests/s", *percentiles, "p99 of each round", "max", "late", "CPU µs/request")


def figures(row: Latency) -> list[tuple[str, float | None]]:
    """Each as text and as the number that it is sorted by, if there is one."""
    percentiles, longest, late = (
        [_time(each) for each in row.percentiles],
        _time(row.longest),
        _time(row.late),
    )
    low, high = row.p99_of_rounds or (None, None)
    spread = ("–" if low is None else f"{low:,.2f} to {high:,.2f}", high)
    cpu = (f"{row.cpu:,.1f}", row.cpu)
    return [(f"{row.rate:,.0f}", row.rate), *percentiles, spread, longest, late, cpu]


def _time(milliseconds: float | None) -> tuple[str, float | None]:
    return "–" if milliseconds is None else f"{milliseconds:,.2f}", milliseconds


def texts(row: Latency | Failure) -> list[str]:
    """The figures of a row, or why it failed and nothing else."""
    told = (
        [text for text, _ in figures(row)]
        if isinstance(row, Latency)
        else [f"FAILED: {row.error.splitlines()[0]}"]
    )
    return told + [""] * (len(head()) - len(told))


def _latency(name: str, share: float, cells: list[dict[str, Any]]) -> Latency:
    merged = merge(each["histogram"] for each in cells)
    by_round = [percentile_in_ms(each["histogram"], 99) for each in cells]
    p99s = [each for each in by_round if each is not None]
    return Latency(
        gateway=name,
        share=share,
        rate=cells[0]["rate"],
        percentiles=tuple(percentile_in_ms(merged, wanted) for wanted in PERCENTILES),
        p99_of_rounds=(min(p99s), max(p99s)) if len(p99s) == len(by_round) else None,
        longest=merged[-1][0] / 1000,
        late=max(each["late_us"] for each in cells) / 1000,
        cpu=median(each[CPU] for each in cells),
    )
