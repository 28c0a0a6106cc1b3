"""What the numbers depend on: the machine, the kernel, the versions."""

import os
import platform
import re
import subprocess
from importlib.metadata import distributions
from pathlib import Path

from compare.rows import PACKAGES

_VERSIONS = {
    "nginx": ["nginx", "-v"],
    "lighttpd": ["lighttpd", "-v"],
    "apache": ["apache2", "-v"],
    "uWSGI": ["uwsgi", "--version"],
    "wrk": ["wrk", "-v"],
    "Python": ["python3", "--version"],
}


def describe() -> dict[str, object]:
    models = {
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    }
    return {
        "cpu": ", ".join(sorted(models)) or platform.machine(),
        "cpus": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "load_average_at_end": list(os.getloadavg()),
    }


def versions() -> dict[str, str]:
    """Of the programs as they say, and of the Python packages."""
    packages = {found.name: found.version for found in distributions(path=[PACKAGES])}
    return {name: _version(command) for name, command in _VERSIONS.items()} | packages


def _version(command: list[str]) -> str:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    output = result.stdout + result.stderr
    found = re.search(r"\d+\.\d[\w.+-]*", output)
    return found[0] if found else output.strip()
