"""Every gateway runs as many requests at a time as its knobs say, and many clients meet no error."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.gateways.raw_http import ask, get
from tests.targets import Target
from wsgi_gateways.bench.concurrency import largest_overlap
from wsgi_gateways.catalogue import Gateway

CLIENTS = 64


@pytest.fixture
def expected(gateway: Gateway, stack: Target) -> int:
    """What gateway.yml says, else the knobs as they are computed there."""
    return gateway.concurrency or int(stack.told(gateway.name, "with-knobs sh -c 'echo $CONCURRENCY'"))


def test_as_many_requests_run_at_a_time_as_the_knobs_say(gateway: Gateway, port: int, expected: int) -> None:
    # An interpreter a request: the last of them has to start before the first one ends.
    milliseconds = 300 if not gateway.wsgi.run_once else 500 + 60 * expected
    requests = 3 * expected if not gateway.wsgi.run_once else expected + 4

    def span(_: int) -> tuple[float, float]:
        told = ask(port, get(f"/probe/process?ms={milliseconds}")).json
        return told["began"], told["ended"]

    with ThreadPoolExecutor(requests) as clients:
        spans = list(clients.map(span, range(requests)))
    assert largest_overlap(spans) == expected


def test_64_clients_at_once_meet_no_error(gateway: Gateway, stack: Target) -> None:
    each = 1 if gateway.wsgi.run_once else 10
    address = stack.address(gateway.name)

    def visit(number: int) -> list[tuple[int, str]]:
        with httpx.Client(base_url=address, trust_env=False, timeout=60) as client:
            answers = [client.post("/probe/echo", content=f"{number}-{turn}") for turn in range(each)]
        return [(answer.status_code, answer.text) for answer in answers]

    with ThreadPoolExecutor(CLIENTS) as clients:
        visits = list(clients.map(visit, range(CLIENTS)))
    assert visits == [[(200, f"{number}-{turn}") for turn in range(each)] for number in range(CLIENTS)]
