"""How many requests a gateway really runs at a time, as the application sees it."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from wsgi_gateways.bench.fleet import Fleet
from wsgi_gateways.output import Problem, complain

_SCRIPT = Path(__file__).parent / "inside/observe_concurrency.py"
_CLIENTS = 40
_MILLISECONDS = 400
# With a process for each request the last one has to start before the first one ends.
_MILLISECONDS_RUN_ONCE = 2500


def observe(fleet: Fleet, gateway: str, *, run_once: bool, most: int | None) -> dict[str, Any] | None:
    """Requests at a time, processes and threads, and the knobs as the application finds them.

    By 40 clients at once, or by ``most`` if it cannot take as many. None if not all of them were answered.
    """
    milliseconds = _MILLISECONDS_RUN_ONCE if run_once else _MILLISECONDS
    command = ("python3", "-I", "-c", _SCRIPT.read_text(), str(most or _CLIENTS), str(milliseconds))
    try:
        told: list[dict[str, Any]] = json.loads(fleet.execute(gateway, *command))
    except Problem as problem:
        complain(f"{gateway}: the requests at a time were not observed: {str(problem).splitlines()[-1]}")
        return None
    return {
        "requests_at_a_time": largest_overlap((each["began"], each["ended"]) for each in told),
        "processes": len({each["pid"] for each in told}),
        "threads": len({(each["pid"], each["thread"]) for each in told}),
        "workers": told[0]["workers"],
        "threads_of_each": told[0]["threads"],
        "python": told[0]["python"],
    }


def largest_overlap(spans: Iterable[tuple[float, float]]) -> int:
    """The largest number of spans that share a moment."""
    events = sorted(event for began, ended in spans for event in ((began, 1), (ended, -1)))
    running = most = 0
    for _, change in events:
        running += change
        most = max(most, running)
    return most
