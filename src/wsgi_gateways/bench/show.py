"""A result in the terminal."""

from typing import Any

from wsgi_gateways.bench import ranking
from wsgi_gateways.bench.histogram import merge, percentile
from wsgi_gateways.bench.result import Series
from wsgi_gateways.bench.stats import Interval
from wsgi_gateways.output import say, show_table

_COLUMNS = (
    "group",
    "gateway",
    "CPU µs/request",
    "95 %",
    "least",
    "requests/s",
    "95 %",
    "most",
    "connections",
    "at a time",
    "CPU µs/request by program",
)


def show(result: dict[str, Any]) -> None:
    """The machine, then a ranking for each scenario."""
    profile = result["profile"]
    say(machine(result))
    say(harness(result))
    for line in unequal_concurrency(result):
        say(line)
    for scenario, summary in result["scenarios"].items():
        ranked = ranking.rank(result, scenario)
        say(f"\n{scenario}: {summary}; {profile['rounds']} rounds of {profile['seconds']} s")
        show_table(_COLUMNS, [_row(result, scenario, each) for each in ranked.rows])
        if ranked.doubt:
            say(f"all in one group: {ranked.doubt}")
        for name, error in ranked.failed.items():
            say(f"FAILED {name}: {error}")
        show_self_test(result, scenario)
        show_latency(result, scenario)


def machine(result: dict[str, Any]) -> str:
    """Where and when it was measured, and with which profile."""
    told, commit = result["machine"], result["commit"]
    changed = ", with changes" if commit["changed"] else ""
    memory = told["memory"] / 1024**3
    return (
        f"{told['cpus']} CPUs ({told['cpu']}), {memory:.0f} GiB, Linux {told['kernel']},"
        f" Docker {told['engine']}; {result['began']} to {result['ended']}; commit"
        f" {commit['id']}{changed};"
        f" profile {result['profile']['name']}"
    )


def harness(result: dict[str, Any]) -> str:
    """What the harness itself took of the CPU, in words."""
    told, wanted = "the harness took", ranking.MOST_OF_THE_HARNESS
    if (hello := ranking.harness_share(result, "hello")) is not None:
        verdict = f"limit {wanted:.0%}: {'kept' if hello <= wanted else 'MISSED'}"
        told += f" {hello:.2%} of the CPU time of what it measured at hello ({verdict}),"
    share = ranking.harness_share(result)
    return "nothing was measured without an error" if share is None else f"{told} {share:.2%} in all"


def unequal_concurrency(result: dict[str, Any]) -> list[str]:
    """A line for each number of requests at a time, if there is more than one."""
    found = ranking.concurrency(result)
    if len(found) == 1:
        return []
    return [
        f"{number or 'an unknown number of'} requests at a time: {', '.join(names)}"
        for number, names in sorted(found.items())
    ]


def show_self_test(result: dict[str, Any], scenario: str) -> None:
    """The reference against itself."""
    if found := ranking.self_test(result, scenario):
        verdict = "which is wrong: they are one" if found.leaves(1) else "a tie, as it ought to be"
        if result["profile"]["rounds"] < ranking.FEWEST_ROUNDS_FOR_A_CLAIM:
            verdict = "of too few rounds to be judged"
        say(f"{result['reference']} in two turns of each round: ratio {ratio(found)}, {verdict}")


def show_latency(result: dict[str, Any], scenario: str) -> None:
    """Percentiles at fixed rates, and the capacity they are shares of."""
    rows = []
    for name in result["gateways"]:
        series = Series(result["cells"], name, scenario)
        for share in result["profile"]["shares"]:
            cells = [each for each in series.of("latency") if each["share"] == share]
            if not cells:
                continue
            if errors := [each["error"] for each in cells if "error" in each]:
                rows.append((name, f"{share:.0%}", f"FAILED: {errors[0]}", "", "", "", ""))
                continue
            merged = merge(each["histogram"] for each in cells)
            told = [f"{percentile(merged, wanted) / 1000:.2f}" for wanted in (50, 90, 99, 99.9)]
            rows.append((name, f"{share:.0%}", f"{cells[0]['rate']:,.0f}", *told))
    if rows:
        say("")
        show_table(("gateway", "of capacity", "requests/s", "p50 ms", "p90", "p99", "p99.9"), rows)


def ratio(found: Interval) -> str:
    """A ratio with its interval."""
    return f"{found.value:.2f} ({found.low:.2f} to {found.high:.2f})"


def _row(result: dict[str, Any], scenario: str, row: ranking.Row) -> tuple[str, ...]:
    at_a_time = ranking.at_a_time(result["gateways"][row.gateway]) or "unknown"
    cpu = (f"{row.cpu.value:,.1f}", f"{row.cpu.low:,.1f} to {row.cpu.high:,.1f}", f"{row.least_cpu:,.1f}")
    rate = (
        f"{row.rate.value:,.0f}",
        f"{row.rate.low:,.0f} to {row.rate.high:,.0f}",
        f"{row.highest_rate:,.0f}",
    )
    series = Series(result["cells"], row.gateway, scenario)
    connections = series.of("rounds")[0]["connections"]
    return (str(row.group), row.gateway, *cpu, *rate, str(connections), str(at_a_time), series.programs())
