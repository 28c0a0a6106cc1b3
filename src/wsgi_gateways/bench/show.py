"""A result in the terminal."""

from typing import Any

from wsgi_gateways.bench import ranking
from wsgi_gateways.bench.latency import head, latencies, texts
from wsgi_gateways.bench.remarks import machine, remarks, remarks_on
from wsgi_gateways.bench.result import Series
from wsgi_gateways.output import say, show_table

_COLUMNS = ("group", "gateway", *ranking.HEAD, "connections", "at a time", "CPU µs/request by program")


def show(result: dict[str, Any]) -> None:
    """The machine, then a ranking for each scenario."""
    profile = result["profile"]
    say(machine(result))
    for line in remarks(result):
        say(line)
    for scenario, summary in result["scenarios"].items():
        ranked = ranking.rank(result, scenario)
        say(f"\n{scenario}: {summary}; {profile['rounds']} rounds of {profile['seconds']} s")
        show_table(_COLUMNS, [_row(result, scenario, each) for each in ranked.rows])
        if ranked.doubt:
            say(f"all in one group: {ranked.doubt}")
        for name, error in ranked.failed.items():
            say(f"FAILED {name}: {error}")
        for line in ranking.failed_levels(result, scenario) + remarks_on(result, scenario):
            say(line)
        show_latency(result, scenario)


def show_latency(result: dict[str, Any], scenario: str) -> None:
    """Percentiles at fixed rates, which are shares of the capacity."""
    rows = [(each.gateway, f"{each.share:.0%}", *texts(each)) for each in latencies(result, scenario)]
    if rows:
        say("")
        show_table(("gateway", "of capacity", *head()), rows)


def _row(result: dict[str, Any], scenario: str, row: ranking.Row) -> tuple[str, ...]:
    at_a_time = ranking.at_a_time(result["gateways"][row.gateway]) or "unknown"
    told = [text for text, _ in ranking.figures(row)]
    series = Series(result["cells"], row.gateway, scenario)
    connections = series.of("rounds")[0]["connections"]
    return (
        str(row.group),
        row.gateway,
        *told,
        str(connections),
        str(at_a_time),
        series.programs_and_the_rest(),
    )
