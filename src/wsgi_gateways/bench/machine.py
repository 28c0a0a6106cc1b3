"""What the figures depend on: the machine, the kernel, the engine, the versions of all parts."""

import os
import platform
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wsgi_gateways import commands, images
from wsgi_gateways.bench.fleet import Fleet
from wsgi_gateways.compose import Stack
from wsgi_gateways.output import Problem


def describe() -> dict[str, Any]:
    """The machine as this process finds it."""
    engine = commands.read(["docker", "version", "--format", "{{.Server.Version}}"]).strip()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    governor = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
    return {
        "cpu": _cpu_model(),
        "cpus": len(os.sched_getaffinity(0)),
        "memory": memory,
        "kernel": platform.release(),
        "architecture": platform.machine(),
        "engine": engine,
        "cpu_governor": governor.read_text().strip() if governor.exists() else None,
        "load_average": list(os.getloadavg()),
    }


@dataclass(frozen=True)
class Clock:
    """CPU time of the machine since its start, in ticks: all of it, idle, and taken by the hypervisor."""

    total: int
    idle: int
    stolen: int

    def since(self, before: "Clock") -> dict[str, float]:
        """Which shares of the time between were idle and stolen."""
        total = max(1, self.total - before.total)
        # Either may be less than before, by a little: the kernel corrects them.
        idle, stolen = max(0, self.idle - before.idle), max(0, self.stolen - before.stolen)
        return {"machine_idle_share": idle / total, "machine_stolen_share": stolen / total}


def clock() -> Clock:
    """Now. https://man7.org/linux/man-pages/man5/proc_stat.5.html"""
    first = Path("/proc/stat").read_text().partition("\n")[0].split()
    # Time of guests is contained in that of users.
    user, nice, system, idle, waiting, hard, soft, stolen = map(int, first[1:9])
    return Clock(user + nice + system + idle + waiting + hard + soft + stolen, idle + waiting, stolen)


def _cpu_model() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = {line.partition(":")[2].strip() for line in lines if line.startswith("model name")}
    return ", ".join(sorted(models)) or platform.machine()


def commit(root: Path) -> dict[str, Any]:
    """The commit of the checkout, and whether files differ from it; no commit outside of git."""
    try:
        return {
            "id": commands.read(["git", "rev-parse", "HEAD"], root).strip(),
            "changed": bool(commands.read(["git", "status", "--porcelain"], root).strip()),
        }
    except Problem:
        return {"id": None, "changed": True}


def describe_gateway(stack: Stack, fleet: Fleet, name: str) -> dict[str, Any]:
    """Image, limits and versions of a container of the fleet."""
    told = fleet.inspect(name)
    host = told["HostConfig"]
    return {
        "image": told["Image"],
        "image_bytes": images.size(stack.image(name)),
        "command": told["Config"]["Cmd"],
        "cpu_quota": host["NanoCpus"] / 1e9
        or (host["CpuQuota"] / host["CpuPeriod"] if host["CpuPeriod"] else None),
        "memory_limit": host["Memory"] or None,
        "versions": _versions(stack, fleet, name),
    }


def _versions(stack: Stack, fleet: Fleet, name: str) -> dict[str, str]:
    """Python and the folders' Debian packages, what they install of PyPI, and the application's packages."""
    folders = stack.folders(name)
    packages = [word for folder in folders for word in _text(folder / "packages.txt").split()]
    query = ["dpkg-query", "--show", "--showformat", "${Package} ${Version}\n", *packages, "python3"]
    lines = fleet.execute(name, *query).splitlines()
    found = dict(line.split() for line in lines if len(line.split()) == 2)
    for folder in folders:
        pinned = _text(folder / "requirements.txt")
        found |= re.findall(r"^([\w.-]+)==(\S+)", pinned, re.MULTILINE)
    places = "/srv/app/current/venv/lib/python3*/site-packages /srv/packages"
    script = f"for place in {places}; do ls -d $place/*.dist-info || :; done"
    listed = fleet.execute(name, "sh", "-c", script)
    for path in listed.split():
        if match := re.fullmatch(r"(.+)-([^-]+)\.dist-info", path.rpartition("/")[2]):
            found[match[1]] = match[2]
    return found


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""
