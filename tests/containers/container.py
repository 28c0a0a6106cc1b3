"""A container as the engine sees it, and the processes in it as the kernel does."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROCESSES = (Path(__file__).parent / "list_processes.py").read_bytes()
HEALTHCHECK = "ask-healthz"


@dataclass(frozen=True)
class Process:
    """What /proc says of a process; ids are those of the container."""

    pid: int
    parent: int
    name: str
    uids: tuple[int, ...]
    effective_capabilities: int
    no_new_privileges: bool
    seccomp: int


@dataclass(frozen=True)
class Container:
    """A running container by its name."""

    name: str

    def inspect(self) -> dict[str, Any]:
        """All that the engine knows of it."""
        inspected: list[dict[str, Any]] = json.loads(docker("inspect", self.name))
        return inspected[0]

    def image(self) -> str:
        """The name of the image it was made from."""
        return str(self.inspect()["Config"]["Image"])

    def started(self) -> str:
        """When it was last started."""
        return str(self.inspect()["State"]["StartedAt"])

    def was_restarted_since(self, started: str) -> bool:
        """Whether it runs and was started after that."""
        state = self.inspect()["State"]
        return bool(state["Running"] and state["StartedAt"] != started)

    def run(self, *command: str) -> str:
        """What a command prints that runs in it as the container's own user."""
        return docker("exec", self.name, *command)

    def answers(self) -> bool:
        """Whether its application does, asked now and not when the engine asks next."""
        asked = ["docker", "exec", self.name, HEALTHCHECK]
        return subprocess.run(asked, capture_output=True, check=False).returncode == 0

    def processes(self) -> list[Process]:
        """All processes but those of the healthcheck."""
        listed = json.loads(docker("exec", "-i", self.name, "python3", "-IS", "-", given=PROCESSES))
        processes = [Process(**{**each, "uids": tuple(each["uids"])}) for each in listed]
        return [process for process in processes if process.name != HEALTHCHECK]

    def servers(self) -> list[Process]:
        """The processes that cannot be replaced: PID 1, or the two that it (`pair`) looks after."""
        processes = self.processes()
        first = next(process for process in processes if process.pid == 1)
        return [each for each in processes if each.parent == 1] if first.name == "pair" else [first]

    def workers(self) -> list[Process]:
        """The processes that PID 1 or its servers have started and can start anew."""
        unique = {1, *(server.pid for server in self.servers())}
        return [process for process in self.processes() if process.pid not in unique]

    def stop(self) -> None:
        """End it as `docker compose down` does."""
        docker("stop", self.name)

    def kill(self, signal: str, processes: list[Process]) -> None:
        """Send the signal from inside; the containers have one user, who may do that."""
        pids = [process.pid for process in processes]
        # With PID 1 the container may end before this shell has: nobody waits for it then.
        waits = ["--detach"] if 1 in pids else []
        # One of them may have ended by itself: the interpreter of a CGI request of the healthcheck.
        command = f"kill -s {signal} {' '.join(map(str, pids))} || true"
        docker("exec", *waits, self.name, "sh", "-c", command)


def run_once(image: str, *command: str, options: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    """Run a command of the image in a new container without a network, which is removed afterwards."""
    run = ["docker", "run", "--rm", "--network", "none", *options, image, *command]
    return subprocess.run(run, capture_output=True, text=True, check=False)


def start(name: str, *arguments: str) -> None:
    """`docker run` in the background, under a name that an interrupted run may have left to a container."""
    docker("rm", "--force", "--volumes", name)
    docker("run", "--detach", "--name", name, *arguments)


def docker(*arguments: str, given: bytes | None = None) -> str:
    """What `docker …` prints; the test fails with its complaint if it fails."""
    done = subprocess.run(["docker", *arguments], input=given, capture_output=True, check=False)
    assert done.returncode == 0, f"docker {' '.join(arguments)}: {done.stderr.decode()}"
    return done.stdout.decode()
