"""The load generators: wrk (closed model) and paced (open model) in a container beside the gateway.

The container shares the gateway's network namespace, so requests go to 127.0.0.1 through no proxy, and has a
control group of its own, so its CPU time is not the gateway's.
"""

import json
import os
import selectors
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from wsgi_gateways import commands, images
from wsgi_gateways.bench import cgroup
from wsgi_gateways.output import Problem

IMAGE = "wsgi-gateways/load"
_END = "END-OF-COMMAND-{}\n"
_SECONDS_OF_GRACE = 60


class LoadError(Exception):
    """There is no figure: a generator could not do its work, or it counted ``errors`` of each kind."""

    def __init__(self, text: str, errors: Mapping[str, int] | None = None) -> None:
        super().__init__(text)
        self.errors = errors


def build(root: Path) -> None:
    """Build the generators' image. Raises Problem if that fails."""
    images.build_from(root, "load", ["--load", "--tag", IMAGE, str(root / "bench/load")])


def describe() -> dict[str, str]:
    """The image of the generators, which paced is compiled in, and the version of wrk's package."""
    query = ["dpkg-query", "--show", "--showformat", "${Version}", "wrk"]
    return {
        "image": commands.read(["docker", "image", "inspect", "--format", "{{.Id}}", IMAGE]).strip(),
        "wrk": commands.read(["docker", "run", "--rm", "--entrypoint", query[0], IMAGE, *query[1:]]).strip(),
    }


def threads_of_wrk(cpus: int) -> int:
    """One is enough to keep four CPUs busy, and on a small machine a second one would only take turns."""
    return max(1, cpus // 4)


class Generator:
    """A container beside one gateway, with a shell that waits for commands.

    Raises Problem if it does not start.
    """

    def __init__(self, gateway_container: str, cells: Path, threads: int) -> None:
        self.name = f"{gateway_container}-load"
        self.threads = threads
        subprocess.run(["docker", "rm", "--force", self.name], capture_output=True, check=False)
        command = ["docker", "run", "--rm", "--interactive", f"--name={self.name}"]
        command += [f"--network=container:{gateway_container}", "--read-only", "--cap-drop=ALL"]
        # Whoever wrote the cells can read them.
        command.append(f"--user={os.getuid()}:{os.getgid()}")
        command += ["--security-opt=no-new-privileges", f"--volume={cells}:/srv/cells:ro", IMAGE]
        self._shell = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        self._commands = 0
        try:
            self.run("true", 0)
            pid = int(commands.read(["docker", "inspect", "-f", "{{.State.Pid}}", self.name]))
            self.cgroup = cgroup.of_process(pid)
        except (LoadError, OSError) as error:
            self.close()
            raise Problem(f"{self.name} does not start: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the shell, and with it the container."""
        for stream in (self._shell.stdin, self._shell.stdout):
            if stream:
                # A shell that has ended does not take what is still in the buffer.
                with suppress(OSError):
                    stream.close()
        try:
            self._shell.wait(10)
        except subprocess.TimeoutExpired:
            subprocess.run(["docker", "rm", "--force", self.name], capture_output=True, check=False)

    def client_cpu_microseconds(self) -> float:
        """CPU time of the engine's client that holds the shell: it is the harness's, not the load's."""
        fields = Path(f"/proc/{self._shell.pid}/stat").read_text().rpartition(")")[2].split()
        # utime and stime, the 14th and 15th field of proc_pid_stat(5).
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") * 1e6

    def wrk(self, cell: str, connections: int, seconds: int) -> tuple[str, dict[str, Any]]:
        """Each connection sends its next request once it has the response; the command and what it saw."""
        threads = min(self.threads, connections)
        command = f"wrk -t{threads} -c{connections} -d{seconds}s --timeout 10s -s /srv/load/wrk.lua"
        command += f" http://127.0.0.1 -- /srv/cells/{cell}"
        seen = self._json(command, seconds)
        # wrk itself looks at statuses above 399 only, so the script has to have seen every answer.
        if seen["requests"] - seen.pop("answers") > connections:
            raise LoadError(f"`{command}`: not every response was looked at")
        return command, seen

    def batch(self, cell: str, requests: int, connections: int) -> tuple[str, dict[str, Any]]:
        """So many requests, one after the other on each connection, until the last is answered."""
        # All are due before the first can be answered, so that no connection is left out.
        return self.paced(cell, requests * 1e6, connections, 1e-6)

    def paced(self, cell: str, rate: float, connections: int, seconds: float) -> tuple[str, dict[str, Any]]:
        """So many requests a second, whatever the server does; the command and what it saw."""
        command = f"paced {rate:.3f} {connections} {seconds:.6f} /srv/cells/{cell}"
        return command, self._json(command, seconds)

    def _json(self, command: str, seconds: float) -> dict[str, Any]:
        output = self.run(command, seconds)
        try:
            seen: dict[str, Any] = json.loads(output.strip().splitlines()[-1])
        except (IndexError, ValueError) as error:
            raise LoadError(f"`{command}` printed no result:\n{output}") from error
        return seen

    def run(self, command: str, seconds: float) -> str:
        """What the command prints. Raises LoadError if it does not end in time."""
        if self._shell.stdin is None or self._shell.stdout is None:
            raise LoadError(f"{self.name} has ended")
        # What a command before, that did not end in time, prints after all is not this one's.
        before, self._commands = _END.format(self._commands), self._commands + 1
        end = _END.format(self._commands)
        # If the shell has ended, what it said is read below.
        with suppress(BrokenPipeError):
            self._shell.stdin.write(f"{command} 2>&1; echo {end}".encode())
            self._shell.stdin.flush()
        deadline = time.monotonic() + seconds + _SECONDS_OF_GRACE
        output = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self._shell.stdout, selectors.EVENT_READ)
            while not output.endswith(end.encode()):
                if not selector.select(max(0, deadline - time.monotonic())):
                    raise LoadError(f"`{command}` did not end within {seconds + _SECONDS_OF_GRACE:.0f} s")
                read = os.read(self._shell.stdout.fileno(), 65536)
                if not read:
                    raise LoadError(f"{self.name} has ended: {output.decode(errors='replace')}")
                output += read
        return output.decode(errors="replace").removesuffix(end).rpartition(before)[2]
