"""gunicorn reloads under load, and no request is lost: HUP starts new workers and ends the old ones."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.chosen import CATALOGUE
from tests.containers.container import Container, Process
from tests.waiting import wait_until
from wsgi_gateways.compose import Stack

CLIENTS = 8
RELOADS = 5
RELOADED = [name for name, gateway in CATALOGUE.items() if gateway.application_server == "gunicorn"]
BODY = b"x" * 5000


@pytest.fixture(params=RELOADED)
def reloaded(request: pytest.FixtureRequest) -> str:
    """The name of a gateway that gunicorn serves."""
    return str(request.param)


def test_five_reloads_under_load_lose_no_request(reloaded: str, stack: Stack) -> None:
    container = Container(stack.container(reloaded))
    stopped = threading.Event()

    def visit(_: int) -> Counter[str]:
        """Send requests on one kept connection until the reloads are over; count what comes of them."""
        outcomes: Counter[str] = Counter()
        with httpx.Client(base_url=stack.address(reloaded), trust_env=False, timeout=20) as client:
            while not stopped.is_set() and outcomes.total() < 100_000:
                try:
                    get = client.get("/probe/hello")
                    post = client.post("/probe/echo", content=BODY)
                except httpx.HTTPError as error:
                    outcomes[repr(error)] += 1
                else:
                    outcomes["right" if get.text == "Hello, World!" else f"GET: {get.status_code}"] += 1
                    outcomes["right" if post.content == BODY else f"POST: {post.status_code}"] += 1
        return outcomes

    with ThreadPoolExecutor(CLIENTS) as clients:
        visits = [clients.submit(visit, number) for number in range(CLIENTS)]
        try:
            for _ in range(RELOADS):
                reload(container)
        finally:
            stopped.set()
        outcomes = sum((visit.result() for visit in visits), Counter[str]())
    assert outcomes.keys() == {"right"}, outcomes
    assert outcomes.total() > 100 * RELOADS


def reload(container: Container) -> None:
    """Send HUP to gunicorn's first process; return when all of its workers are new and no old one is left."""
    before = workers_of(container)
    master = {worker.parent for worker in before}
    container.kill("HUP", [process for process in container.processes() if process.pid in master])
    old = {worker.pid for worker in before}
    wait_until(
        lambda: (
            old.isdisjoint(now := {worker.pid for worker in workers_of(container)}) and len(now) == len(old)
        ),
        "all workers are new",
        30,
    )


def workers_of(container: Container) -> list[Process]:
    """gunicorn's workers: its processes whose parent is gunicorn, too."""
    processes = [process for process in container.processes() if process.name == "gunicorn"]
    masters = {process.pid for process in processes}
    return [process for process in processes if process.parent in masters]
