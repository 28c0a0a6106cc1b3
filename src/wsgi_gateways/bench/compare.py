"""Two results side by side: did a change help, and how sure is that?"""

from typing import Any

from wsgi_gateways.bench import stats
from wsgi_gateways.bench.ranking import CPU, RATE, doubt, rank
from wsgi_gateways.bench.result import Series
from wsgi_gateways.bench.show import ratio
from wsgi_gateways.output import Problem, complain, say, show_table

_MUST_BE_ALIKE = ("cpu", "cpus", "memory", "kernel", "engine")
_COLUMNS = ("scenario", "gateway", "CPU per request, after : before", "requests/s, after : before", "verdict")


def show(before: dict[str, Any], after: dict[str, Any]) -> None:
    """A line for each gateway and scenario that both have, and how alike the rankings are.

    Raises Problem (status 2) if they have nothing in common.
    """
    for warning in differences(before, after):
        complain(f"compare: {warning}")
    scenarios = [name for name in before["scenarios"] if name in after["scenarios"]]
    gateways = [name for name in before["gateways"] if name in after["gateways"]]
    if not scenarios or not gateways:
        raise Problem("the two results have no scenario or no gateway in common", 2)
    show_table(_COLUMNS, [_row(before, after, name, scenario) for scenario in scenarios for name in gateways])
    for scenario in scenarios:
        medians, groups = rank_correlations(before, after, scenario)
        if medians is not None:
            told = "" if groups is None else f"; of their groups of ties {groups:.3f}"
            say(f"Kendall's tau of the two rankings by CPU per request, {scenario}: {medians:.3f}{told}")


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Why the two may not be comparable, in words."""
    told = [
        f"the machines differ in {name}: {before['machine'][name]} and {after['machine'][name]}"
        for name in _MUST_BE_ALIKE
        if before["machine"][name] != after["machine"][name]
    ]
    for name in ("rounds", "seconds", "connections"):
        if before["profile"][name] != after["profile"][name]:
            told.append(f"the profiles differ in {name}")
    reasons = [reason for each in (before, after) if (reason := doubt(each))]
    return told + [f"no difference can be claimed: {reason}" for reason in dict.fromkeys(reasons)]


def verdict(before: dict[str, Any], after: dict[str, Any], cpu: stats.Interval) -> str:
    """In words; no claim where there is a doubt."""
    if doubt(before) or doubt(after) or not cpu.leaves(1):
        return "no difference seen"
    return "less CPU" if cpu.value < 1 else "more CPU"


def rank_correlations(
    before: dict[str, Any], after: dict[str, Any], scenario: str
) -> tuple[float | None, float | None]:
    """Kendall's tau of the medians and of the ranks, which are groups of ties.

    Over the gateways that both could measure; None with fewer than three of them, or where all of them tie.
    """
    ranked = [{row.gateway: row for row in rank(each, scenario).rows} for each in (before, after)]
    both = [(ranked[0][name], ranked[1][name]) for name in ranked[0] if name in ranked[1]]
    if len(both) < 3:
        return None, None
    return (
        stats.kendall_tau([one.cpu.value for one, _ in both], [other.cpu.value for _, other in both]),
        stats.kendall_tau([one.group for one, _ in both], [other.group for _, other in both]),
    )


def _row(before: dict[str, Any], after: dict[str, Any], name: str, scenario: str) -> tuple[str, ...]:
    pair = [Series(each["cells"], name, scenario) for each in (before, after)]
    for when, series in zip(("before", "after"), pair, strict=True):
        if failure := series.failure():
            return scenario, name, "", "", f"FAILED {when}: {failure}"
        if not series.of("rounds"):
            return scenario, name, "", "", f"not measured {when}"
    cpu, rate = (
        stats.ratio_of_medians(pair[1].values(figure), pair[0].values(figure), paired=False)
        for figure in (CPU, RATE)
    )
    return scenario, name, ratio(cpu), ratio(rate), verdict(before, after, cpu)
