"""What is said of a result beside its figures, in lines of words."""

from statistics import median
from typing import Any

from wsgi_gateways.bench import ranking
from wsgi_gateways.bench.load import threads_of_wrk
from wsgi_gateways.bench.result import Cell, Series
from wsgi_gateways.bench.stats import Interval

# Of the CPU time that its threads can take; above, it is what limits.
_LIMIT_OF_A_GENERATOR = 0.9


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
        f"In the rounds the machine's CPUs were idle for {min(idle):.0%} to {max(idle):.0%} of the time, and"
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
        f"Two containers of {result['reference']} in each round: ratio {ratio(found)}, {verdict}; over the"
        f" rounds the CPU per request of the first went from {min(cpu):,.1f} to {max(cpu):,.1f} µs"
    ]


def _no_self_test(result: dict[str, Any], scenario: str) -> list[str]:
    """Why two containers of the reference could not be held against each other, if any round was measured."""
    name = result["reference"]
    series = Series(result["cells"], name, scenario)
    turns = series.of("rounds") + series.of("reference")
    failed = (f"a turn of {name} failed: {each['error']}" for each in turns if "error" in each)
    reason = next(failed, f"{name} did not have two turns in each round")
    return [f"How much the machine drifted could not be tested: {reason}"] if turns else []


def ratio(found: Interval) -> str:
    """A ratio with its interval."""
    return f"{found.value:.2f} ({found.low:.2f} to {found.high:.2f})"
