"""A result in the terminal."""

from statistics import median
from typing import Any

from wsgi_gateways.bench import ranking
from wsgi_gateways.bench.latency import head, latencies, texts
from wsgi_gateways.bench.load import threads_of_wrk
from wsgi_gateways.bench.result import Cell, Series
from wsgi_gateways.bench.stats import Interval
from wsgi_gateways.output import say, show_table

_COLUMNS = ("group", "gateway", *ranking.HEAD, "connections", "at a time", "CPU µs/request by program")

# Of the CPU time that its threads can take; above, it is what limits.
_LIMIT_OF_A_GENERATOR = 0.9


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
    return [harness(result), *unlike(result)]


def remarks_on(result: dict[str, Any], scenario: str) -> list[str]:
    """What has to be known beside the figures of a scenario."""
    return [
        *self_test(result, scenario),
        *idle(result, scenario),
        *generator_at_its_limit(result, scenario),
    ]


def unlike(result: dict[str, Any]) -> list[str]:
    """Whose figures are not those of the same work at a time, or of kept connections."""
    return [*unequal_concurrency(result), *new_connections(result)]


def idle(result: dict[str, Any], scenario: str) -> list[str]:
    """A line on what was left of the machine in the rounds, if any round was measured."""
    cells = [
        each
        for each in result["cells"]
        if each["part"] in ("rounds", "reference") and each["scenario"] == scenario and "error" not in each
    ]
    if not cells:
        return []
    idle, stolen = ([each[f"machine_{kind}_share"] for each in cells] for kind in ("idle", "stolen"))
    return [
        f"in the rounds the machine's CPUs were idle for {min(idle):.0%} to {max(idle):.0%} of the time, and"
        f" the hypervisor took {max(stolen):.1%} at most"
    ]


def generator_at_its_limit(result: dict[str, Any], scenario: str) -> list[str]:
    """A line for each gateway of which the load generator took nearly all that its threads can take."""
    told = []
    for name in result["gateways"]:
        cells = Series(result["cells"], name, scenario).whole("rounds")
        if cells and median(map(_busy_generators, cells)) > _LIMIT_OF_A_GENERATOR * _threads(result, cells):
            told.append(
                f"{name}, {scenario}: the load generator was at its limit, so requests per second are its own"
            )
    return told


def _busy_generators(cell: Cell) -> float:
    """How many CPUs' worth."""
    return float(cell["requests_per_second"] * cell["generator_cpu_us_per_request"] / 1e6)


def _threads(result: dict[str, Any], cells: list[Cell]) -> int:
    return min(threads_of_wrk(result["machine"]["cpus"]), int(cells[0]["connections"]))


def self_test(result: dict[str, Any], scenario: str) -> list[str]:
    """The reference against another container of it, and how far its figures went: the machine's drift."""
    found = ranking.self_test(result, scenario)
    if found is None:
        return _no_self_test(result, scenario)
    verdict = "which is wrong: they are of one image" if found.leaves(1) else "a tie, as it ought to be"
    if result["profile"]["rounds"] < ranking.FEWEST_ROUNDS_FOR_A_CLAIM:
        verdict = "of too few rounds to be judged"
    cpu = Series(result["cells"], result["reference"], scenario).values(ranking.CPU)
    return [
        f"two containers of {result['reference']} in each round: ratio {ratio(found)}, {verdict}; over the"
        f" rounds the CPU per request of the first went from {min(cpu):,.1f} to {max(cpu):,.1f} µs"
    ]


def _no_self_test(result: dict[str, Any], scenario: str) -> list[str]:
    """Why two containers of the reference could not be held against each other, if any round was measured."""
    name = result["reference"]
    series = Series(result["cells"], name, scenario)
    turns = series.of("rounds") + series.of("reference")
    failed = (f"a turn of {name} failed: {each['error']}" for each in turns if "error" in each)
    reason = next(failed, f"{name} did not have two turns in each round")
    return [f"how much the machine drifted could not be tested: {reason}"] if turns else []


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
    return (
        str(row.group),
        row.gateway,
        *told,
        str(connections),
        str(at_a_time),
        series.programs_and_the_rest(),
    )
