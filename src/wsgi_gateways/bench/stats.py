"""The statistics: medians, bootstrap intervals, ratios, ties, and how alike two rankings are."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

# Of an interval that is shown, and of one that a claim rests on: eleven gateways are 55 pairs, and at 95 %
# two or three of those would differ by chance.
SHOWN = 0.95
CLAIMED = 0.99
_RESAMPLES = 2000
_SEED = 20261123  # the same figures give the same interval


@dataclass(frozen=True)
class Interval:
    """An estimate and where it lies with the given confidence."""

    value: float
    low: float
    high: float

    def leaves(self, number: float) -> bool:
        """Whether the number is outside."""
        return not self.low <= number <= self.high

    def over(self, number: float) -> "Interval":
        """All of it divided by the number."""
        return Interval(self.value / number, self.low / number, self.high / number)


def interval_of_median(values: Sequence[float], confidence: float = SHOWN) -> Interval:
    """The median with its percentile bootstrap interval (Efron 1979)."""
    chance = random.Random(_SEED)  # noqa: S311
    resampled = sorted(median(chance.choices(values, k=len(values))) for _ in range(_RESAMPLES))
    return Interval(median(values), *_middle(resampled, confidence))


def ratio_of_medians(
    numerator: Sequence[float], denominator: Sequence[float], *, paired: bool, confidence: float = CLAIMED
) -> Interval:
    """How many times the denominator's median the numerator's is.

    ``paired``: the n-th of both come from the same round, and are drawn together, so that what slowed the
    whole machine down in that round falls out.
    """
    if paired and len(numerator) != len(denominator):
        raise ValueError("a pair lacks one of its two")
    chance = random.Random(_SEED)  # noqa: S311
    ratios = sorted(_resampled_ratio(chance, numerator, denominator, paired) for _ in range(_RESAMPLES))
    return Interval(median(numerator) / median(denominator), *_middle(ratios, confidence))


def _resampled_ratio(
    chance: random.Random, numerator: Sequence[float], denominator: Sequence[float], paired: bool
) -> float:
    if paired:
        rounds = chance.choices(range(len(numerator)), k=len(numerator))
        return median([numerator[each] for each in rounds]) / median([denominator[each] for each in rounds])
    drawn = median(chance.choices(numerator, k=len(numerator)))
    return drawn / median(chance.choices(denominator, k=len(denominator)))


def _middle(ordered: Sequence[float], confidence: float) -> tuple[float, float]:
    outside = (1 - confidence) / 2
    last = len(ordered) - 1
    return ordered[round(last * outside)], ordered[round(last * (1 - outside))]


def groups_of_ties(names: Sequence[str], differ: Callable[[str, str], bool]) -> list[list[str]]:
    """The names, best first, in groups: one opens a group if it differs from all in the group before it."""
    groups: list[list[str]] = []
    for name in names:
        if groups and not all(differ(other, name) for other in groups[-1]):
            groups[-1].append(name)
        else:
            groups.append([name])
    return groups


def kendall_tau(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Kendall's tau-b of two measurements of the same things: 1 if they rank alike, -1 if reversed.

    None if all of one measurement are equal.

    https://en.wikipedia.org/wiki/Kendall_rank_correlation_coefficient#Tau-b
    """
    concordant = ties_in_first = ties_in_second = pairs = 0
    for i in range(len(first)):
        for j in range(i):
            a, b = _sign(first[i] - first[j]), _sign(second[i] - second[j])
            pairs += 1
            concordant += a * b
            ties_in_first += not a
            ties_in_second += not b
    scale: float = ((pairs - ties_in_first) * (pairs - ties_in_second)) ** 0.5
    return concordant / scale if scale else None


def _sign(number: float) -> int:
    return (number > 0) - (number < 0)
