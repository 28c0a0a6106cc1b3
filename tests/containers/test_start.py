"""A container that starts answers nothing wrong while it does."""

from functools import partial

import httpx

from tests.containers.container import Container, docker, run_once
from tests.waiting import wait_until
from wsgi_gateways.catalogue import Gateway
from wsgi_gateways.compose import Stack


def test_the_first_answer_after_a_start_is_that_of_the_application(
    gateway: Gateway, stack: Stack, victim: Container
) -> None:
    docker("stop", victim.name)
    docker("start", victim.name)

    address = f"{stack.address(gateway.name)}/probe/hello"
    answer = wait_until(partial(answer_of, address), "it answers", 10)

    assert (answer.status_code, answer.content) == (200, b"Hello, World!")


def test_where_no_socket_is_named_the_web_server_starts_at_once(stack: Stack) -> None:
    command = ["timeout", "20", "pair", "TERM", "echo", "the web server", "--", "sleep", "600"]
    started = run_once(stack.image("lighttpd-cgi"), *command)
    assert started.stdout == "the web server\n"


def answer_of(address: str) -> httpx.Response | None:
    """Whatever it answers; None while connections are refused, or closed without a word."""
    try:
        return httpx.get(address, trust_env=False, timeout=10)
    except httpx.TransportError:
        return None
