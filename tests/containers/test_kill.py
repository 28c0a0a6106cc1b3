"""Whatever is killed comes back by itself."""

from collections.abc import Callable
from functools import partial

import pytest

from tests.containers.container import Container, docker
from tests.containers.traffic import Request
from tests.waiting import wait_until
from wsgi_gateways.catalogue import Gateway
from wsgi_gateways.compose import Stack


@pytest.mark.one_of_each_combination
def test_killed_workers_are_replaced(
    gateway: Gateway, stack: Stack, victim: Container, connect: Callable[[str], Request]
) -> None:
    started = victim.started()
    # Where each request is a process, there is none without a request.
    running = connect("/probe/stream?n=60&ms=1000").get()
    assert running.begin(7) == b"line 1\n"
    workers = victim.workers()

    victim.kill("KILL", workers)

    ends_all = gateway.has_quirk("killed-worker-ends-all")
    wait_until(lambda: stack.is_healthy(gateway.name), "it answers again", 10 if ends_all else 5)
    assert b"line 60\n" not in running.what_comes()  # it ends, and did not survive elsewhere
    assert victim.was_restarted_since(started) == ends_all
    if not ends_all:  # a new container counts from 1 again
        killed = {worker.pid for worker in workers}
        # A sibling may answer before the first process has seen that all of them have ended.
        wait_until(lambda: killed.isdisjoint(each.pid for each in victim.processes()), "they are gone", 5)


@pytest.mark.one_of_each_combination
def test_a_container_that_loses_a_server_is_started_anew(
    gateway: Gateway, stack: Stack, victim: Container
) -> None:
    for name in [server.name for server in victim.servers()]:
        started = victim.started()
        servers = [server for server in victim.servers() if server.name == name]
        # The kernel protects PID 1 from SIGKILL from inside, so that one is asked to end.
        victim.kill("TERM" if servers[0].pid == 1 else "KILL", servers)
        wait_until(partial(victim.was_restarted_since, started), f"restarted without {name}", 10)
        wait_until(lambda: stack.is_healthy(gateway.name), f"healthy again after {name} was killed", 10)


@pytest.mark.one_of_each_combination
def test_a_killed_container_starts_again(gateway: Gateway, stack: Stack, victim: Container) -> None:
    docker("kill", "--signal", "KILL", victim.name)
    docker("start", victim.name)
    wait_until(lambda: stack.is_healthy(gateway.name), "healthy in spite of stale files", 10)
