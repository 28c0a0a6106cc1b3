"""The rows of bench/servers/rows.yml in the place of the folders under images/: servers side by side.

One image has all servers; a row is a container that runs one of them behind one web server, with the same
application as everywhere.
"""

import shlex
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from wsgi_gateways import images
from wsgi_gateways.catalogue import Flags, Gateway, Native
from wsgi_gateways.compose import Stack

FOLDER = Path("bench/servers")
IMAGE = "wsgi-gateways/bench-servers"
PROFILE = "servers"
_WORKERS = 2
_WEB_SERVERS = {
    "nginx": 'nginx -e stderr -c /etc/bench/nginx/{settings}.conf -g "daemon off;"',
    "lighttpd": "lighttpd -D -f /etc/bench/lighttpd/{settings}.conf",
    "Apache": "apache2 -D FOREGROUND -f /etc/bench/apache2/{settings}.conf",
}


class Rows(Stack):
    """What docker-compose.yml is for the folders."""

    @cached_property
    def rows(self) -> dict[str, dict[str, Any]]:
        """As rows.yml has them."""
        rows: dict[str, dict[str, Any]] = yaml.safe_load((self.root / FOLDER / "rows.yml").read_text())
        return rows

    @cached_property
    def configuration(self) -> dict[str, Any]:
        """Containers with the limits of a gateway's: not root, nothing to write to but memory."""
        base = super().configuration
        gateway = next(
            each for each in base["services"].values() if each.get("ports") and each.get("volumes")
        )
        services = {
            name: gateway | {"image": IMAGE, "command": command(row), "environment": {"GATEWAY": name}}
            for name, row in self.rows.items()
        }
        return base | {"services": services}

    def folders(self, name: str) -> list[Path]:
        """All rows are made of one."""
        return [self.root / FOLDER]

    def catalogue(self) -> dict[str, Gateway]:
        """The rows as gateways, with WORKERS and THREADS of their own."""
        return {name: _gateway(name, row) for name, row in self.rows.items()}

    def most_connections(self) -> dict[str, int]:
        """Of the rows that cannot take more."""
        return {name: row["connections"] for name, row in self.rows.items() if "connections" in row}

    def build(self) -> None:
        """Build the bases and the image. Raises Problem if that fails."""
        images.build(Stack(self.root), [])
        arguments = ["--load", "--tag", IMAGE, str(self.root / FOLDER)]
        images.build_from(self.root, "bench-servers", arguments)


def command(row: dict[str, Any]) -> list[str]:
    """The web server, and the application server beside it where there is one."""
    web_server = shlex.split(_WEB_SERVERS[row["web_server"]].format(settings=row["settings"]))
    if "server" not in row:
        return web_server
    return ["pair", "TERM", *web_server, "--", *shlex.split(row["server"])]


def _gateway(name: str, row: dict[str, Any]) -> Gateway:
    threads, run_once = row.get("threads", 1), "server" not in row
    return Gateway(
        name=name,
        title=row["title"],
        web_server=row["web_server"],
        interface=row["interface"],
        application_server=row["application_server"],
        process_model="",
        units=(),
        layers=(),
        wsgi=Flags(multithread=threads > 1, multiprocess=True, run_once=run_once),
        quirks=(),
        port=0,
        port_variable="",
        native=Native(threads=threads, reference="", workers=_WORKERS),
    )
