"""All gateways of a host, the one on port 80 first; each with what its files say about its units."""

from pathlib import Path
from typing import Any

import yaml
from ansible.plugins.lookup import LookupBase

from wsgi_gateways import layers

DOCUMENTATION = """
name: gateways
short_description: All gateways of a host, the one on port 80 first
options:
  _terms:
    description: The folder images/, the gateway on port 80, and those beside it.
    required: true
"""


class LookupModule(LookupBase):
    """query('gateways', images, gateway, beside)"""

    def run(self, terms: list[Any], variables: object = None, **options: object) -> list[dict[str, object]]:
        images, name, beside = Path(terms[0]), terms[1], terms[2]
        others = [describe(images, x["gateway"], f"{x['gateway']}-", x["port"]) for x in beside]
        return [describe(images, name, "", 80), *others]


def describe(images: Path, name: str, prefix: str, port: int) -> dict[str, object]:
    """What the roles want to know of a gateway; ``prefix`` comes before the names of its units."""
    facts = yaml.safe_load((images / name / "gateway.yml").read_text())
    files = layers.merge(images, name)
    sockets = sorted(path.name for path in files if path.parent == layers.UNITS and path.suffix == ".socket")
    return {
        "gateway": name,
        "port": port,
        "prefix": prefix,
        # The web server first, as in gateway.yml.
        "units": [prefix + unit for unit in facts["units"]],
        # In the order in which they start: sockets, the application server, the web server.
        "all_units": [prefix + unit for unit in [*sockets, *reversed(facts["units"])]],
        # The gateway has drop-ins for these alone.
        "debian_units": [unit for unit in facts["units"] if layers.UNITS / unit not in files],
        "run_once": facts["wsgi"]["run_once"],
    }
