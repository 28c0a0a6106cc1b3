"""Latency histograms as the load generators print them: [[microseconds, count], …]."""

from collections import Counter
from collections.abc import Iterable, Sequence

Histogram = Sequence[Sequence[int]]


def merge(histograms: Iterable[Histogram]) -> list[list[int]]:
    """All of them as one."""
    counts: Counter[int] = Counter()
    for histogram in histograms:
        for microseconds, count in histogram:
            counts[microseconds] += count
    return [[microseconds, counts[microseconds]] for microseconds in sorted(counts)]


def percentile(histogram: Histogram, share: float) -> int:
    """The smallest value that at least ``share`` percent do not exceed."""
    wanted = sum(count for _, count in histogram) * share / 100
    seen = 0
    for microseconds, count in histogram:
        seen += count
        if seen >= wanted - 1e-9:
            return microseconds
    raise ValueError("an empty histogram has no percentiles")
