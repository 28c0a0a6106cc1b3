"""The Debian packages of gateways."""

from pathlib import Path
from typing import Any

from ansible.plugins.lookup import LookupBase

from wsgi_gateways import layers

DOCUMENTATION = """
name: gateway_packages
short_description: The Debian packages of gateways, each once
options:
  _terms:
    description: The folder images/ and the names of the gateways.
    required: true
"""


class LookupModule(LookupBase):
    """query('gateway_packages', images, names)"""

    def run(self, terms: list[Any], variables: object = None, **options: object) -> list[str]:
        images, names = Path(terms[0]), terms[1]
        return list(dict.fromkeys(package for name in names for package in layers.packages(images, name)))
