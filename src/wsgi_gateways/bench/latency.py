"""Latency at fixed rates: what every table of it shows."""

from dataclasses import dataclass
from statistics import median
from typing import Any

from wsgi_gateways.bench.histogram import merge, percentile
from wsgi_gateways.bench.ranking import CPU
from wsgi_gateways.bench.result import Series

PERCENTILES = (50, 90, 99, 99.9)
# Requests beyond a percentile, on average; of fewer it tells the chance of one of them.
_FEWEST_BEYOND = 10


@dataclass(frozen=True)
class Latency:
    """A gateway at a share of its capacity; milliseconds, and None for a percentile of too few requests."""

    gateway: str
    share: float
    rate: float
    percentiles: tuple[float | None, ...]
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
    return ("requests/s", *(f"p{wanted:g} ms" for wanted in PERCENTILES), "max", "late", "CPU µs/request")


def figures(row: Latency) -> list[tuple[str, float | None]]:
    """Each as text and as the number that it is sorted by, if there is one."""
    times = [*row.percentiles, row.longest, row.late]
    shown = [(f"{time:,.2f}" if time is not None else "–", time) for time in times]
    return [(f"{row.rate:,.0f}", row.rate), *shown, (f"{row.cpu:,.1f}", row.cpu)]


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
    requests = sum(count for _, count in merged)
    return Latency(
        gateway=name,
        share=share,
        rate=cells[0]["rate"],
        percentiles=tuple(
            percentile(merged, wanted) / 1000 if requests * (100 - wanted) >= _FEWEST_BEYOND * 100 else None
            for wanted in PERCENTILES
        ),
        longest=merged[-1][0] / 1000,
        late=max(each["late_us"] for each in cells) / 1000,
        cpu=median(each[CPU] for each in cells),
    )
