"""Starting and stopping gateways, and knowing how they are."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass

from wsgi_gateways import commands, images, knobs
from wsgi_gateways.catalogue import Gateway
from wsgi_gateways.compose import PORTAL, Stack
from wsgi_gateways.output import Problem, complain, say

SECONDS_TO_GET_HEALTHY = 60
# An engine that has started a container anew this often will not succeed by waiting.
RESTARTS_TO_GIVE_UP = 2


@dataclass(frozen=True)
class Status:
    """One row of the table: a gateway, where it is published and how it is."""

    gateway: Gateway
    address: str
    state: str


def up(stack: Stack, names: list[str], *, fresh: bool = False) -> bool:
    """Build, start and await these gateways and the portal; whether all of them got healthy.

    With ``fresh`` the images are built from nothing. Raises Problem for a wrong knob, a taken port or a
    base that cannot be built, before anything starts.
    """
    knobs_file = stack.root / "gateway.env"
    knobs.refuse_environment(dict(os.environ), knobs_file)
    knobs.read_knobs(knobs_file)
    services = [*names, PORTAL]
    refuse_taken_ports(stack, services)
    failed = [built for built in images.build(stack, services, fresh=fresh) if not built.succeeded]
    for built in failed:
        complain(images.explain(built))
    startable = [service for service in services if service not in {built.name for built in failed}]
    if startable:  # without a name, compose would start every service
        stack.compose("up", "--detach", "--no-build", *startable)
    unhealthy = await_health(stack, startable)
    for service in unhealthy:
        complain(f"{service} did not get healthy; the end of its log:\n{stack.logs(service)}")
    return not failed and not unhealthy


def await_health(stack: Stack, services: list[str]) -> list[str]:
    """Wait until each service answers /healthz; those that do not, within SECONDS_TO_GET_HEALTHY."""
    deadline = time.monotonic() + SECONDS_TO_GET_HEALTHY
    waiting = list(services)
    unhealthy = []
    while waiting and time.monotonic() < deadline:
        waiting = [service for service in waiting if not stack.is_healthy(service)]
        hopeless = [service for service in waiting if stack.restarts(service) >= RESTARTS_TO_GIVE_UP]
        unhealthy += hopeless
        waiting = [service for service in waiting if service not in hopeless]
        time.sleep(0.1)
    return unhealthy + waiting


def statuses(stack: Stack, catalogue: dict[str, Gateway]) -> list[Status]:
    """How each gateway is: healthy, not answering, or what the engine says of its container."""
    states = stack.states()
    return [
        Status(gateway, stack.address(name), _state(stack, name, states.get(name, "not started")))
        for name, gateway in catalogue.items()
    ]


def _state(stack: Stack, name: str, container: str) -> str:
    if container != "running":
        return container
    return "healthy" if stack.is_healthy(name) else "not answering"


def down(stack: Stack, *, data: bool) -> None:
    """Stop and remove all containers, gracefully; with ``data``, the board's messages too."""
    stack.compose("down", "--remove-orphans", *(["--volumes"] if data else []))
    say(
        "stopped"
        + (", the board's data removed" if data else "; the board's data stays for the next `make up`")
    )


def refuse_taken_ports(stack: Stack, services: Sequence[str]) -> None:
    """Raise Problem if a port that one of the services publishes is another service's or somebody else's."""
    published = stack.published_ports()
    ports = {service: stack.port(service) for service in services}
    lines = []
    for service, port in ports.items():
        variable = f"{service.upper().replace('-', '_')}_PORT"
        twins = [other for other in ports if other != service and ports[other] == port]
        if twins:
            holder = f"wanted by {' and '.join(twins)} as well"
        elif published.get(service) != port and commands.port_is_taken(port):
            holder = f"taken by {commands.port_holder(port)}"
        else:
            continue
        free = port + 1000 if port + 1000 < 65536 else port - 1000
        lines.append(f"port {port} of {service} is {holder}; to move it:\n    {variable}={free} make up")
    if lines:
        raise Problem("\n".join(lines))
