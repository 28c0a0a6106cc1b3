"""A test run that was killed leaves containers and volumes; the next one must not stumble over them."""

from tests.containers import one_off
from tests.containers.container import docker, start
from wsgi_gateways.compose import Stack


def test_a_container_takes_the_place_of_one_that_was_left(stack: Stack) -> None:
    name = f"{stack.configuration['name']}-left"
    sleeper = ["--network=none", "--entrypoint=sleep", stack.image("base")]
    start(name, *sleeper, "60")
    try:
        start(name, *sleeper, "61")
        assert docker("inspect", "--format", "{{.Args}}", name).strip() == "[61]"
    finally:
        docker("rm", "--force", name)


def test_so_does_a_volume(stack: Stack) -> None:
    docker("volume", "create", f"{stack.configuration['name']}-one-off")
    with one_off.volume(stack, 1) as name:
        assert docker("volume", "inspect", "--format", "{{.Options.type}}", name).strip() == "tmpfs"
