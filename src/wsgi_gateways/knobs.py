"""The knobs in gateway.env: checked before a container starts with them."""

from pathlib import Path

from wsgi_gateways.output import Problem

KNOBS = ("WORKERS", "THREADS")
# Of each knob, and of their product: what the limits of docker-compose.yml carry.
MOST = 32


def read_knobs(path: Path) -> dict[str, int | None]:
    """The knobs that the file sets; None for one that is left empty and so computed in the container.

    Raises Problem (status 2) for a line that is no assignment, an unknown name or a value that is no
    whole number from 1 to MOST, or if their product is more than that.
    """
    knobs: dict[str, int | None] = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals or name not in KNOBS:
            raise Problem(
                f"{path.name}, line {number}: “{line}” is not one of {', '.join(KNOBS)} with a value", 2
            )
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
    for name in KNOBS:
        if name in environment:
            raise Problem(
                f"{name} is read from {path.name} only, by containers and servers alike: set it there", 2
            )


def _whole_number(path: Path, name: str, value: str) -> int:
    if value.isascii() and value.isdigit() and value[0] != "0" and int(value) <= MOST:
        return int(value)
    raise Problem(
        f"{path.name}: {name}={value} is not a whole number from 1 to {MOST}: correct it, or leave it empty",
        2,
    )
