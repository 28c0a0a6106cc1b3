"""What the tests of a gateway ask beside HTTP: of its container, or of a server that has it."""

import json
from pathlib import Path
from typing import Protocol

from tests.chosen import CATALOGUE
from wsgi_gateways import commands
from wsgi_gateways.compose import Stack

CONTAINER, SERVER = "container", "server"
# As a container sees its own cgroup: version 2, else version 1.
MEMORY = "cat /sys/fs/cgroup/memory.current 2>/dev/null || cat /sys/fs/cgroup/memory/memory.usage_in_bytes"


class Target(Protocol):
    """Gateways that run, each known by its name."""

    def port(self, service: str) -> int:
        """Its port on 127.0.0.1."""

    def address(self, service: str) -> str:
        """Where a browser finds it."""

    def logs(self, service: str, lines: int = 40) -> str:
        """The last lines that its processes wrote."""

    def container(self, service: str) -> str:
        """The container that it runs in, or that plays its server."""

    def told(self, service: str, command: str) -> str:
        """What a shell command prints there, with the gateway's user and environment."""

    def memory(self, service: str) -> int:
        """Bytes of memory that it holds now, page cache and tmpfs included."""

    def same_board(self, service: str) -> list[str]:
        """The gateways that show the same board, itself included."""


class Containers(Stack):
    """The gateways that `make up` has started."""

    def told(self, service: str, command: str) -> str:
        return commands.read(["docker", "exec", self.container(service), "sh", "-c", command])

    def memory(self, service: str) -> int:
        return int(self.told(service, MEMORY))

    def same_board(self, service: str) -> list[str]:
        return list(CATALOGUE)


def memory_of_container(name: str) -> int:
    """What the kernel charges to a container, asked from outside: inside, systemd may not see it."""
    [state] = json.loads(commands.read(["docker", "inspect", name]))
    lines = Path(f"/proc/{state['State']['Pid']}/cgroup").read_text().splitlines()
    paths = {controllers: path for _, controllers, path in (line.split(":", 2) for line in lines)}
    if "memory" in paths:
        return int(Path(f"/sys/fs/cgroup/memory{paths['memory']}/memory.usage_in_bytes").read_text())
    return int(Path(f"/sys/fs/cgroup{paths[''].removesuffix('/init.scope')}/memory.current").read_text())
