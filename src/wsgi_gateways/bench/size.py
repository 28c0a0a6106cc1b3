"""Cores and memory for a wanted load, on paper, from what was measured."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any

from wsgi_gateways.bench.latency import PERCENTILES, Latency, latencies
from wsgi_gateways.bench.ranking import CPU, RATE, doubt
from wsgi_gateways.bench.result import Series
from wsgi_gateways.output import Problem, complain, say, show_table

_USUAL_SHARES = (0.5, 0.75)
_MIB = 1024**2
_P99 = PERCENTILES.index(99)
_HEAD = (
    "utilisation",
    "gateway",
    "busy cores",
    "cores",
    "machines",
    "bound by",
    "memory, MiB",
    "p99 ms there",
)
_ASSUMED = """
assumed: machines of {cpus} CPUs ({cpu}) as the measured one; CPU per request stays what it was, on every
machine; each machine's workers take the memory they took; a load balancer in front and a database behind are
not in it; machines share nothing (SQLite would be).
Cores are busy cores divided by the utilisation; latency is what one machine showed at that share. Where
requests/s bind, one machine did not answer more: the application waits, or the load generator, which had its
share of the measured CPUs, left no more of them."""


@dataclass(frozen=True)
class Size:
    """What a gateway needs at a utilisation; the latency that was measured there, if it was."""

    gateway: str
    share: float
    busy_cores: float
    cores: int
    machines: int
    # What asks for so many machines: CPU, or the requests per second that one was seen to answer.
    bound: str
    memory: int
    p99_ms: float | None


def sizes(result: dict[str, Any], scenario: str, rate: float) -> list[Size]:
    """For each gateway that did not fail, at each share of the capacity. Raises Problem (status 2) if the
    scenario was not measured."""
    if scenario not in result["scenarios"]:
        measured = ", ".join(result["scenarios"])
        raise Problem(f"{scenario} is not in this result; there is: {measured}", 2)
    there = {
        (each.gateway, each.share): each for each in latencies(result, scenario) if isinstance(each, Latency)
    }
    told = []
    for series in _all(result, scenario):
        if series.failure() or not series.of("rounds"):
            continue
        for share in result["profile"]["shares"] or _USUAL_SHARES:
            seen = there.get((series.gateway, share))
            told.append(_size(result["machine"]["cpus"], series, rate, share, seen))
    return sorted(told, key=lambda each: (each.share, each.busy_cores))


def failures(result: dict[str, Any], scenario: str) -> dict[str, str]:
    """Why gateways are left out."""
    return {each.gateway: error for each in _all(result, scenario) if (error := each.failure())}


def _all(result: dict[str, Any], scenario: str) -> Iterable[Series]:
    return (Series(result["cells"], name, scenario) for name in result["gateways"])


def _size(cpus: int, series: Series, rate: float, share: float, seen: Latency | None) -> Size:
    busy = rate * (seen.cpu if seen else median(series.values(CPU))) / 1e6
    cores = math.ceil(busy / share)
    by_cpu = math.ceil(cores / cpus)
    by_rate = math.ceil(rate / (median(series.values(RATE)) * share))
    machines = max(by_cpu, by_rate)
    return Size(
        gateway=series.gateway,
        share=share,
        busy_cores=busy,
        cores=cores,
        machines=machines,
        bound="requests/s" if by_rate > by_cpu else "CPU",
        memory=series.most_memory() * machines,
        p99_ms=seen.percentiles[_P99] if seen else None,
    )


def show(result: dict[str, Any], scenario: str, rate: float) -> None:
    """A table, and what it assumes."""
    found = sizes(result, scenario, rate)
    for reason in (result["partial"], doubt(result)):
        if reason:
            complain(f"size: {reason}")
    say(f"{rate:,.0f} requests per second of {scenario} ({result['scenarios'][scenario]})\n")
    show_table(_HEAD, map(_row, found))
    for name, error in failures(result, scenario).items():
        say(f"FAILED {name}: {error}")
    say(_ASSUMED.format(**result["machine"]))


def _row(each: Size) -> tuple[str, ...]:
    return (
        f"{each.share:.0%}",
        each.gateway,
        f"{each.busy_cores:,.1f}",
        f"{each.cores:,}",
        f"{each.machines:,}",
        each.bound,
        f"{each.memory / _MIB:,.0f}",
        "not measured" if each.p99_ms is None else f"{each.p99_ms:.2f}",
    )
