"""A checkout of its own for the command, with containers, ports and image names of their own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copytree

import pytest

from wsgi_gateways.catalogue import read_catalogue

ROOT = Path(__file__).parents[2]
COPIED = ("app", "images", "portal", "src", "docker-compose.yml", "gateway.env", ".dockerignore")


@dataclass
class Checkout:
    """A copy of the files that the command works on; what it breaks is broken nowhere else."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)

    def command(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run wsgi-gateways in this checkout."""
        return subprocess.run(
            [sys.executable, "-m", "wsgi_gateways.cli", *arguments],
            cwd=self.root,
            env={**os.environ, **self.environment, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def edit(self, path: str, old: str, new: str) -> None:
        text = (self.root / path).read_text()
        assert old in text
        (self.root / path).write_text(text.replace(old, new))


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    for name in COPIED:
        source, target = ROOT / name, tmp_path / name
        if source.is_dir():
            copytree(source, target, symlinks=True)
        else:
            target.write_bytes(source.read_bytes())
    ports = {gateway.port_variable: str(gateway.port + 1000) for gateway in read_catalogue(ROOT).values()}
    checkout = Checkout(
        tmp_path, {**ports, "PORTAL_PORT": "9080", "COMPOSE_PROJECT_NAME": "wsgi-gateways-command-test"}
    )
    # The images of the real checkout keep their names.
    checkout.edit("docker-compose.yml", "image: wsgi-gateways/", "image: wsgi-gateways-command-test/")
    yield checkout
    checkout.command("down", "--data")
    listing = [
        "docker",
        "image",
        "ls",
        "--format",
        "{{.Repository}}:{{.Tag}}",
        "wsgi-gateways-command-test/*",
    ]
    if names := subprocess.run(listing, capture_output=True, text=True, check=True).stdout.split():
        # By name: the same image may have its real name as well.
        subprocess.run(["docker", "image", "rm", *names], capture_output=True, check=True)
