"""What the tests of all gateways share: the port for raw bytes, what the application was told, the logs."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from tests.gateways.raw_http import ask, get
from tests.targets import SERVER, Target
from tests.waiting import wait_until
from wsgi_gateways.catalogue import Gateway

Environ = Callable[..., dict[str, object]]


@pytest.fixture(name="stack")
def containers_or_servers(target: str, request: pytest.FixtureRequest) -> Target:
    """What the test asks: the containers, or the servers."""
    found: Target = request.getfixturevalue("servers" if target == SERVER else "stack")
    return found


@pytest.fixture
def port(gateway: Gateway, stack: Target) -> int:
    """The gateway's port on 127.0.0.1."""
    return stack.port(gateway.name)


@pytest.fixture
def token() -> str:
    """A word that no other test has sent."""
    return f"test-{uuid4().hex[:20]}"


@pytest.fixture
def environ(port: int) -> Environ:
    """``environ(path, *headers)``: what the gateway tells the application about that GET request."""

    def of(path: str = "/probe/environ", *headers: str, host: str = "localhost") -> dict[str, object]:
        answer = ask(port, get(path, *headers, host=host))
        assert answer.status == 200, answer.body
        return {key: item["value"] for key, item in answer.json.items()}

    return of


@pytest.fixture
def log_lines(gateway: Gateway, stack: Target) -> Callable[[str], list[str]]:
    """``log_lines(token)``: the lines of the logs with that token, as soon as there are any."""

    def lines(token: str) -> list[str]:
        def found() -> list[str]:
            return [line for line in stack.logs(gateway.name, lines=400).splitlines() if token in line]

        return wait_until(found, f"{token} is in the log")

    return lines
