"""Fixtures for tests against the running containers; a failing test shows their logs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from wsgi_gateways.catalogue import Gateway, read_catalogue
from wsgi_gateways.compose import Stack

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
    """Add logs and configuration of the container to the report of the test that failed on it."""
    report = yield
    parameters = (
        item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    )
    subject = parameters.get("gateway") or parameters.get("service")
    if report.failed and subject:
        name = subject.name if isinstance(subject, Gateway) else str(subject)
        report.sections.append((f"logs of {name}", Stack(ROOT).logs(name)))
        report.sections.append((f"configuration of {name}", configuration(name)))
    return report


def configuration(name: str) -> str:
    """The native files of the gateway that are its own, not its web server's."""
    files = sorted((ROOT / "images" / name / "etc").rglob("application.*"))
    return "\n".join(f"# {path.relative_to(ROOT)}\n{path.read_text()}" for path in files)
