"""The knobs in gateway.env: checked before a container starts with them."""

import re
from pathlib import Path

from wsgi_gateways.output import Problem

KNOBS = ("WORKERS", "THREADS")
# What the engine or systemd enforces: each with what it may be, and that in words.
LIMITS = {
    "MEMORY_MAX": (re.compile(r"[1-9][0-9]{0,5}[MG]"), "a number of M or G, as in 512M or 4G"),
    "TASKS_MAX": (re.compile(r"[1-9][0-9]{2,4}"), "a whole number from 100 to 99999"),
}
# Of each knob, and of their product: what the limits of docker-compose.yml carry.
MOST = 32


def read_knobs(path: Path) -> dict[str, int | None]:
    """The knobs that the file sets; None for one that is left empty and so computed in the container.

    Its limits are checked as well. Raises Problem (status 2) for a line that is no assignment, an unknown
    name, a limit or a knob (1 to MOST) with a wrong value, or if the product of the knobs is more than MOST.
    """
    knobs: dict[str, int | None] = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals or name not in (*KNOBS, *LIMITS):
            known = ", ".join([*KNOBS, *LIMITS])
            raise Problem(f"{path.name}, line {number}: “{line}” is not one of {known} with a value", 2)
        if name in LIMITS:
            _refuse_wrong_limit(path, name, value)
            continue
        knobs[name] = _whole_number(path, name, value) if value else None
    if (knobs.get("WORKERS") or 1) * (knobs.get("THREADS") or 1) > MOST:
        raise Problem(
            f"{path.name}: WORKERS={knobs['WORKERS']} times THREADS={knobs['THREADS']} is more than {MOST}:"
            " correct them, or leave one empty",
            2,
        )
    return knobs


def refuse_environment(environment: dict[str, str], path: Path) -> None:
    """Raise Problem (status 2) if a knob is set where no container would read it."""
    for name in (*KNOBS, *LIMITS):
        if name in environment:
            raise Problem(
                f"{name} is read from {path.name} only, by containers and servers alike: set it there", 2
            )


def _refuse_wrong_limit(path: Path, name: str, value: str) -> None:
    pattern, wanted = LIMITS[name]
    if value and not pattern.fullmatch(value):
        raise Problem(f"{path.name}: {name}={value} is not {wanted}: correct it, or leave it empty", 2)


def _whole_number(path: Path, name: str, value: str) -> int:
    if value.isascii() and value.isdigit() and value[0] != "0" and int(value) <= MOST:
        return int(value)
    raise Problem(
        f"{path.name}: {name}={value} is not a whole number from 1 to {MOST}: correct it, or leave it empty",
        2,
    )
