"""`docker stop` of the portal ends no running request."""

import subprocess
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.containers.container import Container, docker
from tests.containers.traffic import Request
from tests.waiting import wait_until
from wsgi_gateways.compose import PORTAL, Stack


@pytest.fixture
def container(stack: Stack) -> Iterator[Container]:
    """The portal's container; it is healthy again after the test."""
    container = Container(stack.container(PORTAL))
    yield container
    docker("start", container.name)
    wait_until(lambda: stack.is_healthy(PORTAL), "the portal is healthy again", 20)


def test_a_running_stream_ends_whole(container: Container, portal_url: str) -> None:
    path = "/gateway/nginx-fastcgi/probe/stream?n=4&ms=800"
    with closing(Request(portal_url, path)) as stream:
        assert stream.get().begin(7) == b"line 1\n"
        with subprocess.Popen(["docker", "stop", container.name], stdout=subprocess.DEVNULL) as stop:
            assert stream.rest() == b"line 2\nline 3\nline 4\n"
            assert stop.wait() == 0
    assert container.inspect()["State"]["ExitCode"] == 0
