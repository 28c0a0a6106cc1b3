"""How gateways start, recover and rest, and what they are made of: their figures without load."""

from collections.abc import ItemsView, Iterable, Sequence
from statistics import median
from typing import Any

from wsgi_gateways.bench.result import Series

# Text, and the number that it is sorted by; None where there is none.
Figure = tuple[str, float | None]
HEAD = (
    "PSS at rest, MiB",
    "start s",
    "range",
    "recovery s",
    "range",
    "failed requests on the way",
    "image MB",
)
_NONE: Figure = ("–", None)


def figures(result: dict[str, Any], gateway: str) -> list[Figure]:
    """Those of HEAD."""
    told = result["gateways"][gateway]
    return [
        _memory_at_rest(result, gateway),
        *start(told),
        *recovery(told),
        _failed_requests(told),
        (f"{told['image_bytes'] / 1e6:,.0f}", told["image_bytes"]),
    ]


def start(told: dict[str, Any]) -> tuple[Figure, Figure]:
    """Seconds from the container's start to the first response: median and range."""
    return _median(told["start_seconds"]), _range(told["start_seconds"])


def recovery(told: dict[str, Any]) -> tuple[Figure, Figure]:
    """Seconds until a killed worker is replaced; no figure if that ever failed, or if nobody waits for it."""
    if told["recovery"] is None:
        return _NONE, _NONE
    seconds = [each["seconds"] for each in told["recovery"]]
    if never := seconds.count(None):
        return (f"{never} of {len(seconds)} never", None), _NONE
    return _median(seconds), _range(seconds)


def versions(told: dict[str, Any]) -> str:
    """Of all its parts."""
    return _listed(told["versions"].items())


def versions_in_common(result: dict[str, Any]) -> str:
    """Of the parts that all gateways have in the same version: Python, and the application's packages."""
    return _listed(sorted(_in_common(result)))


def own_versions(result: dict[str, Any], gateway: str) -> str:
    """Of the parts that not all gateways have."""
    shared = _in_common(result)
    return _listed(each for each in _versions(result, gateway) if each not in shared) or "–"


def _in_common(result: dict[str, Any]) -> set[tuple[str, str]]:
    return set.intersection(*(set(_versions(result, name)) for name in result["gateways"]))


def _versions(result: dict[str, Any], gateway: str) -> ItemsView[str, str]:
    found: dict[str, str] = result["gateways"][gateway]["versions"]
    return found.items()


def _listed(parts: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{name} {version}" for name, version in parts)


def in_words(told: dict[str, Any]) -> str:
    """What happens after a worker was killed."""
    if told["recovery"] is None:
        return "each request is a process"
    (when, after), (spread, _) = recovery(told)
    replaced = f"{when} replaced" if after is None else f"replaced after {when} s ({spread})"
    return f"{replaced}; {_failed_requests(told)[0]} requests failed"


def _failed_requests(told: dict[str, Any]) -> Figure:
    if told["recovery"] is None:
        return _NONE
    failed = [each["failed_requests"] for each in told["recovery"]]
    fewest, most = min(failed), max(failed)
    return str(most) if fewest == most else f"{fewest} to {most}", most


def _memory_at_rest(result: dict[str, Any], gateway: str) -> Figure:
    """The least before any cell of the rounds."""
    cells = [cell for scenario in result["scenarios"] for cell in _measured(result, gateway, scenario)]
    found = [cell["memory_before"]["pss"] for cell in cells]
    if not found:
        return _NONE
    return ("not readable", None) if None in found else (f"{min(found) / 1024**2:,.1f}", min(found))


def _measured(result: dict[str, Any], gateway: str, scenario: str) -> list[dict[str, Any]]:
    cells = Series(result["cells"], gateway, scenario).of("rounds")
    return [each for each in cells if "error" not in each]


def _median(seconds: Sequence[float]) -> Figure:
    return f"{median(seconds):.2f}", median(seconds)


def _range(seconds: Sequence[float]) -> Figure:
    return f"{min(seconds):.2f} to {max(seconds):.2f}", max(seconds)
