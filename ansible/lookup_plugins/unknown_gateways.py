"""What to say of names that no gateway has."""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ansible.plugins.lookup import LookupBase

DOCUMENTATION = """
name: unknown_gateways
short_description: One sentence if some of the names are those of no gateway; nothing if all are there
options:
  _terms:
    description: The folder images/ and the names.
    required: true
"""


class LookupModule(LookupBase):
    """query('unknown_gateways', images, names)"""

    def run(self, terms: list[Any], variables: object = None, **options: object) -> list[str]:
        images, names = Path(terms[0]), terms[1]
        known = sorted(path.parent.name for path in images.glob("*/gateway.yml"))
        unknown = [name for name in names if name not in known]
        return [refuse(unknown, known)] if unknown else []


def refuse(unknown: Sequence[str], known: Sequence[str]) -> str:
    """The sentence; it has the nearest name to each where there is a near one."""
    nearest = dict.fromkeys(match for name in unknown for match in get_close_matches(name, known, 1))
    advice = f"did you mean {' and '.join(nearest)}? Take" if nearest else "take"
    quoted = ", ".join(f'"{name}"' for name in unknown)
    return f"There is no gateway {quoted}: {advice} one of {', '.join(known)}."
