"""The containers under test: started with an empty board, paused but for one, removed."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Self

from wsgi_gateways import commands
from wsgi_gateways.bench.cgroup import Cgroup, of_process
from wsgi_gateways.bench.containers import configuration, gateway_of
from wsgi_gateways.compose import Stack
from wsgi_gateways.output import Problem

_SECONDS_TO_START = 60
_SECONDS_TO_PAUSE = 20
# gunicorn ends a worker that it has not heard of for 120 seconds, paused or not.
_LONGEST_PAUSE = 60
_SECONDS_TO_BREATHE = 1.5
# Of a log, in a message.
_LINES = "20"


@dataclass
class Fleet:
    """The running containers; at most one is not paused."""

    root: Path
    file: Path
    project: str
    names: list[str]
    paused: dict[str, float] = field(default_factory=dict)
    _ended: set[str] = field(default_factory=set)
    _inspected: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def start(
        cls, stack: Stack, names: list[str], folder: Path, knobs: Mapping[str, Mapping[str, str]]
    ) -> Self:
        """Start all of them, with an empty board.

        Raises Problem if one does not answer; then, and after an interruption, none is left.
        """
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "compose.json"
        gateways = list(dict.fromkeys(map(gateway_of, names)))
        told = json.loads(commands.read(["docker", "image", "inspect", *map(stack.image, gateways)]))
        programs = {name: each["Config"]["Cmd"] or [] for name, each in zip(gateways, told, strict=True)}
        wanted = configuration(stack.configuration, names, knobs, programs)
        file.write_text(json.dumps(wanted, indent=1))
        fleet = cls(stack.root, file, wanted["name"], names)
        fleet.stop()
        try:
            fleet._compose("up", "--detach", "--no-build")
            for name in names:
                fleet.await_answer(name)
        except BaseException:
            fleet.stop()
            raise
        return fleet

    def stop(self) -> None:
        """Remove the containers and the board."""
        for name in list(self.paused):
            self._unpause(name)
        self._compose("down", "--volumes", "--timeout", "5", "--remove-orphans")

    def container(self, name: str) -> str:
        """The name of the gateway's container."""
        return f"{self.project}-{name}-1"

    def inspect(self, name: str) -> dict[str, Any]:
        """What the engine says of the container."""
        if name not in self._inspected:
            self._inspected[name] = json.loads(commands.read(["docker", "inspect", self.container(name)]))[0]
        return self._inspected[name]

    def forget(self, name: str) -> None:
        """The container was started anew: its process and its address may be others."""
        self._inspected.pop(name, None)

    def address(self, name: str) -> str:
        """The container's address in the engine's network, for what is not measured."""
        networks = self.inspect(name)["NetworkSettings"]["Networks"]
        return str(next(iter(networks.values()))["IPAddress"])

    def cgroup(self, name: str) -> Cgroup:
        """Its accounts, until it is started anew. Raises Problem if it has ended."""
        try:
            return of_process(int(self.inspect(name)["State"]["Pid"]))
        except OSError as error:
            raise Problem(f"the container of {name} has ended") from error

    def execute(self, name: str, *command: str) -> str:
        """What the command prints in the container. Raises Problem if it fails."""
        return commands.read(["docker", "exec", self.container(name), *command])

    def await_answer(self, name: str) -> float:
        """Wait until /healthz answers 200; the seconds that took. Raises Problem if it does not."""
        began = time.monotonic()
        while time.monotonic() < began + _SECONDS_TO_START:
            if answers(self.address(name)):
                return time.monotonic() - began
            time.sleep(0.01)
        # It will be removed, so this is the time to ask.
        log = commands.read(["docker", "logs", "--tail", _LINES, self.container(name)], errors=True)
        raise Problem(f"{name} does not answer; the last that it printed:\n{log.strip() or '(nothing)'}")

    def pause_all(self) -> None:
        """Pause whoever runs."""
        for name in self.names:
            if name not in self.paused:
                self._pause(name)

    def breathe(self) -> None:
        """Let those that are paused run for a moment, where one is for long."""
        if self.paused and time.monotonic() - min(self.paused.values()) > _LONGEST_PAUSE:
            paused = list(self.paused)
            for name in paused:
                self._unpause(name)
            time.sleep(_SECONDS_TO_BREATHE)
            for name in paused:
                self._pause(name)

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """Only this one runs, all others are paused."""
        self._unpause(name)
        self.breathe()
        try:
            yield
        finally:
            self.pause_all()

    def _pause(self, name: str) -> None:
        """cgroup v1 gives up freezing where a process is busy in the kernel: ask again for a while.

        One that has ended needs no pause. Raises Problem if one that runs cannot be paused.
        """
        if name in self._ended:
            return
        deadline = time.monotonic() + _SECONDS_TO_PAUSE
        command = ["docker", "pause", self.container(name)]
        while not commands.answers(command):
            if not self._runs(name):
                self._ended.add(name)
                return
            if time.monotonic() > deadline:
                raise Problem(f"`{' '.join(command)}` failed for {_SECONDS_TO_PAUSE} s")
            time.sleep(0.1)
        self.paused[name] = time.monotonic()

    def _unpause(self, name: str) -> None:
        if self.paused.pop(name, None) is None:
            return
        try:
            commands.read(["docker", "unpause", self.container(name)])
        except Problem:
            if self._runs(name):
                raise

    def _runs(self, name: str) -> bool:
        """Paused or not."""
        try:
            state = commands.read(["docker", "inspect", "-f", "{{.State.Running}}", self.container(name)])
        except Problem:  # there is no such container any more
            return False
        return state.strip() == "true"

    def _compose(self, *arguments: str) -> None:
        # COMPOSE_PROJECT_NAME would win over the file's name, and `down --volumes` take the real board.
        project = ["--project-name", self.project, "--file", str(self.file)]
        commands.read(["docker", "compose", "--ansi", "never", *project, *arguments], self.root)


def answers(address: str, seconds: float = 5) -> bool:
    """Whether /healthz answers 200 there."""
    connection = HTTPConnection(address, timeout=seconds)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
