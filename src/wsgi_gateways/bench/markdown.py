"""The result of a run as Markdown, with links to its plots."""

from collections.abc import Iterable, Sequence
from typing import Any

from wsgi_gateways.bench.histogram import merge, percentile
from wsgi_gateways.bench.ranking import Ranking, Row, rank
from wsgi_gateways.bench.result import Series
from wsgi_gateways.bench.show import harness, machine, unequal_concurrency

_MIB = 1024**2
_HEAD = ("group", "gateway", "CPU µs/request", "95 %", "least", "requests/s", "95 %", "most", "memory, MiB")
_HEAD_OF_LATENCY = ("gateway", "of capacity", "requests/s", "p50 ms", "p90", "p99", "p99.9")
_PERCENTILES = (50, 90, 99, 99.9)


def page(result: dict[str, Any], plots: dict[str, dict[str, str]]) -> str:
    """All scenarios; ``plots`` has the captions and addresses of those of each scenario."""
    told = [
        "# Results of the reference run",
        "`make results` has made this page and its plots of `results/reference.json`;"
        " [the method](benchmark.md) says how that was measured.",
        f"{machine(result)}.",
        *(f"{line[0].upper()}{line[1:]}." for line in [harness(result), *unequal_concurrency(result)]),
    ]
    for scenario, summary in result["scenarios"].items():
        ranked = rank(result, scenario)
        told += [f"## {scenario}: {summary}", ranking(result, ranked)]
        told += [f"Failed, not ranked: **{name}**: {error}" for name, error in ranked.failed.items()]
        told += [f"![{caption}]({address})" for caption, address in plots[scenario].items()]
        told += [latency(result, scenario)] if result["profile"]["shares"] else []
    return "\n\n".join(told) + "\n"


def ranking(result: dict[str, Any], ranked: Ranking) -> str:
    """The gateways of equal rank share a group: the figures do not tell them apart."""
    return table(_HEAD, [_ranked(result, ranked.scenario, row) for row in ranked.rows], texts=(1,))


def _ranked(result: dict[str, Any], scenario: str, row: Row) -> list[str]:
    after = [each["memory_after"] for each in Series(result["cells"], row.gateway, scenario).of("rounds")]
    memory = max(each["pss"] or each["cgroup"] for each in after) / _MIB
    return [
        str(row.group),
        row.gateway,
        f"{row.cpu.value:,.1f}",
        f"{row.cpu.low:,.1f} to {row.cpu.high:,.1f}",
        f"{row.least_cpu:,.1f}",
        f"{row.rate.value:,.0f}",
        f"{row.rate.low:,.0f} to {row.rate.high:,.0f}",
        f"{row.highest_rate:,.0f}",
        f"{memory:,.0f}",
    ]


def latency(result: dict[str, Any], scenario: str) -> str:
    """Percentiles at shares of each gateway's own capacity."""
    rows = []
    for name in result["gateways"]:
        cells = Series(result["cells"], name, scenario).of("latency")
        for share in result["profile"]["shares"]:
            found = [each for each in cells if each["share"] == share]
            if any("error" in each for each in found):
                rows.append([name, f"{share:.0%}", "failed", *[""] * len(_PERCENTILES)])
            elif found:
                merged = merge(each["histogram"] for each in found)
                told = [f"{percentile(merged, wanted) / 1000:.2f}" for wanted in _PERCENTILES]
                rows.append([name, f"{share:.0%}", f"{found[0]['rate']:,.0f}", *told])
    return table(_HEAD_OF_LATENCY, rows, texts=(0,))


def table(head: Sequence[str], rows: Iterable[Sequence[str]], texts: Sequence[int]) -> str:
    """Figures to the right, the columns of text to the left."""
    rules = ["---" if column in texts else "---:" for column in range(len(head))]
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, rules, *rows])
