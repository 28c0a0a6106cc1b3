"""Which gateways the tests are about: all, or those that GATEWAYS names (`make test GATEWAYS=nginx`).

Who adds a gateway tries it alone. Two rules choose where a test of every gateway would take too long.
"""

import os
from collections.abc import Callable, Hashable, Iterable, Sequence
from pathlib import Path

from wsgi_gateways.catalogue import Gateway, read_catalogue
from wsgi_gateways.selection import choose

ROOT = Path(__file__).resolve().parents[1]
EVERY_GATEWAY = read_catalogue(ROOT)
_NAMES = choose(EVERY_GATEWAY, os.environ.get("GATEWAYS", "").split())
CATALOGUE = {name: EVERY_GATEWAY[name] for name in _NAMES}


def one_of_each(kind: Callable[[Gateway], Hashable]) -> list[str]:
    """The first gateway of each kind."""
    first: dict[Hashable, str] = {}
    for name, gateway in CATALOGUE.items():
        first.setdefault(kind(gateway), name)
    return list(first.values())


def combination(gateway: Gateway) -> Hashable:
    """Gateways of the same layers run the same programs, but gunicorn has another worker for HTTP."""
    return gateway.layers, gateway.interface == "HTTP"


def few(gateways: Iterable[Gateway], first: Sequence[str] = ()) -> list[str]:
    """Gateways with each web server and application server: after the first ones, who brings most new."""
    servers = {
        each.name: {("before", each.web_server), ("behind", each.application_server)} for each in gateways
    }
    names = [name for name in first if name in servers]
    while missing := set().union(*servers.values()) - set().union(*(servers[name] for name in names)):
        names.append(max(servers, key=lambda name: len(servers[name] & missing)))
    return names
