"""The catalogue: one gateway for each folder under images/ that has a gateway.yml.

``python -m wsgi_gateways.catalogue`` prints it as JSON, which is what the portal shows.
"""

import json
import re
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import yaml

# What gateway.yml says of an application server that clients reach by themselves.
NO_WEB_SERVER = "none"
DEFAULT_OF_A_VARIABLE = re.compile(r"\$\{(?P<variable>\w+):-(?P<default>\d+)\}")


class CatalogueError(Exception):
    """A gateway.yml or docker-compose.yml that does not say what it must; the text names the fix."""


@dataclass(frozen=True)
class Quirk:
    """A known difference from what WSGI or CGI want: the checks expect it, strict both ways."""

    id: str
    summary: str
    reference: str


@dataclass(frozen=True)
class Flags:
    """What wsgi.multithread, wsgi.multiprocess and wsgi.run_once must be (PEP 3333)."""

    multithread: bool
    multiprocess: bool
    run_once: bool


@dataclass(frozen=True)
class Native:
    """The processes and threads that the application server's own authors advise to start with."""

    threads: int
    reference: str
    workers: int = 0
    workers_per_cpu: int = 0

    def workers_of(self, cpus: int) -> int:
        """How many processes that is on a machine with so many CPUs."""
        return self.workers + self.workers_per_cpu * cpus


@dataclass(frozen=True)
class Gateway:
    """One way to put the application behind a web server.

    ``port`` is the one published on 127.0.0.1 unless the variable ``port_variable`` moves it;
    ``concurrency`` is the number of requests at a time where that is not WORKERS × THREADS; ``native`` is
    for the benchmark's profile of that name, None where there is no such advice.
    """

    name: str
    title: str
    web_server: str
    interface: str
    application_server: str
    process_model: str
    layers: tuple[str, ...]
    units: tuple[str, ...]
    wsgi: Flags
    quirks: tuple[Quirk, ...]
    port: int
    port_variable: str
    concurrency: int | None = None
    native: Native | None = None

    @classmethod
    def read(cls, folder: Path, service: dict[str, Any]) -> Self:
        """The gateway of ``folder``, published as its compose ``service`` says.

        Raises CatalogueError if gateway.yml lacks a key or has an unknown one.
        """
        path = folder / "gateway.yml"
        port = DEFAULT_OF_A_VARIABLE.search(str(service.get("ports")))
        if port is None:
            raise CatalogueError(
                f"docker-compose.yml: {folder.name} wants ports like ${{NAME_PORT:-8101}}:80"
            )
        try:
            described = yaml.safe_load(path.read_text())
            native = described.pop("native", None)
            return cls(
                name=folder.name,
                port=int(port["default"]),
                port_variable=port["variable"],
                layers=tuple(described.pop("layers")),
                units=tuple(described.pop("units")),
                wsgi=Flags(**described.pop("wsgi")),
                quirks=tuple(Quirk(**quirk) for quirk in described.pop("quirks")),
                native=native and Native(**native),
                **described,
            )
        except (yaml.YAMLError, AttributeError, KeyError, TypeError) as error:
            raise CatalogueError(f"{path}: {error}: see images/README.md for what it holds") from error

    @property
    def family(self) -> str:
        """The web server in lower case; "alone" where there is none before the application server."""
        return "alone" if self.web_server == NO_WEB_SERVER else self.web_server.lower()

    @property
    def reached_server(self) -> str:
        """The server that clients reach: the web server, or the application server where there is none."""
        return self.application_server if self.web_server == NO_WEB_SERVER else self.web_server

    def has_quirk(self, quirk_id: str) -> bool:
        """Whether gateway.yml admits this difference."""
        return any(quirk.id == quirk_id for quirk in self.quirks)


def read_catalogue(root: Path) -> dict[str, Gateway]:
    """All gateways of the checkout at ``root`` by name, in the order of their ports.

    Raises CatalogueError if a folder has no compose service, or one of the files is not what it must be.
    """
    try:
        services = dict(yaml.safe_load((root / "docker-compose.yml").read_text())["services"])
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise CatalogueError(f"{root / 'docker-compose.yml'} has no readable services: {error}") from error
    folders = {path.parent.name: path.parent for path in (root / "images").glob("*/gateway.yml")}
    if missing := sorted(folders.keys() - services.keys()):
        raise CatalogueError(f"docker-compose.yml has no service for: {', '.join(missing)}")
    gateways = [Gateway.read(folder, services[name]) for name, folder in folders.items()]
    return {gateway.name: gateway for gateway in sorted(gateways, key=lambda each: each.port)}


def main() -> None:
    """Print the catalogue of the folder given as the argument, or of this one, as JSON."""
    root = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    gateways = [asdict(gateway) for gateway in read_catalogue(root).values()]
    json.dump({"gateways": gateways}, sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
