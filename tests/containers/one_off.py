"""One more container of a gateway, as hardened as its service, for tests that spoil it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tests.chosen import one_of_each
from tests.containers.container import Container, docker
from tests.containers.evidence import log_of
from tests.waiting import wait_until
from wsgi_gateways.compose import Stack

# For what the application server and the application do, whichever web server is in front.
ONE_OF_EACH_APPLICATION_SERVER = one_of_each(lambda gateway: gateway.application_server)


@contextmanager
def started(stack: Stack, gateway: str, *options: str) -> Iterator[tuple[Container, httpx.Client]]:
    """Start it with these options of `docker compose run`, and remove it in the end.

    A test that fails prints its log first.
    """
    container = Container(f"{stack.configuration['name']}-{gateway}-one-off")
    run = ["run", "--detach", "--no-deps", "--name", container.name, "--publish", "127.0.0.1::80"]
    # Of an earlier run that was killed.
    docker("rm", "--force", container.name)
    stack.compose(*run, *options, gateway)
    try:
        address = docker("port", container.name, "80").strip()
        # A connection for each request: a server that refuses a body closes its connection.
        limits = httpx.Limits(max_keepalive_connections=0)
        with httpx.Client(base_url=f"http://{address}", trust_env=False, timeout=20, limits=limits) as client:
            wait_until(lambda: is_healthy(client), f"{container.name} healthy", 20)
            yield container, client
    except BaseException:
        # It is gone when pytest makes its report.
        sys.stderr.write(f"log of {container.name}:\n{log_of(container.name)}")
        raise
    finally:
        docker("rm", "--force", container.name)


@contextmanager
def volume(stack: Stack, megabytes: int) -> Iterator[str]:
    """A volume in memory that is full soon; its owner is that of /var/lib/app."""
    name = f"{stack.configuration['name']}-one-off"
    mount = f"o=size={megabytes}m,uid=33,gid=33,mode=750"
    docker("volume", "rm", "--force", name)
    docker("volume", "create", "--opt", "type=tmpfs", "--opt", "device=tmpfs", "--opt", mount, name)
    try:
        yield name
    finally:
        docker("volume", "rm", name)


def fill(container: Container, folder: str) -> None:
    """Leave no room in the folder."""
    container.run("sh", "-c", f"! head -c 1G /dev/zero 2>/dev/null >{folder}/filler")


def make_room(container: Container, folder: str) -> None:
    container.run("rm", f"{folder}/filler")


def is_healthy(client: httpx.Client) -> bool:
    try:
        return client.get("/healthz").status_code == 200
    except httpx.TransportError:
        return False
