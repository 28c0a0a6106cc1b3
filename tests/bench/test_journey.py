"""Locust's users: content with a gateway, and not with a board that forgets or fails."""

import json
import re
import socket
import subprocess
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import httpx
import pytest
from werkzeug.serving import make_server

from board import Settings, create_application
from wsgi_gateways.bench import journey
from wsgi_gateways.bench.fleet import Fleet
from wsgi_gateways.catalogue import Gateway
from wsgi_gateways.compose import Stack
from wsgi_gateways.output import Problem

ROOT = Path(__file__).resolve().parents[2]
STEPS = {"/signup", "/login", "/", "/threads/N", "/threads/N/replies", "/search?q=WORD", "/logout"}


@pytest.fixture(scope="session")
def locust() -> None:
    subprocess.run(["make", ".build/locust/ready"], cwd=ROOT, check=True, timeout=250)


def travel(address: str, users: int, workers: int = 1) -> tuple[int, list[dict[str, Any]]]:
    """Locust's exit status, and what it counted at each step."""
    command = [*journey.command(ROOT, address, users, workers, seconds=5), "--json", "--skip-log"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
    # Each process prints a list; that of a worker is empty, because it has told the master.
    [counted] = re.findall(r"^\[\n.*?^\]", done.stdout, re.MULTILINE | re.DOTALL)
    steps: list[dict[str, Any]] = json.loads(counted)
    return done.returncode, steps


def failed(steps: list[dict[str, Any]]) -> set[str]:
    return {each["name"] for each in steps if each["num_failures"]}


@pytest.fixture(scope="module")
def address(catalogue: dict[str, Gateway], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One gateway, with a board of its own."""
    name = next(name for name, each in catalogue.items() if not each.wsgi.run_once)
    fleet = Fleet.start(Stack(ROOT), [name], tmp_path_factory.mktemp("fleet"), {})
    # The first page takes seconds of imports in each process, and is not what is tried here.
    for _ in range(8):
        httpx.get(f"http://{fleet.address(name)}/signup", trust_env=False, timeout=60).raise_for_status()
    yield f"http://{fleet.address(name)}"
    fleet.stop()


@pytest.mark.usefixtures("locust")
def test_a_gateway_serves_the_whole_journey_without_a_failure(address: str) -> None:
    status, steps = travel(address, users=2)
    assert failed(steps) == set()
    assert {each["name"] for each in steps} >= STEPS
    assert status == 0


@pytest.mark.usefixtures("locust")
def test_what_several_workers_did_is_counted_together(address: str) -> None:
    status, steps = travel(address, users=2, workers=2)
    # Each of the two users, one in each worker, has at least opened the form.
    assert sum(each["num_requests"] for each in steps if each["name"] == "/signup") >= 2
    assert failed(steps) == set()
    assert status == 0


def forgetful(board: WSGIApplication) -> WSGIApplication:
    """A board that takes a reply, says so, and does not keep it."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not environ["PATH_INFO"].endswith("/replies"):
            return board(environ, start_response)
        start_response("303 See Other", [("Location", environ["PATH_INFO"].removesuffix("/replies"))])
        return []

    return answer


def failing(board: WSGIApplication) -> WSGIApplication:
    """A board whose search is broken."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/search" or not environ["QUERY_STRING"]:
            return board(environ, start_response)
        start_response("500 Internal Server Error", [("Content-Type", "text/plain")])
        return [b"1 post found"]

    return answer


@contextmanager
def served(application: WSGIApplication) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.usefixtures("locust")
@pytest.mark.parametrize(("broken", "step"), [(forgetful, "/threads/N/replies"), (failing, "/search?q=WORD")])
def test_a_journey_on_a_faulty_board_fails_where_the_fault_is(broken: Any, step: str, tmp_path: Path) -> None:
    with served(broken(create_application(Settings.from_environ({"DATA_DIR": str(tmp_path)})))) as address:
        status, steps = travel(address, users=2)
    assert failed(steps) == {step}
    assert status == 1


@pytest.mark.usefixtures("locust")
def test_a_server_that_answers_nothing_is_a_failure_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        command = journey.command(ROOT, f"http://127.0.0.1:{silent.getsockname()[1]}", 1, 2, 2)
        done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
    assert "not one page was answered" in done.stderr
    assert done.returncode == 1


def test_without_locust_the_message_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="make load"):
        journey.command(tmp_path, "http://127.0.0.1:1/", 1, 1, None)


def test_nothing_of_locust_listens_beyond_this_machine(locust: None) -> None:
    command = journey.command(ROOT, "http://127.0.0.1:8124/", 20, 4, None)
    assert {"--web-host=127.0.0.1", "--master-bind-host=127.0.0.1", "--processes=4"} <= set(command)
    assert "--headless" not in command
