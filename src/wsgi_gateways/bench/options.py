"""What a run is asked to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wsgi_gateways.bench.profiles import PROFILES, Profile
from wsgi_gateways.bench.scenarios import SCENARIOS
from wsgi_gateways.output import Problem


@dataclass(frozen=True)
class Options:
    """The gateways, the profile, the scenarios; where the result goes."""

    gateways: list[str]
    profile: Profile
    scenarios: list[str]
    reference: str
    seed: int
    output: Path
    build: bool
    # Whether each gateway brings its own WORKERS and THREADS.
    own_knobs: bool
    # Connections at most, of those that cannot take more.
    most_connections: Mapping[str, int]
    command: list[str]


def find_profile(name: str) -> Profile:
    """Raises Problem (status 2) with the list of names for an unknown one."""
    if name not in PROFILES:
        listing = "\n".join(f"    {each.name:<10}{each.summary}" for each in PROFILES.values())
        raise Problem(f"no profile is called {name}; there are:\n{listing}", 2)
    return PROFILES[name]


def find_scenarios(names: str, profile: Profile) -> list[str]:
    """From a list with commas, or the profile's own. Raises Problem (status 2) for an unknown one."""
    chosen = [name.strip() for name in names.split(",") if name.strip()] or list(profile.scenarios)
    if unknown := [name for name in chosen if name not in SCENARIOS]:
        listing = "\n".join(f"    {each.name:<12}{each.summary}" for each in SCENARIOS.values())
        raise Problem(f"no scenario is called {' or '.join(unknown)}; there are:\n{listing}", 2)
    return list(dict.fromkeys(chosen))
