"""One cell of the plan: a gateway, a scenario, a load, for a few seconds."""

import os
import resource
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from wsgi_gateways.bench import cgroup, machine
from wsgi_gateways.bench.cgroup import Cgroup
from wsgi_gateways.bench.load import Generator, LoadError

_VERIFICATIONS = 10
# A container is at rest if it used less than this share of a CPU for a moment.
_SHARE_AT_REST = 0.02
_MOMENT = 0.1
_SECONDS_TO_REST = 60
_VERIFICATIONS_PER_SECOND = 200.0
_Clocks = dict[tuple[int, str], float]


@dataclass(frozen=True)
class Load:
    """Closed, if there is no rate: as fast as the responses come. Else so many requests a second."""

    connections: int
    seconds: int
    rate: float | None = None
    # Whether memory is looked at in the middle of it, which disturbs: not where CPU time is ranked.
    with_memory: bool = False


@dataclass(frozen=True)
class Subject:
    """A gateway that runs alone now, with its generator."""

    gateway: str
    cgroup: Cgroup
    generator: Generator
    # Whether each request is a process of its own, so that processes come and go.
    run_once: bool


def measure(subject: Subject, scenario: str, load: Load) -> dict[str, Any]:
    """What was seen; or no figure at all but ``error``, and ``errors`` where they were counted."""
    told: dict[str, Any] = {
        "gateway": subject.gateway,
        "scenario": scenario,
        "model": "closed" if load.rate is None else "open",
        "connections": load.connections,
        "rate": load.rate,
        "commands": [],
    }
    try:
        verify(subject, scenario)
        figures = _under_load(subject, scenario, load, told["commands"])
        if load.rate is None:
            verify_at_once(subject, scenario, load.connections)
        else:
            verify(subject, scenario)
    except (LoadError, OSError) as error:
        return told | _failure(subject, error)
    return told | figures


def _failure(subject: Subject, error: LoadError | OSError) -> dict[str, Any]:
    counted = {"errors": dict(error.errors)} if isinstance(error, LoadError) and error.errors else {}
    # All else follows from that: no account to read, no response.
    return {"error": "its container has ended" if subject.cgroup.has_ended() else str(error)} | counted


def warm_up(subject: Subject, scenario: str, connections: int) -> None:
    """What happens once (imports, caches, the first connections) happens here, in every process.

    Errors are not looked at: the measurement will see them.
    """
    with suppress(LoadError):
        subject.generator.wrk(scenario, connections, 1)


def verify(subject: Subject, scenario: str) -> None:
    """Raise LoadError unless a few responses are right: the status and every byte of the body."""
    settle(subject)
    rate = _VERIFICATIONS_PER_SECOND
    _, seen = subject.generator.paced(scenario, rate, 1, _VERIFICATIONS / rate)
    refuse_errors(seen, "one request at a time")


def verify_at_once(subject: Subject, scenario: str, connections: int) -> None:
    """Raise LoadError unless a request on each of so many connections at once has a right response.

    wrk drops what is not answered when its time is over, so a connection that hangs would go unseen.
    """
    settle(subject)
    requests = max(_VERIFICATIONS, connections)
    _, seen = subject.generator.batch(scenario, requests, connections)
    refuse_errors(seen, "all connections at once")


def settle(subject: Subject) -> None:
    """Wait for what the load before left running, as scripts whose client has gone.

    Raises LoadError if the gateway does not come to rest.
    """
    deadline = time.monotonic() + _SECONDS_TO_REST
    while time.monotonic() < deadline:
        before, began = subject.cgroup.cpu_microseconds(), time.monotonic()
        time.sleep(_MOMENT)
        used = (subject.cgroup.cpu_microseconds() - before) / 1e6
        if used < (time.monotonic() - began) * _SHARE_AT_REST:
            return
    raise LoadError(f"the gateway did not come to rest within {_SECONDS_TO_REST} s")


def refuse_errors(seen: dict[str, Any], when: str) -> None:
    """Raise LoadError if there was a single error, or not one response."""
    found = {name: count for name, count in seen["errors"].items() if count}
    if found:
        listing = ", ".join(f"{count} × {name}" for name, count in found.items())
        raise LoadError(f"{when}: {listing}", seen["errors"])
    if not seen["requests"]:
        raise LoadError(f"{when}: no response at all")


def _under_load(subject: Subject, scenario: str, load: Load, run: list[str]) -> dict[str, Any]:
    batch = _requests_of_a_batch(subject, scenario, load) if load.rate is None and subject.run_once else 0
    processes = set(subject.cgroup.processes())
    subject.cgroup.reset_peak_memory()
    memory_at_rest = _memory(subject.cgroup)
    of_machine = machine.clock()
    before, programs = _clocks(subject), cgroup.cpu_by_process(list(processes))
    command, seen = _send(subject, scenario, load, batch)
    after, programs_after = _clocks(subject), cgroup.cpu_by_process(list(processes))
    shares = machine.clock().since(of_machine)
    memory = _memory(subject.cgroup)
    run.append(command)
    refuse_errors(seen, "under load")
    if not subject.run_once and set(subject.cgroup.processes()) != processes:
        raise LoadError("processes of the gateway ended or began under load")
    used, by_generator, by_harness = (end - begin for begin, end in zip(before, after, strict=True))
    return (
        seen
        | shares
        | {
            "requests_per_second": seen["requests"] / seen["seconds"],
            "cpu_us_per_request": used / seen["requests"],
            "cpu_us_by_program": _by_program(programs, programs_after, seen["requests"]),
            "generator_cpu_us_per_request": by_generator / seen["requests"],
            "harness_cpu_share": by_harness / used,
            "cpus_used": used / seen["seconds"] / 1e6,
            "memory_before": memory_at_rest,
            "memory_after": memory,
            "load_average": os.getloadavg()[0],
        }
    )


def _send(subject: Subject, scenario: str, load: Load, batch: int) -> tuple[str, dict[str, Any]]:
    """Send the load, which is a batch if that is a number: the command, and what was seen meanwhile."""
    with ThreadPoolExecutor(1) as aside:
        pss = aside.submit(_pss_after, subject.cgroup, load.seconds / 2) if load.with_memory else None
        if batch:
            command, seen = subject.generator.batch(scenario, batch, load.connections)
        elif load.rate is None:
            command, seen = subject.generator.wrk(scenario, load.connections, load.seconds)
        else:
            command, seen = subject.generator.paced(scenario, load.rate, load.connections, load.seconds)
    return command, seen | ({"pss_under_load": pss.result()} if pss else {})


def _pss_after(group: Cgroup, seconds: float) -> int | None:
    time.sleep(seconds)
    return cgroup.proportional_memory(group.processes())


def _requests_of_a_batch(subject: Subject, scenario: str, load: Load) -> int:
    """About as many as are answered in the seconds of the load.

    Where a request takes a second, what is under way when the time is over would be a third of all that the
    kernel accounts; so a gateway with a process for each request gets a number of them, all waited for.
    """
    _, seen = subject.generator.batch(scenario, load.connections, load.connections)
    refuse_errors(seen, "all connections at once")
    settle(subject)
    return max(load.connections, int(seen["requests"] / seen["seconds"] * load.seconds))


def _clocks(subject: Subject) -> tuple[float, float, float]:
    """Microseconds of CPU time of the gateway, of the generator, and of this process with its children,
    those that ended and the one that still runs."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    harness = (time.process_time() + children.ru_utime + children.ru_stime) * 1e6
    harness += subject.generator.client_cpu_microseconds()
    return subject.cgroup.cpu_microseconds(), subject.generator.cgroup.cpu_microseconds(), harness


def _by_program(before: _Clocks, after: _Clocks, requests: int) -> dict[str, float]:
    """Which program took it, as far as its processes lived from the beginning to the end."""
    spent: dict[str, float] = {}
    for (pid, program), began in before.items():
        if (pid, program) in after:
            spent[program] = spent.get(program, 0) + after[pid, program] - began
    return {program: used / requests for program, used in sorted(spent.items())}


def _memory(group: Cgroup) -> dict[str, int | None]:
    return {
        "pss": cgroup.proportional_memory(group.processes()),
        "cgroup": group.memory_bytes(),
        "cgroup_peak": group.peak_memory_bytes(),
    }
