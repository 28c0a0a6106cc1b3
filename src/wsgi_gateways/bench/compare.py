"""Two results side by side: did a change help, and how sure is that?"""

from collections.abc import Mapping
from statistics import median
from typing import Any

from wsgi_gateways.bench import stats
from wsgi_gateways.bench.ranking import CPU, RATE, at_a_time, doubt, rank
from wsgi_gateways.bench.remarks import ratio
from wsgi_gateways.bench.result import Series
from wsgi_gateways.output import Problem, complain, say, show_table

_MUST_BE_ALIKE = ("cpu", "cpus", "memory", "kernel", "engine")
_OF_THE_PROFILE = ("rounds", "seconds", "connections", "native")
HEAD = ("scenario", "gateway", "CPU per request, after : before", "requests/s, after : before", "verdict")
# Of fewer a median is one of them, and of two a ranking is a coin.
_FEWEST_GATEWAYS = 3
# A median ratio that differs from 1 by more is worth a word.
_NEAR = 0.02
_WANTED_TAU = 0.95
Ratios = Mapping[str, stats.Interval]


def show(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Print both, after what is not alike. Raises Problem (status 2) if they have nothing in common."""
    for warning in differences(before, after):
        complain(f"compare: {warning}")
    rows, lines = side_by_side(before, after)
    show_table(HEAD, rows)
    for line in lines:
        say(line)


def side_by_side(before: dict[str, Any], after: dict[str, Any]) -> tuple[list[tuple[str, ...]], list[str]]:
    """A row (HEAD) for each gateway and scenario that both have; lines on what all have in common, and how
    alike they rank.

    Raises Problem (status 2) if they have nothing in common.
    """
    scenarios = [name for name in before["scenarios"] if name in after["scenarios"]]
    gateways = [name for name in before["gateways"] if name in after["gateways"]]
    if not scenarios or not gateways:
        raise Problem("the two results have no scenario or no gateway in common", 2)
    found = {scenario: ratios(before, after, gateways, scenario) for scenario in scenarios}
    rows = [
        _row(before, after, name, scenario, found[scenario]) for scenario in scenarios for name in gateways
    ]
    lines = [
        f"{scenario}: {line}"
        for scenario in scenarios
        for line in in_common(before, found[scenario]) + _alike(before, after, scenario)
    ]
    return rows, lines


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Why the two may not be comparable, in words."""
    told = [
        f"the machines differ in {name}: {before['machine'][name]} and {after['machine'][name]}"
        for name in _MUST_BE_ALIKE
        if before["machine"][name] != after["machine"][name]
    ]
    told += [
        f"the profiles differ in {name}"
        for name in _OF_THE_PROFILE
        if before["profile"][name] != after["profile"][name]
    ]
    if before["generators"]["image"] != after["generators"]["image"]:
        told.append("the load generators are not the same image")
    told += _unlike_concurrency(before, after)
    reasons = [reason for each in (before, after) if (reason := doubt(each))]
    return told + [f"no difference can be claimed: {reason}" for reason in dict.fromkeys(reasons)]


def _unlike_concurrency(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    both = before["gateways"].keys() & after["gateways"].keys()
    seen = {
        name: [at_a_time(each["gateways"][name]) or "unknown" for each in (before, after)]
        for name in before["gateways"]
        if name in both
    }
    return [
        f"requests at a time of {name}: {once} and {again}"
        for name, (once, again) in seen.items()
        if once != again
    ]


def ratios(
    before: dict[str, Any], after: dict[str, Any], gateways: list[str], scenario: str
) -> dict[str, stats.Interval]:
    """CPU per request, after : before, of the gateways that did not fail in either."""
    found = {}
    for name in gateways:
        pair = [Series(each["cells"], name, scenario) for each in (before, after)]
        if all(each.of("rounds") and not each.failure() for each in pair):
            found[name] = _ratio(pair, CPU)
    return found


def common(found: Ratios) -> float | None:
    """The median ratio, which holds the drift of the machine from one run to the other; None of too few."""
    return median(each.value for each in found.values()) if len(found) >= _FEWEST_GATEWAYS else None


def in_common(before: dict[str, Any], found: Ratios) -> list[str]:
    """What all have in common, and the reference, in words."""
    told = []
    if reference := found.get(before["reference"]):
        told.append(f"the reference {before['reference']} {ratio(reference)}")
    if (shared := common(found)) is not None:
        told.append(f"the median of {len(found)} gateways {shared:.2f}")
        if abs(shared - 1) > _NEAR:
            told.append("which all have in common: it is the machine's, or that of a part of all of them")
    return [f"CPU per request, after : before: {', '.join(told)}"] if told else []


def verdict(
    before: dict[str, Any], after: dict[str, Any], cpu: stats.Interval, shared: float | None = None
) -> str:
    """In words; no claim where there is a doubt, or where the ratio is what all have in common."""
    if doubt(before) or doubt(after) or not cpu.leaves(1):
        return "no difference seen"
    own = cpu.over(shared or 1)
    if not own.leaves(1) or (own.value < 1) != (cpu.value < 1):
        return "no difference seen but the common one"
    return "less CPU" if cpu.value < 1 else "more CPU"


def rank_correlations(
    before: dict[str, Any], after: dict[str, Any], scenario: str
) -> tuple[float | None, float | None]:
    """Kendall's tau of the medians and of the ranks, which are groups of ties.

    Over the gateways that both could measure; None with fewer than three of them, or where all of them tie.
    """
    ranked = [{row.gateway: row for row in rank(each, scenario).rows} for each in (before, after)]
    both = [(ranked[0][name], ranked[1][name]) for name in ranked[0] if name in ranked[1]]
    if len(both) < _FEWEST_GATEWAYS:
        return None, None
    return (
        stats.kendall_tau([one.cpu.value for one, _ in both], [other.cpu.value for _, other in both]),
        stats.kendall_tau([one.group for one, _ in both], [other.group for _, other in both]),
    )


def _alike(before: dict[str, Any], after: dict[str, Any], scenario: str) -> list[str]:
    """How alike the two rank, and whether that is enough."""
    medians, groups = rank_correlations(before, after, scenario)
    if medians is None:
        return []
    told = f"of the medians {medians:.3f}, {'reached' if medians >= _WANTED_TAU else 'MISSED'}"
    if groups is not None:
        told += f"; of the groups of ties {groups:.3f}, {'reached' if groups >= _WANTED_TAU else 'MISSED'}"
    return [f"Kendall's tau of the two rankings by CPU per request (wanted: {_WANTED_TAU}) {told}"]


def _row(
    before: dict[str, Any], after: dict[str, Any], name: str, scenario: str, found: Ratios
) -> tuple[str, ...]:
    pair = [Series(each["cells"], name, scenario) for each in (before, after)]
    for when, series in zip(("before", "after"), pair, strict=True):
        if failure := series.failure():
            return scenario, name, "", "", f"FAILED {when}: {failure}"
        if not series.of("rounds"):
            return scenario, name, "", "", f"not measured {when}"
    told = verdict(before, after, found[name], common(found))
    return scenario, name, ratio(found[name]), ratio(_ratio(pair, RATE)), told


def _ratio(pair: list[Series], figure: str) -> stats.Interval:
    before, after = (each.values(figure) for each in pair)
    return stats.ratio_of_medians(after, before, paired=False)
