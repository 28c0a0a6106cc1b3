"""Servers as processes: started once, their CPU time and memory read from the kernel, ended."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

_TICK = 1 / os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_STOP_SECONDS = 5
LOGS = Path("/tmp/logs")  # noqa: S108


class Server:
    """A running server: its first process and all of its descendants."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        self.name = name
        self.command = command
        LOGS.mkdir(exist_ok=True)
        self._log = LOGS / f"{name}.log"
        with self._log.open("wb") as log:
            self._process = self._start(command, environment, log)

    @staticmethod
    def _start(command: list[str], environment: dict[str, str], log: IO[bytes]) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=os.environ | environment,
            start_new_session=True,
        )

    def ended(self) -> bool:
        return self._process.poll() is not None

    def evidence(self) -> str:
        """The last lines that it wrote."""
        lines = self._log.read_text(errors="replace").splitlines()[-15:]
        return "\n".join(f"    {line}" for line in lines) or "    (it wrote nothing)"

    def cpu_seconds(self) -> tuple[float, float]:
        """CPU seconds of its processes, and of the children that they have reaped."""
        own = reaped = 0.0
        for pid in descendants(self._process.pid):
            try:
                own += _process_clock(pid)
                reaped += _reaped_seconds(pid)
            except OSError:  # it has ended meanwhile; its parent has or will have its time
                continue
        return own, reaped

    def worker_memory(self) -> dict[int, int]:
        """Resident bytes of each process but the first."""
        sizes = {}
        for pid in descendants(self._process.pid):
            if pid != self._process.pid:
                sizes[pid] = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
        return sizes

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def descendants(pid: int) -> Iterator[int]:
    """The process and everything below it."""
    yield pid
    try:
        children = [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except OSError:  # it has ended meanwhile
        return
    for child in children:
        yield from descendants(child)


def _process_clock(pid: int) -> float:
    """CPU seconds of all threads, those that ended included, in nanoseconds' precision.

    The kernel's clock of another process: https://man7.org/linux/man-pages/man3/clock_getcpuclockid.3.html
    """
    return time.clock_gettime(~pid << 3 | 2)


def _reaped_seconds(pid: int) -> float:
    """utime and stime of the children it waited for, in ticks of 10 ms: they count for CGI only."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) * _TICK
