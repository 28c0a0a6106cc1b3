"""What runs in the container is what was provisioned: the same files, packages and processes."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from testinfra.host import Host

from tests.containers.container import Container, docker, start
from tests.servers.server import PREFIX, Server
from tests.waiting import wait_until
from wsgi_gateways import commands, images, layers
from wsgi_gateways.catalogue import Gateway
from wsgi_gateways.compose import Stack

ROOT = Path(__file__).resolve().parents[2]
VERSIONS = ["dpkg-query", "--show", "--showformat", "${Package} ${Version}\\n"]
# Run inside: the command line of every process of www-data, which for some programs is a title.
COMMAND_LINES = """
import json, os, pathlib
lines = []
for folder in pathlib.Path("/proc").glob("[0-9]*"):
    try:
        if folder.stat().st_uid == 33 and int(folder.name) != os.getpid():
            lines.append(" ".join((folder / "cmdline").read_text().split("\\0")).strip())
    except (FileNotFoundError, ProcessLookupError):
        continue
print(json.dumps(lines))
"""


@pytest.fixture
def container(gateway: Gateway) -> Iterator[str]:
    """A container of the gateway's image, healthy."""
    stack = Stack(ROOT)
    image = stack.image(gateway.name)
    if not commands.answers(["docker", "image", "inspect", image]):
        for built in images.build(stack, [gateway.name]):
            assert built.succeeded, images.explain(built)
    name = f"{PREFIX}parity-{gateway.name}"
    hardened = [
        "--read-only",
        "--tmpfs",
        "/run:uid=33",
        "--tmpfs",
        "/tmp:uid=33",
        "--tmpfs",
        "/var/lib/app:uid=33",
    ]
    start(name, *hardened, "--env-file", str(ROOT / "gateway.env"), image)
    try:
        # The engine would look only after ten seconds.
        wait_until(lambda: Container(name).answers(), f"{name} healthy", 60)
        yield name
    finally:
        docker("rm", "--force", name)


def test_every_file_of_the_folder_and_its_layers_is_there_byte_for_byte(
    gateway: Gateway, server: Server
) -> None:
    merged = layers.merge(ROOT / "images", gateway.name)
    files = {f"/{path}": source for path, source in merged.items()}
    files["/etc/gateway.env"] = ROOT / "gateway.env"
    expected = {target: hashlib.sha256(path.read_bytes()).hexdigest() for target, path in files.items()}
    printed = server.machine.run(f"sudo sha256sum {' '.join(expected)}").splitlines()
    assert {path: digest for digest, path in map(str.split, printed)} == expected


def test_the_packages_have_the_versions_of_the_image(
    gateway: Gateway, server: Server, container: str
) -> None:
    packages = layers.packages(ROOT / "images", gateway.name)
    in_the_image = dict(map(str.split, docker("exec", container, *VERSIONS).splitlines()))
    listed = server.machine.run(" ".join([*VERSIONS[:-1], f"'{VERSIONS[-1]}'"])).splitlines()
    on_the_server = dict(map(str.split, listed))
    wanted = [*packages, "python3.13", "libpython3.13-stdlib"]
    assert {name: on_the_server[name] for name in wanted} == {name: in_the_image[name] for name in wanted}


def test_the_processes_have_the_command_lines_of_the_container(host: Host, container: str) -> None:
    def in_the_container() -> set[str]:
        return servers(
            json.loads(docker("exec", "-i", container, "python3", "-IS", "-", given=COMMAND_LINES.encode()))
        )

    on_the_server = servers(json.loads(host.check_output("python3 -ISc %s", COMMAND_LINES)))
    assert on_the_server
    assert on_the_server == in_the_container()


def servers(command_lines: list[str]) -> set[str]:
    """Each command line once; `pair` and the healthcheck are the container's own."""
    return {line for line in command_lines if line and "/usr/local/bin/" not in line}
