"""The result of a run as Markdown, with links to its plots."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wsgi_gateways.bench import compare, lives
from wsgi_gateways.bench.latency import head, latencies, texts
from wsgi_gateways.bench.ranking import HEAD, Ranking, Row, failed_levels
from wsgi_gateways.bench.ranking import figures as row_figures
from wsgi_gateways.bench.remarks import machine, remarks, remarks_on
from wsgi_gateways.bench.result import Series

_MIB = 1024**2
_HEAD = ("group", "gateway", *HEAD, "MiB", "connections")


def page(
    result: dict[str, Any],
    rankings: Mapping[str, Ranking],
    plots: Mapping[str, Mapping[str, str]],
    before: dict[str, Any] | None = None,
) -> str:
    """All scenarios, and beside an earlier run if there is one.

    ``plots`` has the captions and addresses of those of each scenario.
    """
    told = [
        "# Results of the reference run",
        "`make results` has made this page and its plots of `results/reference.json`;"
        " [the method](benchmark.md) says how that was measured.",
        f"{machine(result)}.",
        *(f"{line[0].upper()}{line[1:]}." for line in remarks(result)),
    ]
    told += ["## Gateways", gateways(result)]
    told += [f"In all of them: {shared}."] if (shared := lives.versions_in_common(result)) else []
    for scenario, summary in result["scenarios"].items():
        ranked = rankings[scenario]
        told += [f"## {scenario}: {summary}", ranking(result, ranked)]
        told += failed(ranked)
        told += [f"{line}." for line in failed_levels(result, scenario) + remarks_on(result, scenario)]
        told += [f"![{caption}]({address})" for caption, address in plots[scenario].items()]
        told += [latency(result, scenario)] if result["profile"]["shares"] else []
    told += beside(before, result) if before else []
    return "\n\n".join(told) + "\n"


def beside(before: dict[str, Any], result: dict[str, Any]) -> list[str]:
    """The paragraphs of two runs side by side: what repeats, and what does not."""
    rows, lines = compare.side_by_side(before, result)
    return [
        "## Beside the run before",
        f"`wsgi-gateways compare results/before.json results/reference.json`; before: {machine(before)}.",
        *(f"Not alike: {difference}." for difference in compare.differences(before, result)),
        table(compare.HEAD, rows, of_text=(0, 1, 4)),
        *(f"{line}." for line in lines),
    ]


def ranking(result: dict[str, Any], ranked: Ranking) -> str:
    """The gateways of equal rank share a group: the figures do not tell them apart."""
    return table(_HEAD, [_ranked(result, ranked.scenario, row) for row in ranked.rows], of_text=(1,))


def failed(ranked: Ranking) -> list[str]:
    """A paragraph for each gateway that is not ranked."""
    return [f"Failed, not ranked: **{name}**: {error}" for name, error in ranked.failed.items()]


def gateways(result: dict[str, Any]) -> str:
    """What is known of each without load."""
    rows = [
        (name, *(text for text, _ in lives.figures(result, name)), lives.own_versions(result, name))
        for name in result["gateways"]
    ]
    head = ("gateway", *lives.HEAD, "versions of its own parts")
    return table(head, rows, of_text=(0, len(head) - 1))


def _ranked(result: dict[str, Any], scenario: str, row: Row) -> list[str]:
    series = Series(result["cells"], row.gateway, scenario)
    memory = series.most_memory() / _MIB
    return [
        str(row.group),
        row.gateway,
        *(text for text, _ in row_figures(row)),
        f"{memory:,.0f}",
        str(series.of("rounds")[0]["connections"]),
    ]


def latency(result: dict[str, Any], scenario: str) -> str:
    """Percentiles at shares of each gateway's own capacity."""
    rows = [(each.gateway, f"{each.share:.0%}", *texts(each)) for each in latencies(result, scenario)]
    return table(("gateway", "of capacity", *head()), rows, of_text=(0,))


def table(head: Sequence[str], rows: Iterable[Sequence[str]], of_text: Sequence[int]) -> str:
    """Figures to the right, the columns of text to the left."""
    rules = ["---" if column in of_text else "---:" for column in range(len(head))]
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, rules, *rows])
