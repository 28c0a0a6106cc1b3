"""The containers of docker-compose.yml: their addresses, states, logs."""

import http.client
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from wsgi_gateways import commands, layers
from wsgi_gateways.output import Problem

PORTAL = "portal"


def find_root() -> Path:
    """The checkout that this command works on: the current folder or one above it.

    Raises Problem (status 2) outside of a checkout.
    """
    for folder in (Path.cwd(), *Path.cwd().parents):
        if (folder / "docker-compose.yml").exists() and (folder / "images/layers").exists():
            return folder
    raise Problem("there is no docker-compose.yml with images/ here: run this in a clone of wsgi-gateways", 2)


@dataclass(frozen=True)
class Stack:
    """The compose project of the checkout at ``root``."""

    root: Path

    def compose(self, *arguments: str) -> str:
        """What `docker compose …` prints. Raises Problem if it fails."""
        # docker-compose.yml has variables of gateway.env. Naming one file ends reading the usual one.
        files = [name for name in (".env", "gateway.env") if (self.root / name).exists()]
        options = [option for name in files for option in ("--env-file", name)]
        return commands.read(["docker", "compose", "--ansi", "never", *options, *arguments], self.root)

    @cached_property
    def configuration(self) -> dict[str, Any]:
        """docker-compose.yml with every variable replaced, those of the build profile included."""
        printed = self.compose("--profile", "build", "config", "--format", "json")
        configuration: dict[str, Any] = json.loads(printed)
        return configuration

    def image(self, service: str) -> str:
        """The name of the service's image."""
        return str(self.configuration["services"][service]["image"])

    def folders(self, name: str) -> list[Path]:
        """What a gateway is made of: the folders of its layers, then its own."""
        return layers.folders(self.root / "images", name)

    def port(self, service: str) -> int:
        """The port that the service publishes on 127.0.0.1."""
        return int(self.configuration["services"][service]["ports"][0]["published"])

    def address(self, service: str) -> str:
        """Where a browser finds the service."""
        return f"http://127.0.0.1:{self.port(service)}/"

    def container(self, service: str) -> str:
        """The name of the service's container."""
        return f"{self.configuration['name']}-{service}-1"

    def states(self) -> dict[str, str]:
        """What the engine says of each service that has a container: running, restarting, exited …"""
        lines = self.compose("ps", "--all", "--format", "json").splitlines()
        return {each["Service"]: each["State"] for each in map(json.loads, lines)}

    def published_ports(self) -> dict[str, int]:
        """The port on 127.0.0.1 of each service that runs, which may not be the configured one yet."""
        running = map(json.loads, self.compose("ps", "--format", "json").splitlines())
        return {
            each["Service"]: publisher["PublishedPort"]
            for each in running
            for publisher in each["Publishers"] or ()
        }

    def restarts(self, service: str) -> int:
        """How often the engine has started the service's container anew by itself."""
        return int(commands.read(["docker", "inspect", "-f", "{{.RestartCount}}", self.container(service)]))

    def logs(self, service: str, lines: int = 40) -> str:
        """The last lines that the service's container wrote, to standard output and standard error."""
        return commands.read(["docker", "logs", "--tail", str(lines), self.container(service)], errors=True)

    def is_healthy(self, service: str, seconds: float = 5) -> bool:
        """Whether /healthz answers 200 through the published port within ``seconds``."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port(service), timeout=seconds)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
