"""The Debian machine at hand: its release, its mirror, its packages."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wsgi_gateways import commands
from wsgi_gateways.output import Problem, say

LOG = Path("/var/log/wsgi-gateways-apt.log")


@dataclass(frozen=True)
class Release:
    """Which distribution this is: os-release(5)'s ID, VERSION_CODENAME and PRETTY_NAME."""

    distribution: str
    codename: str
    name: str

    @property
    def has_apt(self) -> bool:
        """Whether its packages are the ones whose names this project knows."""
        return self.distribution in ("debian", "ubuntu")


@dataclass(frozen=True)
class Mirrors:
    """Where this machine's apt gets Debian from; ``security`` is empty where apt has no such source."""

    debian: str
    security: str

    def sources(self, release: str) -> list[str]:
        """The lines of a sources.list for ``release`` (a codename)."""
        lines = [f"deb {self.debian} {release} main", f"deb {self.debian} {release}-updates main"]
        if self.security:
            lines.append(f"deb {self.security} {release}-security main")
        return lines


def read_release(os_release: Path = Path("/etc/os-release")) -> Release:
    """The release that os-release(5) names; all fields empty where there is no such file."""
    fields: dict[str, str] = {}
    if os_release.exists():
        for line in os_release.read_text().splitlines():
            key, _, value = line.partition("=")
            fields[key] = value.strip("\"'")
    return Release(
        fields.get("ID", ""),
        fields.get("VERSION_CODENAME", ""),
        fields.get("PRETTY_NAME", "this system"),
    )


def parse_index_targets(printed: str) -> Mirrors:
    """The mirrors in what `apt-get indextargets` printed: lines of address, origin and label.

    Raises Problem if Debian itself is not among them.
    """
    found: dict[str, str] = {}
    for line in printed.splitlines():
        address, _, origin_and_label = line.partition(" ")
        found.setdefault(origin_and_label, address.rstrip("/"))
    if "Debian Debian" not in found:
        raise Problem(
            "apt knows no Debian mirror here: pull debian:trixie-slim, or name another base image in"
            " BASE_IMAGE",
            2,
        )
    return Mirrors(found["Debian Debian"], found.get("Debian Debian-Security", ""))


def find_mirrors() -> Mirrors:
    """The mirrors that this machine's apt already uses."""
    target_format = "$(REPO_URI) $(ORIGIN) $(LABEL)"
    listing = ["apt-get", "indextargets", "--format", target_format, "Created-By: Packages"]
    if "Debian Debian" not in commands.read(listing):
        update_lists()
    return parse_index_targets(commands.read(listing))


def update_lists() -> None:
    """apt-get update. Raises Problem with apt's last words if that fails."""
    _apt(["update"])


def install(packages: Sequence[str]) -> None:
    """Install packages, nothing they merely recommend. Raises Problem with apt's last words."""
    say(f"installing {' '.join(packages)}")
    _apt(["install", "--yes", "--no-install-recommends", *packages])


def _apt(arguments: Sequence[str]) -> None:
    command = ["apt-get", "-o", "DPkg::Lock::Timeout=300", *arguments]
    if not commands.run(command, LOG, extra={"DEBIAN_FRONTEND": "noninteractive"}):
        raise Problem(f"`{' '.join(command)}` failed:\n{commands.last_lines(LOG)}")


def is_root() -> bool:
    """Whether this process may install packages."""
    return os.geteuid() == 0
