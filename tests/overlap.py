"""How many requests ran at a time, from when each began and ended (/probe/process)."""


def largest_overlap(spans: list[tuple[float, float]]) -> int:
    """How many of the spans of time had one moment in common, at most."""
    steps = sorted([(began, 1) for began, _ in spans] + [(ended, -1) for _, ended in spans])
    running = most = 0
    for _, step in steps:
        running += step
        most = max(most, running)
    return most
