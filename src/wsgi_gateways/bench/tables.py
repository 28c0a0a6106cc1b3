"""The tables of the report, as HTML."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from wsgi_gateways.bench import lives
from wsgi_gateways.bench.latency import Latency, figures, head, latencies
from wsgi_gateways.bench.ranking import HEAD, Ranking, Row, at_a_time
from wsgi_gateways.bench.ranking import figures as row_figures
from wsgi_gateways.bench.result import Series

_MIB = 1024**2
_FEWEST_LEVELS = 3
# What is shown, and what it is sorted by; None where there is nothing to sort by, which comes last.
Cell = tuple[str, float | str | None]
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
    """A table that sorts and filters; the last cell of a row that is too short fills it."""
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    lines = []
    for row in rows:
        spans = [1] * (len(row) - 1) + [len(head) - len(row) + 1]
        lines.append(f"<tr>{''.join(map(_cell, row, spans))}</tr>")
    body = "\n".join(lines)
    return (
        f'<div class="wide"><table class="sortable"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _cell(cell: Cell, span: int) -> str:
    text, value = cell
    spanning = f' colspan="{span}"' if span > 1 else ""
    return f'<td{spanning} data-value="{"" if value is None else escape(str(value))}">{text}</td>'


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
            rows.append([*row, (f'<span class="failed">FAILED: {escape(each.error)}</span>', None)])
    return table(("gateway", "of capacity", *head()), rows)


def number(value: float, digits: int) -> Cell:
    """A figure."""
    return f"{value:,.{digits}f}", value


def gateways(result: dict[str, Any]) -> str:
    """What is known of each without load."""
    rows = [[(_link(name), name), *lives.figures(result, name)] for name in result["gateways"]]
    return table(("gateway", *lives.HEAD), rows)


def definitions(told: Mapping[str, str]) -> str:
    """Names and what they mean."""
    return f"<dl>{''.join(f'<dt>{escape(k)}</dt><dd>{escape(v)}</dd>' for k, v in told.items())}</dl>"


def gateway(told: dict[str, Any]) -> dict[str, str]:
    """What is known of a gateway beside its figures."""
    seen, (start, spread) = told["concurrency"], lives.start(told)
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
        "start to first response": f"{start[0]} s ({spread[0]})",
        "a killed worker": lives.in_words(told),
        "image": f"{told['image_bytes'] / 1e6:.0f} MB",
        "command": " ".join(told["command"]),
        "versions": lives.versions(told),
    }


def of_gateway(result: dict[str, Any], ranked: Mapping[str, Ranking], name: str) -> str:
    """Its rank and figures in every scenario, or why it has none."""
    rows: list[list[Cell]] = []
    for scenario, each in ranked.items():
        title: Cell = (escape(scenario), scenario)
        rows += [[title, *_ranked(result, scenario, row)[1:]] for row in each.rows if row.gateway == name]
        if error := each.failed.get(name):
            rows.append([title, (f'<span class="failed">FAILED: {escape(error)}</span>', None)])
    return table(("scenario", *_HEAD[1:], *_HEAD_OF_THE_REST), rows)


def _ranked(result: dict[str, Any], scenario: str, row: Row) -> list[Cell]:
    series, told = Series(result["cells"], row.gateway, scenario), result["gateways"][row.gateway]
    return [
        (_link(row.gateway), row.gateway),
        (str(row.group), row.group),
        *row_figures(row),
        _knee(series),
        number(series.of("rounds")[0]["connections"], 0),
        (str(at_a_time(told) or "unknown"), at_a_time(told) or None),
        _memory(series, "memory_before", "pss", min),
        _memory_under_load(series),
        _memory(series, "memory_after", "cgroup_peak", max),
        lives.start(told)[0],
        number(told["image_bytes"] / 1e6, 0),
        (escape(series.programs_and_the_rest()), series.programs_and_the_rest()),
    ]


def _memory(series: Series, when: str, kind: str, choose: Any) -> Cell:
    found = [each[when][kind] for each in series.of("rounds")]
    return ("not readable", None) if None in found else number(choose(found) / _MIB, 1)


def _memory_under_load(series: Series) -> Cell:
    """The most in the middle of a cell of the part capacity, where it was looked at."""
    found = [each["pss_under_load"] for each in series.of("capacity") if "pss_under_load" in each]
    if not found:
        return "–", None
    return ("not readable", None) if None in found else number(max(found) / _MIB, 1)


def _knee(series: Series) -> Cell:
    """None where so few numbers of connections were measured that one of two would be called so."""
    knee = series.knee()
    if knee is None or len(series.rates_by_connections()) < _FEWEST_LEVELS:
        return "–", None
    return str(knee), knee


def _link(name: str) -> str:
    return f'<a href="#gateway-{escape(name)}">{escape(name)}</a>'
