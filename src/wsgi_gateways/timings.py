"""How long a cold start, a warm start and a stop take, and what each image adds to its base."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from wsgi_gateways import commands, images, lifecycle
from wsgi_gateways.catalogue import Gateway
from wsgi_gateways.compose import PORTAL, Stack
from wsgi_gateways.output import Problem, say, show_table


@dataclass(frozen=True)
class Timings:
    """Seconds of one run each, and bytes: of the Debian base, of this project's base over it, of each
    image over that."""

    debian_base_seconds: float
    cold_up_seconds: float
    warm_up_seconds: float
    down_seconds: float
    debian_bytes: int
    base_bytes: int
    added_bytes: dict[str, int]


def measure(stack: Stack, catalogue: dict[str, Gateway]) -> Timings:
    """One cold `up`, one warm one and one `down` of all gateways; the board's data stays.

    Removes this project's images, their Debian base and the engine's whole build cache first, downloaded
    packages included.
    Raises Problem if a gateway does not get healthy: a failed run is no measurement.
    """
    names = list(catalogue)
    lifecycle.down(stack, data=False)
    for service in (*images.plan(stack.root, [*names, PORTAL]), *images.BASES):
        commands.answers(["docker", "image", "rm", stack.image(service)])
    commands.answers(["docker", "image", "rm", images.BOOTSTRAPPED, images.PUBLISHED])
    commands.read(["docker", "builder", "prune", "--all", "--force"])

    def start() -> None:
        if not lifecycle.up(stack, names):
            raise Problem("not all gateways got healthy: nothing was measured")

    def make_debian() -> None:
        (stack.root / images.LOGS).mkdir(exist_ok=True)
        images.choose_debian(stack.root / images.LOGS / "debian.log")

    debian_seconds, cold, warm = _seconds(make_debian), _seconds(start), _seconds(start)
    down = _seconds(lambda: lifecycle.down(stack, data=False))
    debian = images.size(images.choose_debian(stack.root / images.LOGS / "debian.log"))
    base = images.size(stack.image("base"))
    added = {service: images.size(stack.image(service)) - base for service in (*names, PORTAL)}
    return Timings(debian_seconds, cold, warm, down, debian, base - debian, added)


def show(timings: Timings) -> None:
    """Print two tables: seconds, then megabytes (10^6 bytes)."""
    seconds = [
        ("the Debian base", timings.debian_base_seconds),
        ("cold up, after that base", timings.cold_up_seconds),
        ("warm up", timings.warm_up_seconds),
        ("down", timings.down_seconds),
    ]
    show_table(("step", "seconds"), [(name, f"{value:7.1f}") for name, value in seconds])
    say("")
    sizes = [("the Debian base", timings.debian_bytes), ("this project's base, over it", timings.base_bytes)]
    sizes += [(f"{name}, over that", value) for name, value in timings.added_bytes.items()]
    show_table(("image", "MB"), [(name, f"{value / 1e6:7.1f}") for name, value in sizes])


def _seconds(work: Callable[[], None]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began
