"""The TCP sockets that gateways cannot have at a time."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

from ansible.plugins.lookup import LookupBase

from wsgi_gateways import layers

DOCUMENTATION = """
name: shared_sockets
short_description: The TCP sockets that more than one unit of the gateways listens to
description:
  - Those in /run are not among them, because gateways beside each other have folders of their own there.
  - Nor is port 80, which the first one has; each other one gets a port of its own.
options:
  _terms:
    description: The folder images/ and the names of the gateways.
    required: true
"""
# https://www.freedesktop.org/software/systemd/man/257/systemd.socket.html#ListenStream=
LISTENS = re.compile(r"^ListenStream=([^/\n].*)$", re.MULTILINE)


class LookupModule(LookupBase):
    """query('shared_sockets', images, names)"""

    def run(self, terms: list[Any], variables: object = None, **options: object) -> list[str]:
        images, names = Path(terms[0]), terms[1]
        times = Counter(socket for name in names for socket in tcp_sockets(images, name))
        return sorted(socket for socket, count in times.items() if count > 1)


def tcp_sockets(images: Path, gateway: str) -> list[str]:
    """The TCP sockets that systemd opens for the gateway, as its units name them."""
    units = (source for path, source in layers.merge(images, gateway).items() if path.suffix == ".socket")
    sockets = [socket for unit in units for socket in LISTENS.findall(unit.read_text())]
    return [socket for socket in sockets if not socket.endswith(":80")]
