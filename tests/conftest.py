"""Fixtures for tests of running containers and servers; a failing test shows their logs and configuration.

A test that takes ``gateway`` runs once for each gateway that tests/chosen.py names; one that also takes
``target`` does so for its container and, for the gateways that ``--servers`` names, once more for a server
that was provisioned with it. ``pytest -m server`` runs what needs such a server, ``pytest -m "not server"``
all else.
"""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.chosen import CATALOGUE, EVERY_GATEWAY, ROOT, combination, one_of_each
from tests.containers.evidence import evidence_of
from tests.servers.evidence import evidence_of_server
from tests.servers.server import FEW, PREFIX, Server, Servers
from tests.targets import CONTAINER, SERVER, Containers, Target
from wsgi_gateways.catalogue import Gateway
from wsgi_gateways.compose import PORTAL, Stack
from wsgi_gateways.output import Problem


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--servers",
        default=",".join(FEW),
        help="the gateways that get a server: names joined by commas, or all",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "server: needs a server that was provisioned")
    config.addinivalue_line("markers", "long: takes minutes, so that only `make test-servers` runs it")
    config.addinivalue_line("markers", "sample(gateway): long, but for this gateway")
    config.addinivalue_line("markers", "one_of_each_combination: slow; see tests/chosen.py")
    config.addinivalue_line("markers", "unit(name): only for gateways that have this unit")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Tests that share containers or servers run one after the other; `make test` runs others beside them."""
    item.add_marker(pytest.mark.xdist_group(shared_by(item)))


def shared_by(item: pytest.Item) -> str:
    """What the test shares with others: the containers of `make up`, the servers, or only its folder."""
    tests = ROOT / "tests"
    folder = item.path.relative_to(tests).parts[0] if item.path.is_relative_to(tests) else "elsewhere"
    fixtures = getattr(item, "fixturenames", [])
    if folder == "servers" or item.get_closest_marker("server"):
        return "servers"
    if "other_web_servers" in fixtures:
        return "other web servers"
    # A benchmark pauses the containers that it does not measure.
    return "stack" if "stack" in fixtures or folder == "bench" else folder


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Once for each gateway that the test is about."""
    names = metafunc.fixturenames
    if "gateway" not in names:
        return
    served = [CATALOGUE[name] for name in served_names(metafunc.config)]
    for marker in metafunc.definition.iter_markers("unit"):
        served = [gateway for gateway in served if marker.args[0] in gateway.units]
    if "target" in names:
        pairs = [pytest.param(gateway, CONTAINER, id=name) for name, gateway in CATALOGUE.items()]
        pairs += [
            pytest.param(gateway, SERVER, id=f"{gateway.name}-server", marks=pytest.mark.server)
            for gateway in served
        ]
        metafunc.parametrize(("gateway", "target"), pairs)
    elif "server" in names:
        metafunc.parametrize("gateway", [served_for(metafunc, gateway) for gateway in served])
    else:
        alike = metafunc.definition.get_closest_marker("one_of_each_combination")
        tried = one_of_each(combination) if alike else list(CATALOGUE)
        metafunc.parametrize("gateway", [CATALOGUE[name] for name in tried], ids=tried)


def served_for(metafunc: pytest.Metafunc, gateway: Gateway) -> Any:
    """The parameter of a test of servers, long where the test has samples and this is none."""
    samples = [marker.args[0] for marker in metafunc.definition.iter_markers("sample")]
    is_long = bool(samples) and gateway.name not in samples
    return pytest.param(gateway, id=gateway.name, marks=[pytest.mark.long] if is_long else [])


def served_names(config: pytest.Config) -> list[str]:
    """The gateways that get a server."""
    chosen = str(config.getoption("--servers"))
    names = list(CATALOGUE) if chosen == "all" else chosen.split(",")
    if unknown := [name for name in names if name not in CATALOGUE]:
        raise pytest.UsageError(f"--servers: no gateway is called {' or '.join(unknown)}")
    return names


@pytest.fixture(scope="session")
def catalogue() -> dict[str, Gateway]:
    return EVERY_GATEWAY


@pytest.fixture(scope="session")
def stack() -> Containers:
    """The running containers: `make test` has started them."""
    stack = Containers(ROOT)
    down = [name for name in CATALOGUE if not stack.is_healthy(name)]
    assert not down, f"not running, start them with `make up`: {', '.join(down)}"
    return stack


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """A server for each gateway that a test asks for; all of them are removed at the end."""
    servers = Servers(tmp_path_factory.mktemp("servers"))
    on_a_server = [item for item in request.session.items if item.get_closest_marker("server")]
    asked = (name for item in on_a_server for name in services_of(item))
    # Not what pytest fills in where a test is for none of the gateways.
    servers.begin(name for name in asked if name in CATALOGUE)
    yield servers
    servers.remove()


@pytest.fixture
def client(gateway: Gateway, stack: Target) -> Iterator[httpx.Client]:
    """An HTTP client of the gateway. It repeats nothing: one error is one failed test."""
    with httpx.Client(base_url=stack.address(gateway.name), trust_env=False, timeout=30) as client:
        yield client


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Any:
    """Add what containers or servers say for themselves to the report of the test that failed on them."""
    report = yield
    if report.failed and item.get_closest_marker("server"):
        names = dict.fromkeys([*services_of(item), *machines_of(item)])
        report.sections += [section for name in names for section in evidence_of_server(name)]
    elif report.failed:
        stack = Stack(ROOT)
        try:
            containers = [stack.container(service) for service in services_of(item)]
        except Problem as problem:  # a failure stays one, whatever has become of the engine
            report.sections.append(("containers", str(problem)))
        else:
            report.sections += [section for name in containers for section in evidence_of(name)]
    return report


def services_of(item: pytest.Item) -> list[str]:
    """The services that the test asks: a gateway, the portal, or both."""
    parameters = (
        item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    )
    subjects = [parameters[name] for name in ("gateway", "service") if name in parameters]
    names = [subject.name if isinstance(subject, Gateway) else str(subject) for subject in subjects]
    asks_portal = any(name.startswith(PORTAL) for name in getattr(item, "fixturenames", []))
    return [*names, PORTAL] if asks_portal and PORTAL not in names else names


def machines_of(item: pytest.Item) -> list[str]:
    """The servers that the fixtures of the test have given it, by the names that its folder knows."""
    given = [getattr(value, "server", value) for value in getattr(item, "funcargs", {}).values()]
    return [each.machine.name.removeprefix(PREFIX) for each in given if isinstance(each, Server)]
