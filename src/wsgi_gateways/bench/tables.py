"""The tables of the report, as HTML."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from wsgi_gateways.bench.latency import Latency, figures, head, latencies
from wsgi_gateways.bench.ranking import HEAD, Ranking, Row, at_a_time, rank
from wsgi_gateways.bench.ranking import figures as row_figures
from wsgi_gateways.bench.result import Series

_MIB = 1024**2
# What is shown, and what it is sorted by.
Cell = tuple[str, float | str]
_HEAD = ("gateway", "group", *HEAD, "knee")
_HEAD_OF_THE_REST = (
    "connections",
    "at a time",
    "PSS at rest, MiB",
    "PSS under load",
    "cgroup peak",
    "start s",
    "image MB",
    "CPU µs/request by program",
)


def table(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A table that sorts and filters."""
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    lines = []
    for row in rows:
        cells = (f'<td data-value="{escape(str(value))}">{text}</td>' for text, value in row)
        lines.append(f"<tr>{''.join(cells)}</tr>")
    body = "\n".join(lines)
    return (
        f'<div class="wide"><table class="sortable"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def ranking(result: dict[str, Any], ranked: Ranking) -> str:
    """Ranked rows, then the failed ones with the reason."""
    rows = [_ranked(result, ranked.scenario, row) for row in ranked.rows]
    failed = "".join(
        f'<p class="failed">Failed, not ranked: {_link(name)}: {escape(error)}</p>'
        for name, error in ranked.failed.items()
    )
    note = f"<p>All are one group: {escape(ranked.doubt)}.</p>" if ranked.doubt else ""
    return table((*_HEAD, *_HEAD_OF_THE_REST), rows) + failed + note


def latency(result: dict[str, Any], scenario: str) -> str:
    """Percentiles at each share of the capacity."""
    rows: list[list[Cell]] = []
    for each in latencies(result, scenario):
        row: list[Cell] = [(_link(each.gateway), each.gateway), (f"{each.share:.0%}", each.share)]
        if isinstance(each, Latency):
            rows.append([*row, *figures(each)])
        else:
            rows.append([*row, (f'<span class="failed">{escape(each.error)}</span>', 0)])
    return table(("gateway", "of capacity", *head()), rows)


def number(value: float, digits: int) -> Cell:
    """A figure."""
    return f"{value:,.{digits}f}", value


def definitions(told: Mapping[str, str]) -> str:
    """Names and what they mean."""
    return f"<dl>{''.join(f'<dt>{escape(k)}</dt><dd>{escape(v)}</dd>' for k, v in told.items())}</dl>"


def gateway(told: dict[str, Any]) -> dict[str, str]:
    """What is known of a gateway beside its figures."""
    seen, recovery = told["concurrency"], told["recovery"]
    return {
        "web server, interface, application server": (
            f"{told['web_server']}, {told['interface']}, {told['application_server']}"
        ),
        "observed": "not all requests were answered"
        if seen is None
        else (
            f"{seen['requests_at_a_time']} requests at a time in {seen['processes']} processes and"
            f" {seen['threads']} threads; Python {seen['python']}"
        ),
        "start to first response": f"{told['start_seconds']:.2f} s",
        "a killed worker": _recovery(recovery),
        "image": f"{told['image_bytes'] / 1e6:.0f} MB",
        "command": " ".join(told["command"]),
        "versions": ", ".join(f"{name} {version}" for name, version in told["versions"].items()),
    }


def _recovery(seen: dict[str, Any] | None) -> str:
    if seen is None:
        return "each request is a process"
    when = "never replaced" if seen["seconds"] is None else f"replaced after {seen['seconds']:.2f} s"
    return f"{when}, {seen['failed_requests']} requests failed"


def of_gateway(result: dict[str, Any], name: str) -> str:
    """Its rank and figures in every scenario."""
    rows = []
    for scenario in result["scenarios"]:
        for row in rank(result, scenario).rows:
            if row.gateway == name:
                rows.append([(escape(scenario), scenario), *_ranked(result, scenario, row)[1:]])
    return table(("scenario", *_HEAD[1:], *_HEAD_OF_THE_REST), rows)


def _ranked(result: dict[str, Any], scenario: str, row: Row) -> list[Cell]:
    series, told = Series(result["cells"], row.gateway, scenario), result["gateways"][row.gateway]
    return [
        (_link(row.gateway), row.gateway),
        (str(row.group), row.group),
        *row_figures(row),
        (str(series.knee()), series.knee() or 0),
        number(series.of("rounds")[0]["connections"], 0),
        (str(at_a_time(told) or "unknown"), at_a_time(told)),
        _memory(series, "memory_before", "pss", min),
        _memory(series, "memory_after", "pss", max),
        _memory(series, "memory_after", "cgroup_peak", max),
        number(told["start_seconds"], 2),
        number(told["image_bytes"] / 1e6, 0),
        (escape(series.programs()), series.programs()),
    ]


def _memory(series: Series, when: str, kind: str, choose: Any) -> Cell:
    found = [each[when][kind] for each in series.of("rounds")]
    return ("not readable", 0) if None in found else number(choose(found) / _MIB, 1)


def _link(name: str) -> str:
    return f'<a href="#gateway-{escape(name)}">{escape(name)}</a>'
