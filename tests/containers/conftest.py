"""Fixtures for what is not seen through HTTP: containers, images, processes."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest
import testinfra
from testinfra.host import Host

from tests.chosen import CATALOGUE, ROOT
from tests.containers.container import Container, docker
from tests.containers.other_web_servers.site import started
from tests.containers.traffic import Request
from tests.waiting import wait_until
from wsgi_gateways.catalogue import Gateway
from wsgi_gateways.compose import PORTAL, Stack


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes ``service`` runs once for each gateway and for the portal."""
    if "service" in metafunc.fixturenames:
        metafunc.parametrize("service", [*CATALOGUE, PORTAL])


@pytest.fixture
def container(request: pytest.FixtureRequest, stack: Stack) -> Container:
    """The container of the ``gateway`` or ``service`` that the test runs for."""
    if "service" in request.fixturenames:
        return Container(stack.container(request.getfixturevalue("service")))
    return Container(stack.container(request.getfixturevalue("gateway").name))


@pytest.fixture(scope="session")
def other_web_servers() -> Iterator[Container]:
    """A container with the web servers that no gateway has; none of them runs yet."""
    with started(Stack(ROOT)) as container:
        yield container


@pytest.fixture
def host(container: Container) -> Host:
    """The container as testinfra sees it."""
    return testinfra.get_host(f"docker://{container.name}")


@pytest.fixture
def connect(gateway: Gateway, stack: Stack) -> Iterator[Callable[[str], Request]]:
    """Makes a request of the gateway for a path; all connections are closed after the test."""
    with ExitStack() as connections:
        yield lambda path: connections.enter_context(closing(Request(stack.address(gateway.name), path)))


@pytest.fixture
def victim(gateway: Gateway, stack: Stack, container: Container) -> Iterator[Container]:
    """A container that the test may stop or kill: it runs and is healthy again afterwards."""
    yield container
    docker("start", container.name)
    wait_until(lambda: stack.is_healthy(gateway.name), f"{gateway.name} healthy again", 20)
