"""Cores and memory for a wanted load, on paper, from what was measured."""

import math
from dataclasses import dataclass
from statistics import median
from typing import Any

from wsgi_gateways.bench.histogram import merge, percentile
from wsgi_gateways.bench.result import Series
from wsgi_gateways.output import Problem, say, show_table

_USUAL_SHARES = (0.5, 0.75)
_MIB = 1024**2


@dataclass(frozen=True)
class Size:
    """What a gateway needs at a utilisation; the latency that was measured there, if it was."""

    gateway: str
    share: float
    busy_cores: float
    cores: int
    machines: int
    memory: float
    p99_ms: float | None


def sizes(result: dict[str, Any], scenario: str, rate: float) -> list[Size]:
    """For each gateway that did not fail, at each share of the capacity. Raises Problem (status 2) if the
    scenario was not measured."""
    if scenario not in result["scenarios"]:
        measured = ", ".join(result["scenarios"])
        raise Problem(f"{scenario} is not in this result; there is: {measured}", 2)
    told = []
    for name in result["gateways"]:
        series = Series(result["cells"], name, scenario)
        if series.failure() or not series.of("rounds"):
            continue
        for share in result["profile"]["shares"] or _USUAL_SHARES:
            told.append(_size(result, series, rate, share))
    return sorted(told, key=lambda each: (each.share, each.busy_cores))


def _size(result: dict[str, Any], series: Series, rate: float, share: float) -> Size:
    measured = series.whole("latency", share=share)
    cpu = median([each["cpu_us_per_request"] for each in measured or series.of("rounds")])
    busy = rate * cpu / 1e6
    cores = math.ceil(busy / share)
    per_machine = result["machine"]["cpus"]
    memory = series.most_memory()
    p99 = percentile(merge(each["histogram"] for each in measured), 99) / 1000 if measured else None
    return Size(
        series.gateway, share, busy, cores, math.ceil(cores / per_machine), memory * cores / per_machine, p99
    )


def show(result: dict[str, Any], scenario: str, rate: float) -> None:
    """A table, and what it assumes."""
    rows = [
        (
            f"{each.share:.0%}",
            each.gateway,
            f"{each.busy_cores:,.1f}",
            f"{each.cores:,}",
            f"{each.machines:,}",
            f"{each.memory / _MIB:,.0f}",
            "not measured" if each.p99_ms is None else f"{each.p99_ms:.2f}",
        )
        for each in sizes(result, scenario, rate)
    ]
    say(f"{rate:,.0f} requests per second of {scenario} ({result['scenarios'][scenario]})\n")
    head = ("utilisation", "gateway", "busy cores", "cores", "machines", "memory, MiB", "p99 ms there")
    show_table(head, rows)
    machine = result["machine"]
    say(
        f"\nassumed: machines of {machine['cpus']} CPUs ({machine['cpu']}) as the measured one; CPU per"
        "\nrequest stays what it was, on every machine; each worker takes the memory it took; a load balancer"
        "\nin front and a database behind are not in it; machines share nothing (SQLite would be)."
        "\nCores are busy cores divided by the utilisation; latency is what one machine showed at that share."
    )
