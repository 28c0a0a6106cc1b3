"""Start and remove a machine by hand: python -m tests.servers.machine up NAME --http-port 8300."""

import argparse
import shlex
from pathlib import Path

from tests.containers.container import docker
from tests.servers.machine import build_image, start

ROOT = Path(__file__).resolve().parents[3]
MACHINES = ROOT / ".build/machines"


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.servers.machine", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    up = verbs.add_parser("up", help="start one; prints how to reach it")
    up.add_argument("name")
    up.add_argument("--http-port", type=int, default=0)
    up.add_argument("--https-port", type=int, default=0)
    up.add_argument("--ssh-port", type=int, default=0)
    up.add_argument("--port", type=int, action="append", default=[], help="publish another port of it")
    verbs.add_parser("down", help="remove one").add_argument("name")
    arguments = parser.parse_args()
    if arguments.verb == "down":
        docker("rm", "--force", "--volumes", arguments.name)
        return
    MACHINES.mkdir(parents=True, exist_ok=True)
    build_image(ROOT / ".build/debian.log")
    machine = start(
        arguments.name,
        MACHINES / arguments.name,
        ssh_port=arguments.ssh_port,
        http_port=arguments.http_port,
        https_port=arguments.https_port,
        more_ports=arguments.port,
    )
    print(f"ssh:     {shlex.join(machine.ssh_command)}")  # noqa: T201
    print(f"HOST:    {machine.host}    with ANSIBLE_SSH_COMMON_ARGS='-F {machine.ssh_config}'")  # noqa: T201
    print(f"website: http://127.0.0.1:{machine.http_port}/, https://127.0.0.1:{machine.https_port}/")  # noqa: T201
    for there, here in machine.more_ports.items():
        print(f"port {there}: http://127.0.0.1:{here}/")  # noqa: T201


if __name__ == "__main__":
    main()
