"""How long a gateway takes to answer after its start, and to recover from a worker that was killed."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from typing import Any

from wsgi_gateways import commands
from wsgi_gateways.bench.cgroup import Cgroup
from wsgi_gateways.bench.fleet import Fleet
from wsgi_gateways.output import Problem

_TIMES = 3
_SECONDS_TO_RECOVER = 20
_GOOD_ANSWERS_IN_A_ROW = 50


def starts(fleet: Fleet, gateway: str) -> list[float]:
    """The seconds of a few starts."""
    return [start(fleet, gateway) for _ in range(_TIMES)]


def recoveries(fleet: Fleet, gateway: str) -> list[dict[str, Any]]:
    """What a few kills came to. Raises Problem if it did not answer before one of them."""
    return [recovery(fleet, gateway) for _ in range(_TIMES)]


def start(fleet: Fleet, gateway: str) -> float:
    """Seconds from the engine's start of the container to its first answer."""
    start_anew(fleet, gateway)
    answered = datetime.now(UTC)
    return (answered - datetime.fromisoformat(fleet.inspect(gateway)["State"]["StartedAt"])).total_seconds()


def start_anew(fleet: Fleet, gateway: str) -> None:
    """Kill it, and start it with memory that nothing has been charged to yet."""
    container = fleet.container(gateway)
    commands.answers(["docker", "kill", container])  # which says no if it has ended
    commands.read(["docker", "start", container])
    fleet.forget(gateway)
    fleet.await_answer(gateway)


def recovery(fleet: Fleet, gateway: str) -> dict[str, Any]:
    """Kill the process that answers, then ask on: seconds until there are as many processes as before and
    answers come without a failure, and how many failed on the way.

    No seconds if it does not recover; it is started anew then. Raises Problem if it did not answer before.
    """
    address = fleet.address(gateway)
    told = _ask(address, "/probe/process")
    if told is None:
        raise Problem(f"{gateway} does not answer /probe/process")
    group = fleet.cgroup(gateway)
    before = set(group.processes())
    # The container says when it happens, and asking goes on meanwhile. What is new is counted once the engine
    # is done, because until then its shell is in the container as well: that is about a tenth of a second.
    kill = ("sh", "-c", f"date +%s.%N && kill -s KILL {int(json.loads(told)['pid'])}")
    with ThreadPoolExecutor(1) as aside:
        killed = aside.submit(fleet.execute, gateway, *kill)
        deadline = time.time() + _SECONDS_TO_RECOVER
        failures, recovered, good = 0, None, 0
        while recovered is None or good < _GOOD_ANSWERS_IN_A_ROW:
            now = time.time()
            if now > deadline:
                start_anew(fleet, gateway)
                return {"seconds": None, "failed_requests": failures}
            running = _processes(group)
            complete = killed.done() and len(running) >= len(before) and not before <= running
            if _ask(address, "/probe/hello") == b"Hello, World!":
                good += 1
            else:
                failures, good, recovered = failures + 1, 0, None
            recovered = (recovered or now) if complete and good else None
    return {"seconds": max(0.0, recovered - float(killed.result())), "failed_requests": failures}


def _processes(group: Cgroup) -> set[int]:
    """None at all if the container has ended."""
    try:
        return set(group.processes())
    except OSError:
        return set()


def keeps_connections(fleet: Fleet, gateway: str) -> bool:
    """Whether a client may send its next request on the same connection.

    Raises Problem if it does not answer.
    """
    connection = HTTPConnection(fleet.address(gateway), timeout=5)
    try:
        connection.request("GET", "/probe/hello")
        answer = connection.getresponse()
        answer.read()
    except (OSError, HTTPException) as error:
        raise Problem(f"{gateway} does not answer /probe/hello: {error}") from error
    finally:
        connection.close()
    return not answer.will_close


def _ask(address: str, path: str) -> bytes | None:
    """The body, or None for whatever went wrong."""
    connection = HTTPConnection(address, timeout=5)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, HTTPException):
        return None
    finally:
        connection.close()
    return body if answer.status == 200 else None
