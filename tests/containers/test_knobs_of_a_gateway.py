"""The knobs are what the gateway really does: so many processes, so many requests at a time."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.containers.one_off import ONE_OF_EACH_APPLICATION_SERVER, started
from wsgi_gateways.bench.concurrency import largest_overlap
from wsgi_gateways.catalogue import Gateway
from wsgi_gateways.compose import Stack

WORKERS, THREADS = 3, 2


@pytest.mark.one_of_each_combination
def test_as_many_requests_run_at_a_time_as_the_knobs_say(gateway: Gateway, stack: Stack) -> None:
    expected = gateway.concurrency or WORKERS * THREADS
    knobs = ("-e", f"WORKERS={WORKERS}", "-e", f"THREADS={THREADS}")
    # So long that the first is still running when the last process has started.
    path = f"/probe/process?ms={expected * 150}"

    with started(stack, gateway.name, *knobs) as (_, client), ThreadPoolExecutor(40) as clients:
        answers = [each.json() for each in clients.map(client.get, [path] * (expected + WORKERS))]

    assert largest_overlap([(each["began"], each["ended"]) for each in answers]) == expected
    if not gateway.wsgi.run_once:
        processes = WORKERS if gateway.wsgi.multiprocess else 1
        assert len({answer["pid"] for answer in answers}) == processes


@pytest.mark.parametrize("name", ONE_OF_EACH_APPLICATION_SERVER)
def test_the_board_has_room_for_as_many_as_the_knobs_allow(name: str, stack: Stack) -> None:
    knobs = ("-e", "WORKERS=32", "-e", "THREADS=1")
    with started(stack, name, *knobs) as (_, client), ThreadPoolExecutor(32) as clients:
        answers = list(clients.map(lambda _: client.get("/", timeout=60), range(32)))
    assert [answer.status_code for answer in answers] == [200] * 32
    assert all("Bulletin board" in answer.text for answer in answers)
