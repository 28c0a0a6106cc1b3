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
from wsgi_gateways.bench.containers import configuration, gateway_of
from wsgi_gateways.compose import Stack
from wsgi_gateways.output import Problem

_SECONDS_TO_START = 60
_SECONDS_TO_PAUSE = 20
# gunicorn ends a worker that it has not heard of for 120 seconds, paused or not.
_LONGEST_PAUSE = 60
_SECONDS_TO_BREATHE = 1.5


@dataclass
class Fleet:
    """The running containers; at most one is not paused."""

    root: Path
    file: Path
    project: str
    names: list[str]
    paused: dict[str, float] = field(default_factory=dict)
    _inspected: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def start(
        cls, stack: Stack, names: list[str], folder: Path, knobs: Mapping[str, Mapping[str, str]]
    ) -> Self:
        """Start all of them, with an empty board. Raises Problem if one does not answer."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "compose.json"
        gateways = list(dict.fromkeys(map(gateway_of, names)))
        told = json.loads(commands.read(["docker", "image", "inspect", *map(stack.image, gateways)]))
        programs = {name: each["Config"]["Cmd"] or [] for name, each in zip(gateways, told, strict=True)}
        wanted = configuration(stack.configuration, names, knobs, programs)
        file.write_text(json.dumps(wanted, indent=1))
        fleet = cls(stack.root, file, wanted["name"], names)
        fleet.stop()
        fleet._compose("up", "--detach", "--no-build")
        for name in names:
            fleet.await_answer(name)
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
        raise Problem(f"{name} does not answer; start it with `make up GATEWAYS={name}` to see why")

    def pause_all(self, but: str | None = None) -> None:
        """Pause whoever runs, ``but`` this one."""
        for name in self.names:
            if name not in self.paused and name != but:
                self._pause(name)

    def breathe(self, running: str) -> None:
        """Let all of them run for a moment where one was paused for long; afterwards one runs again."""
        if self.paused and time.monotonic() - min(self.paused.values()) > _LONGEST_PAUSE:
            for name in list(self.paused):
                self._unpause(name)
            time.sleep(_SECONDS_TO_BREATHE)
            self.pause_all(but=running)

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """Only this gateway runs, all others are paused."""
        self._unpause(name)
        self.breathe(name)
        try:
            yield
        finally:
            self.pause_all()

    def _pause(self, name: str) -> None:
        """cgroup v1 gives up freezing where a process is busy in the kernel: ask again for a while."""
        deadline = time.monotonic() + _SECONDS_TO_PAUSE
        command = ["docker", "pause", self.container(name)]
        while not commands.answers(command):
            if time.monotonic() > deadline:
                raise Problem(f"`{' '.join(command)}` failed for {_SECONDS_TO_PAUSE} s")
            time.sleep(0.1)
        self.paused[name] = time.monotonic()

    def _unpause(self, name: str) -> None:
        if self.paused.pop(name, None) is not None:
            commands.read(["docker", "unpause", self.container(name)])

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
