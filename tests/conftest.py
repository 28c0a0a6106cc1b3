"""Fixtures for tests against the running containers; a failing test shows their logs and configuration."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.containers.evidence import evidence_of
from wsgi_gateways.catalogue import Gateway, read_catalogue
from wsgi_gateways.compose import PORTAL, Stack
from wsgi_gateways.output import Problem

ROOT = Path(__file__).resolve().parents[1]
CATALOGUE = read_catalogue(ROOT)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes ``gateway`` runs once for each folder under images/."""
    if "gateway" in metafunc.fixturenames:
        metafunc.parametrize("gateway", CATALOGUE.values(), ids=CATALOGUE.keys())


@pytest.fixture(scope="session")
def catalogue() -> dict[str, Gateway]:
    return CATALOGUE


@pytest.fixture(scope="session")
def stack() -> Stack:
    """The running containers: `make test` has started them."""
    stack = Stack(ROOT)
    down = [name for name in CATALOGUE if not stack.is_healthy(name)]
    assert not down, f"not running, start them with `make up`: {', '.join(down)}"
    return stack


@pytest.fixture
def client(gateway: Gateway, stack: Stack) -> Iterator[httpx.Client]:
    """An HTTP client of the gateway. It repeats nothing: one error is one failed test."""
    with httpx.Client(base_url=stack.address(gateway.name), trust_env=False, timeout=30) as client:
        yield client


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Any:
    """Add what the containers say for themselves to the report of the test that failed on them."""
    report = yield
    if report.failed:
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
