"""Fixtures for tests of servers; what was measured of each is printed at the end."""

from pathlib import Path

import pytest
import testinfra
from testinfra.host import Host

from tests.servers.server import Server, Servers
from wsgi_gateways.catalogue import Gateway

FIGURES = pytest.StashKey[dict[str, dict[str, str]]]()


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
def host(server: Server) -> Host:
    """The server as testinfra sees it, over SSH."""
    return testinfra.get_host(
        f"ssh://{server.machine.name}", ssh_config=str(server.machine.ssh_config), sudo=True
    )


@pytest.fixture
def figures_of(pytestconfig: pytest.Config) -> dict[str, dict[str, str]]:
    """What was measured, and of what: it is printed when all tests have run."""
    return pytestconfig.stash.setdefault(FIGURES, {})


@pytest.fixture
def figures(gateway: Gateway, figures_of: dict[str, dict[str, str]]) -> dict[str, str]:
    """What was measured of the gateway."""
    return figures_of.setdefault(gateway.name, {})


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for gateway, figures in config.stash.get(FIGURES, {}).items():
        measured = "; ".join(f"{what} {figure}" for what, figure in figures.items())
        terminalreporter.write_line(f"{gateway}: {measured}")
