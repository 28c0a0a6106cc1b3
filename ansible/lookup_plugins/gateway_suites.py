"""The packages of gateways that are not of the Debian release itself."""

from pathlib import Path
from typing import Any

from ansible.plugins.lookup import LookupBase

from wsgi_gateways import layers

DOCUMENTATION = """
name: gateway_suites
short_description: The packages of gateways from other suites, as apt writes it, each once
options:
  _terms:
    description: The folder images/ and the names of the gateways.
    required: true
"""


class LookupModule(LookupBase):
    """query('gateway_suites', images, names)"""

    def run(self, terms: list[Any], variables: object = None, **options: object) -> list[str]:
        images, names = Path(terms[0]), terms[1]
        found = (package for name in names for package in layers.packages_of_other_suites(images, name))
        return list(dict.fromkeys(found))
