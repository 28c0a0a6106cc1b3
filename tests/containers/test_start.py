"""A container that starts answers nothing wrong while it does."""

import time

import httpx

from tests.containers.container import Container, docker, run_once
from wsgi_gateways.catalogue import Gateway
from wsgi_gateways.compose import Stack


def test_the_first_answer_after_a_start_is_that_of_the_application(
    gateway: Gateway, stack: Stack, victim: Container
) -> None:
    docker("stop", victim.name)
    docker("start", victim.name)

    answer = first_answer(f"{stack.address(gateway.name)}/probe/hello")

    assert (answer.status_code, answer.content) == (200, b"Hello, World!")


def test_where_no_socket_is_named_the_web_server_starts_at_once(stack: Stack) -> None:
    command = ["timeout", "20", "pair", "TERM", "echo", "the web server", "--", "sleep", "600"]
    started = run_once(stack.image("lighttpd-cgi"), *command)
    assert started.stdout == "the web server\n"


def first_answer(address: str) -> httpx.Response:
    """What comes first, once connections are taken and not closed without a word: within 10 seconds."""
    deadline = time.monotonic() + 10
    while True:
        try:
            return httpx.get(address, trust_env=False, timeout=10)
        except httpx.TransportError:
            assert time.monotonic() < deadline, "it never answered"
            time.sleep(0.01)
