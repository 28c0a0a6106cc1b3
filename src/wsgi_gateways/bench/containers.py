"""The containers under test: a compose project of their own, so that nothing of `make up` is disturbed.

They are those of docker-compose.yml but for four things: nothing is published (the load comes from the same
network namespace), their logs are not stored (the engine's CPU is no gateway's), nobody asks for their health
(that is an interpreter every ten seconds), and the board is an empty one.
"""

from collections.abc import Sequence
from typing import Any

_LEFT_OUT = ("ports", "build", "healthcheck")


def configuration(base: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """The compose file of the containers under test, made from the configuration that `make up` uses."""
    project = f"{base['name']}-bench"
    services = {}
    for name in names:
        kept = {key: value for key, value in base["services"][name].items() if key not in _LEFT_OUT}
        services[name] = kept | {
            "logging": {"driver": "none"},
            "healthcheck": {"disable": True},
            "restart": "no",
        }
    volumes = {name: {"name": f"{project}_{name}"} for name in base.get("volumes", {})}
    return {"name": project, "services": services, "volumes": volumes}
