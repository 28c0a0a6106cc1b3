"""The containers under test: a compose project of their own, so that nothing of `make up` is disturbed.

They are those of docker-compose.yml but for four things: nothing is published (the load comes from the same
network namespace), their access logs go nowhere (a pipe would take each line to the engine, whose CPU is no
gateway's), nobody asks for their health (that is an interpreter every ten seconds), and the board is an empty
one.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from wsgi_gateways.catalogue import Gateway
from wsgi_gateways.knobs import MOST

# Of the name of a second container of the reference, beside the first and like it in everything.
AGAIN = "-again"

_LEFT_OUT = ("ports", "build", "healthcheck")
# The images' own entrypoint, with access logs, which are their standard output, on the null device.
_ENTRYPOINT = ["sh", "-c", 'exec with-knobs "$@" >/dev/null', "sh"]


def configuration(
    base: dict[str, Any],
    names: Sequence[str],
    knobs: Mapping[str, Mapping[str, str]],
    commands: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    """The compose file of the containers under test, made from the configuration that `make up` uses.

    ``knobs`` of a gateway win over those of gateway.env; ``commands`` are those of the images, which another
    entrypoint would leave out. A name that ends in ``AGAIN`` is a second container of that gateway.
    """
    project = f"{base['name']}-bench"
    services = {}
    for name in names:
        gateway = gateway_of(name)
        kept = {key: value for key, value in base["services"][gateway].items() if key not in _LEFT_OUT}
        services[name] = kept | {
            "entrypoint": _ENTRYPOINT,
            "command": kept.get("command") or list(commands[gateway]),
            "logging": {"driver": "none"},
            "healthcheck": {"disable": True},
            "restart": "no",
            "environment": {**(kept.get("environment") or {}), **knobs.get(gateway, {})},
        }
    volumes = {name: {"name": f"{project}_{name}"} for name in base.get("volumes", {})}
    return {"name": project, "services": services, "volumes": volumes}


def gateway_of(container: str) -> str:
    """The gateway that a container runs, by the names in the compose file."""
    return container.removesuffix(AGAIN)


def native_knobs(gateway: Gateway, cpus: int) -> dict[str, str]:
    """What the authors of its application server advise, as far as the containers' limits carry it."""
    if gateway.native is None:
        return {}
    threads = gateway.native.threads
    workers = min(gateway.native.workers_of(cpus), MOST // threads)
    return {"WORKERS": str(workers), "THREADS": str(threads)}
