"""What a container may use, where it listens, and how the engine watches it."""

from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.containers.container import Container, run_once
from tests.waiting import wait_until
from wsgi_gateways.catalogue import Gateway
from wsgi_gateways.compose import Stack

# Where a server's program is not called like the server, in lower case.
PROGRAMS = {"Apache": "apache2", "granian": "python", "waitress": "python"}
LISTENING = "0A"  # of the states in /proc/net/tcp
LOOPBACK, RESOLVER = "0100007F", "0B00007F"  # 127.0.0.1; 127.0.0.11, which is the engine's own
# Interfaces without UNIX sockets: web server and application server meet at this port of the loopback.
INSIDE = {"AJP": {8009}}


def test_only_port_80_listens_to_others(
    service: str, container: Container, catalogue: dict[str, Gateway]
) -> None:
    sockets = [line.split() for line in container.run("cat", "/proc/net/tcp", "/proc/net/tcp6").splitlines()]
    addresses = [socket[1].split(":") for socket in sockets if socket[3] == LISTENING]
    assert {int(port, 16) for address, port in addresses if address not in (LOOPBACK, RESOLVER)} == {80}
    inside = {int(port, 16) for address, port in addresses if address == LOOPBACK}
    assert inside == (INSIDE.get(catalogue[service].interface, set()) if service in catalogue else set())


def test_the_port_is_published_on_this_machine_only(service: str, container: Container) -> None:
    published = container.inspect()["NetworkSettings"]["Ports"]
    assert list(published) == ["80/tcp"]
    assert {binding["HostIp"] for binding in published["80/tcp"]} == {"127.0.0.1"}


def test_memory_processes_and_logs_are_bounded(service: str, container: Container) -> None:
    given = container.inspect()["HostConfig"]
    assert given["Memory"] == 2 * 1024**3
    assert given["PidsLimit"] == 512
    assert given["LogConfig"] == {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "2"}}


def test_the_engine_finds_the_container_healthy(service: str, container: Container) -> None:
    def is_healthy() -> bool:
        return bool(container.inspect()["State"]["Health"]["Status"] == "healthy")

    wait_until(is_healthy, "the engine's healthcheck passes", 20)


def test_the_healthcheck_fails_where_nothing_answers(service: str, container: Container) -> None:
    assert container.inspect()["Config"]["Healthcheck"]["Test"] == ["CMD", "ask-healthz"]
    asked = run_once(container.image(), options=["--entrypoint", "ask-healthz"])
    assert asked.returncode == 1
    assert "Connection refused" in asked.stderr


def test_the_processes_are_those_that_gateway_yml_names(gateway: Gateway, container: Container) -> None:
    names = {process.name for process in container.servers()}
    servers = [gateway.reached_server, gateway.application_server][: len(gateway.units)]
    assert names == {PROGRAMS.get(server, server.lower()) for server in servers}


def test_64_requests_at_once_stay_within_the_limits(
    gateway: Gateway, stack: Stack, container: Container
) -> None:
    def ask(_: int) -> int:
        return httpx.get(
            stack.address(gateway.name) + "probe/process?ms=20", trust_env=False, timeout=60
        ).status_code

    before = refused_forks(container)
    with ThreadPoolExecutor(64) as clients:
        assert set(clients.map(ask, range(64))) == {200}
    assert refused_forks(container) == before
    assert not container.inspect()["State"]["OOMKilled"]


def refused_forks(container: Container) -> str:
    """How often the limit of processes was met (cgroup v2, then v1)."""
    files = "/sys/fs/cgroup/pids.events /sys/fs/cgroup/pids/pids.events"
    return container.run("sh", "-c", f"for file in {files}; do ! [ -r $file ] || cat $file; done")
