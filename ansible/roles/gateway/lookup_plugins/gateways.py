"""All gateways of a host, the one on port 80 first; each with what its folder says about its units."""

from pathlib import Path
from typing import Any

import yaml
from ansible.plugins.lookup import LookupBase

DOCUMENTATION = """
name: gateways
short_description: All gateways of a host, the one on port 80 first
options:
  _terms:
    description: The folder with the folders, the gateway on port 80, and those beside it.
    required: true
"""


class LookupModule(LookupBase):
    """query('gateways', images, gateway, beside)"""

    def run(self, terms: list[Any], variables: object = None, **options: object) -> list[dict[str, object]]:
        images, name, beside = terms
        first = describe(Path(images) / name, "", 80)
        return [
            first,
            *(describe(Path(images) / x["gateway"], f"{x['gateway']}-", x["port"]) for x in beside),
        ]


def describe(folder: Path, prefix: str, port: int) -> dict[str, object]:
    """What the roles want to know of a gateway; ``prefix`` comes before the names of its units."""
    facts = yaml.safe_load((folder / "gateway.yml").read_text())
    here = folder / "etc/systemd/system"
    sockets = sorted(path.name for path in here.glob("*.socket"))
    return {
        "gateway": folder.name,
        "port": port,
        "prefix": prefix,
        # The web server first, as in gateway.yml.
        "units": [prefix + unit for unit in facts["units"]],
        # In the order in which they start: sockets, the application server, the web server.
        "all_units": [prefix + unit for unit in [*sockets, *reversed(facts["units"])]],
        # The folder has drop-ins for these alone.
        "debian_units": [unit for unit in facts["units"] if not (here / unit).exists()],
        "run_once": facts["wsgi"]["run_once"],
    }
