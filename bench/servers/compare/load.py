"""The load generators."""

import json
import resource
import subprocess
from dataclasses import dataclass

_SCRIPT = "/srv/bench/wrk.lua"
# A generator ends within this after its last second.
_GRACE_SECONDS = 20


class LoadError(Exception):
    """A generator failed, or saw an error or a wrong response."""


@dataclass(frozen=True)
class Load:
    """What a generator saw: milliseconds for latencies, seconds for its own CPU time."""

    requests: int
    seconds: float
    p50: float
    p90: float
    p99: float
    max: float
    generator_cpu: float
    # The open model alone: by how much the generator itself was late, at most.
    late: float = 0


def wrk(url: str, connections: int, seconds: int, upload: int = 0, check: str = "none") -> Load:
    """A closed model: each connection sends its next request once it has the response.

    One thread: it is not the limit (the report shows its share of a CPU), and on a machine of two cores a
    second one would only take turns with the servers.
    """
    command = ["wrk", "--threads=1", f"--connections={connections}", f"--duration={seconds}s"]
    command += [f"--script={_SCRIPT}", url, "--", str(upload), check]
    output, cpu = _run(command, seconds + _GRACE_SECONDS)
    seen = json.loads(output.strip().splitlines()[-1])
    errors = {name: seen[name] for name in ("connect", "read", "write", "timeout", "status", "wrong")}
    if any(errors.values()):
        raise LoadError(f"wrk's errors: {', '.join(f'{name}: {n}' for name, n in errors.items() if n)}")
    if not seen["requests"] or (check != "none" and not seen["checked"]):
        raise LoadError("no response at all")
    p50, p90, p99, longest = (seen[name] / 1000 for name in ("p50", "p90", "p99", "max"))
    return Load(seen["requests"], seen["seconds"], p50, p90, p99, longest, cpu)


def paced(port: int, path: str, expected: str, rate: float, connections: int, seconds: int) -> Load:
    """An open model: so many requests a second, whatever the server does; it checks every response."""
    command = ["paced", str(port), path, expected, f"{rate:.1f}", str(connections), str(seconds)]
    output, cpu = _run(command, seconds + _GRACE_SECONDS)
    return Load(**json.loads(output), generator_cpu=cpu)


def _run(command: list[str], timeout: int) -> tuple[str, float]:
    """Its output, and the CPU seconds it took."""
    before = _children_cpu()
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired as error:
        raise LoadError(f"{command[0]} did not end") from error
    if result.returncode:
        raise LoadError(f"{command[0]}: exit status {result.returncode}: {result.stdout}{result.stderr}")
    return result.stdout, _children_cpu() - before


def _children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
