"""Fixtures for tests of servers; what was measured of each is printed at the end."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
import testinfra
from testinfra.host import Host

from tests.servers.server import Server, Servers
from wsgi_gateways.catalogue import Gateway

FIGURES = "figures of "


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests of this folder need a server."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker("server")


@pytest.fixture
def server(gateway: Gateway, servers: Servers) -> Server:
    """The server of the gateway."""
    return servers.of(gateway.name)


@pytest.fixture
def one_server(servers: Servers) -> Server:
    """A server for what does not depend on its gateway."""
    return servers.of("nginx-fastcgi")


@pytest.fixture
def host(server: Server) -> Host:
    """The server as testinfra sees it, over SSH."""
    return testinfra.get_host(
        f"ssh://{server.machine.name}", ssh_config=str(server.machine.ssh_config), sudo=True
    )


@pytest.fixture
def subject(gateway: Gateway) -> str:
    """What the figures of a test are about."""
    return gateway.name


@pytest.fixture
def figures(subject: str, request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """What the test measures: it is printed when all tests have run."""
    figures: dict[str, str] = {}
    yield figures
    properties = request.node.user_properties
    properties += [(FIGURES + subject, f"{what} {figure}") for what, figure in figures.items()]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures; they are in the reports, because another process may have run the test."""
    measured: dict[str, list[str]] = {}
    for report in chain(*terminalreporter.stats.values()):
        if getattr(report, "when", None) == "teardown":
            for name, figure in report.user_properties:
                if name.startswith(FIGURES):
                    measured.setdefault(name.removeprefix(FIGURES), []).append(figure)
    for subject, figures in measured.items():
        terminalreporter.write_line(f"{subject}: {'; '.join(figures)}")
