"""The variables that a user may set: those of all roles."""

from pathlib import Path
from typing import Any

import yaml
from ansible.plugins.lookup import LookupBase

DOCUMENTATION = """
name: role_options
short_description: The options of all roles by name, as meta/argument_specs.yml describes them
options:
  _terms:
    description: The folder with the roles.
    required: true
"""


class LookupModule(LookupBase):
    """query('role_options', roles)"""

    def run(self, terms: list[Any], variables: object = None, **options: object) -> list[str]:
        paths = Path(terms[0]).glob("*/meta/argument_specs.yml")
        specifications = [yaml.safe_load(path.read_text())["argument_specs"]["main"] for path in paths]
        return sorted({option for each in specifications for option in each["options"]})
