"""A result in the terminal."""

from typing import Any

from wsgi_gateways.bench import ranking
from wsgi_gateways.bench.latency import head, latencies, texts
from wsgi_gateways.bench.result import Series
from wsgi_gateways.bench.stats import Interval
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
        for line in ranking.failed_levels(result, scenario) + self_test(result, scenario):
            say(line)
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


def new_connections(result: dict[str, Any]) -> list[str]:
    """A line that names those to which a client has to connect anew for each request, if there are any."""
    found = [name for name, told in result["gateways"].items() if not told["keeps_connections"]]
    return [f"a connection for each request, which is in its figures: {', '.join(found)}"] if found else []


def remarks(result: dict[str, Any]) -> list[str]:
    """What has to be known beside the figures."""
    return [harness(result), *idle(result), *unlike(result)]


def unlike(result: dict[str, Any]) -> list[str]:
    """Whose figures are not those of the same work at a time, or of kept connections."""
    return [*unequal_concurrency(result), *new_connections(result)]


def idle(result: dict[str, Any]) -> list[str]:
    """A line on what was left of the machine in the rounds, if any round was measured."""
    cells = [
        each for each in result["cells"] if each["part"] in ("rounds", "reference") and "error" not in each
    ]
    if not cells:
        return []
    idle, stolen = ([each[f"machine_{kind}_share"] for each in cells] for kind in ("idle", "stolen"))
    return [
        f"in the rounds the machine's CPUs were idle for {min(idle):.0%} to {max(idle):.0%} of the time, and"
        f" the hypervisor took {max(stolen):.1%} at most"
    ]


def self_test(result: dict[str, Any], scenario: str) -> list[str]:
    """The reference against itself, and how far its figures went: so much did the machine drift."""
    found = ranking.self_test(result, scenario)
    if found is None:
        return []
    verdict = "which is wrong: they are one" if found.leaves(1) else "a tie, as it ought to be"
    if result["profile"]["rounds"] < ranking.FEWEST_ROUNDS_FOR_A_CLAIM:
        verdict = "of too few rounds to be judged"
    cpu = Series(result["cells"], result["reference"], scenario).values(ranking.CPU)
    return [
        f"{result['reference']} in two turns of each round: ratio {ratio(found)}, {verdict}; over the rounds"
        f" its CPU per request went from {min(cpu):,.1f} to {max(cpu):,.1f} µs"
    ]


def show_latency(result: dict[str, Any], scenario: str) -> None:
    """Percentiles at fixed rates, which are shares of the capacity."""
    rows = [(each.gateway, f"{each.share:.0%}", *texts(each)) for each in latencies(result, scenario)]
    if rows:
        say("")
        show_table(("gateway", "of capacity", *head()), rows)


def ratio(found: Interval) -> str:
    """A ratio with its interval."""
    return f"{found.value:.2f} ({found.low:.2f} to {found.high:.2f})"


def _row(result: dict[str, Any], scenario: str, row: ranking.Row) -> tuple[str, ...]:
    at_a_time = ranking.at_a_time(result["gateways"][row.gateway]) or "unknown"
    told = [text for text, _ in ranking.figures(row)]
    series = Series(result["cells"], row.gateway, scenario)
    connections = series.of("rounds")[0]["connections"]
    return (str(row.group), row.gateway, *told, str(connections), str(at_a_time), series.programs())
