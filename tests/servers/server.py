"""Servers with a gateway, provisioned by the command line as a user would do it."""

import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import httpx

from tests.chosen import CATALOGUE, few
from tests.containers.container import docker
from tests.servers import machine
from tests.servers.machine import Machine
from tests.targets import memory_of_container
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
# The gateways whose servers the longest tests use, as the marker "sample" says.
SAMPLES = ("nginx-fastcgi", "apache-cgi", "lighttpd-scgi")
# What `make test` provisions.
FEW = few(CATALOGUE.values(), SAMPLES)
# One that no gateway has.
ANOTHER_PORT = 8123
# Servers that become one at the same time.
AT_A_TIME = 4
CHANGED = re.compile(r"^server +: .*\bchanged=(?P<changed>\d+) ", re.MULTILINE)
# Those of all web servers, and of application servers that have none before them.
LOGS = "/var/log/*/access.log /var/log/*/error.log /var/log/*haproxy.log"
# Two checkouts can test side by side, each as a compose project of its own.
PREFIX = os.environ.get("COMPOSE_PROJECT_NAME", "wsgi-gateways") + "-server-"


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    status: int
    output: str
    seconds: float

    @property
    def changed(self) -> int:
        """How many of the playbook's tasks changed something, as its last line says."""
        found = CHANGED.search(self.output)
        assert found, self.output
        return int(found["changed"])


def run(command: Sequence[str], ssh_config: Path, **environment: str) -> Done:
    """Run a command that logs in to machines as their ``ssh_config`` says; all that it prints is kept."""
    began = time.monotonic()
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "ANSIBLE_SSH_COMMON_ARGS": f"-F {ssh_config}", **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Done(done.returncode, done.stdout, time.monotonic() - began)


@dataclass
class Server:
    """A machine, and the gateway that it is meant to have."""

    machine: Machine
    gateway: str
    provisioned: Done = field(init=False, repr=False)

    def make(self, verb: str, *arguments: str) -> Done:
        """Run `wsgi-gateways VERB HOST …` as `make` does."""
        return run(self._command(verb, *arguments), self.machine.ssh_config, NO_COLOR="1")

    def start(self, verb: str, *arguments: str) -> "subprocess.Popen[bytes]":
        """The same, begun in a process group of its own, for a test that ends it too early."""
        return subprocess.Popen(
            self._command(verb, *arguments),
            cwd=ROOT,
            env={**os.environ, "ANSIBLE_SSH_COMMON_ARGS": f"-F {self.machine.ssh_config}"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _command(self, verb: str, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "wsgi_gateways.cli", verb, self.machine.host, *arguments]

    def made(self, verb: str, *arguments: str) -> Done:
        """The same, for a command that must succeed."""
        done = self.make(verb, *arguments)
        assert done.status == 0, done.output
        return done

    @property
    def address(self) -> str:
        """Where a browser finds the gateway."""
        return f"http://127.0.0.1:{self.machine.http_port}/"

    def is_healthy(self) -> bool:
        """Whether the application answers through the web server."""
        try:
            return httpx.get(f"{self.address}healthz", trust_env=False, timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def release(self) -> str:
        """The name of the release that is current."""
        return Path(self.machine.run("readlink /srv/app/current").strip()).name

    def copy_release(self, path: str, *without: str) -> None:
        """Put a copy of the current release there below /srv/app, without some of its files."""
        copy = f"sudo cp --archive --link releases/{self.release()} {path}"
        self.machine.run(f"cd /srv/app && {copy} && cd {path} && sudo rm -r {' '.join(without)}")

    def switch(self, path: str) -> None:
        """Make what lies there below /srv/app the current release, in one step, and tell no server."""
        self.machine.run(f"cd /srv/app && sudo ln -sfn {path} new && sudo mv -T new current")

    def releases(self) -> list[str]:
        """The names of all releases that are kept."""
        return self.machine.run("ls /srv/app/releases").split()


class Servers:
    """One server for each gateway, and machines for tests of their own; all removed together."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: list[str] = []
        self._threads = ThreadPoolExecutor(AT_A_TIME)
        self._provisioned: dict[str, Future[Server]] = {}

    @cached_property
    def image(self) -> str:
        """The image of a bare machine, built."""
        machine.build_image(self._folder / "debian.log")
        return machine.IMAGE

    def bare(self, name: str, more_ports: Sequence[int] = ()) -> Server:
        """A machine that nothing was done to, with a name of its own."""
        assert self.image
        self._names.append(name)
        return Server(machine.start(PREFIX + name, self._folder / name, more_ports=more_ports), name)

    def begin(self, gateways: Iterable[str]) -> None:
        """Let them become servers in the background, some at a time: each waits for its downloads."""
        assert self.image
        for gateway in gateways:
            if gateway not in self._provisioned:
                self._provisioned[gateway] = self._threads.submit(self._provision, gateway)

    def of(self, gateway: str) -> Server:
        """The server of a gateway; where provisioning failed once it is not tried again."""
        self.begin([gateway])
        return self._provisioned[gateway].result()

    def _provision(self, gateway: str) -> Server:
        server = self.bare(gateway, more_ports=[ANOTHER_PORT])
        server.provisioned = server.made("provision", gateway)
        wait_until(server.is_healthy, f"the new server of {gateway} is healthy", 30)
        return server

    def remove(self) -> None:
        """The end of all machines, those that were not provisioned as well."""
        self._threads.shutdown(cancel_futures=True)
        for name in self._names:
            docker("rm", "--force", "--volumes", PREFIX + name)

    # What tests.targets.Target promises:

    def port(self, service: str) -> int:
        return self.of(service).machine.http_port

    def address(self, service: str) -> str:
        return self.of(service).address

    def container(self, service: str) -> str:
        return self.of(service).machine.name

    def logs(self, service: str, lines: int = 40) -> str:
        # The files of the web server, then what all units wrote to the journal.
        files = f"sudo sh -c 'ls {LOGS} 2>/dev/null | xargs -r tail -q -n {lines}'"
        return self.of(service).machine.run(f"{files}; sudo journalctl --boot --output cat --lines {lines}")

    def told(self, service: str, command: str) -> str:
        # As a unit of the gateway runs it.
        as_unit = "sudo systemd-run --quiet --collect --pipe --wait --uid www-data"
        as_unit += " --property EnvironmentFile=/etc/gateway.env sh -c"
        return self.of(service).machine.run(f"{as_unit} {shlex.quote(command)}")

    def memory(self, service: str) -> int:
        return memory_of_container(self.container(service))

    def same_board(self, service: str) -> list[str]:
        return [service]
