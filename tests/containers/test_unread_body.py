"""An application may answer without reading the body; that must not cost the gateway a thread."""

import httpx

from tests.containers.one_off import started
from wsgi_gateways.catalogue import Gateway
from wsgi_gateways.compose import Stack

BODY = bytes(8 * 1024 * 1024)


def test_an_answer_before_the_end_of_the_body_ends_the_request(gateway: Gateway, stack: Stack) -> None:
    with started(stack, gateway.name) as (_, client):
        ends = all(answers_in_time(client) for _ in range(16))
    assert ends != gateway.has_quirk("unread-body-holds-a-thread")


def answers_in_time(client: httpx.Client) -> bool:
    """Whether a request whose body nobody reads is over within five seconds."""
    try:
        return client.post("/probe/hello", content=BODY, timeout=5).status_code == 200
    except httpx.TimeoutException:
        return False
