"""What the kernel has accounted to a container: CPU time and memory, with cgroup v1 and v2."""

import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
PROC = Path("/proc")


@dataclass(frozen=True)
class Cgroup:
    """The files of one container's control group."""

    cpu: Path
    memory: Path
    version: int

    def cpu_microseconds(self) -> float:
        """User and system time of all its processes, those that ended included."""
        if self.version == 1:
            return int((self.cpu / "cpuacct.usage").read_text()) / 1000
        fields = dict(line.split() for line in (self.cpu / "cpu.stat").read_text().splitlines())
        return float(fields["usage_usec"])

    def memory_bytes(self) -> int:
        """What is charged now, page cache included."""
        name = "memory.usage_in_bytes" if self.version == 1 else "memory.current"
        return int((self.memory / name).read_text())

    def peak_memory_bytes(self) -> int | None:
        """The most that was charged since the container started, or since :meth:`reset_peak_memory`.

        None with a kernel that does not tell.
        """
        name = "memory.max_usage_in_bytes" if self.version == 1 else "memory.peak"
        path = self.memory / name
        return int(path.read_text()) if path.exists() else None

    def reset_peak_memory(self) -> None:
        """Let the peak start from now: with version 1, and if this process may; else it stays."""
        # Version 2 resets it only for readers of the file that was written to, and with Linux 6.12.
        if self.version == 1:
            with suppress(OSError):
                (self.memory / "memory.max_usage_in_bytes").write_text("0")

    def processes(self) -> list[int]:
        """The process ids, as the host sees them."""
        return [int(line) for line in (self.cpu / "cgroup.procs").read_text().split()]

    def has_ended(self) -> bool:
        """Whether the container has no process any more, and soon no control group."""
        try:
            return not self.processes()
        except OSError:
            return True


def of_process(pid: int, cgroups: Path = CGROUPS, proc: Path = PROC) -> Cgroup:
    """The control group of a container, by its first process.

    On a hybrid host (v1 controllers beside a v2 tree) the container is accounted in v1.
    """
    paths = {}
    for line in (proc / str(pid) / "cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            paths[controller] = path.lstrip("/")
    if "cpuacct" in paths:
        folder = next(name for name in ("cpuacct", "cpu,cpuacct", "cpuacct,cpu") if (cgroups / name).is_dir())
        return Cgroup(cgroups / folder / paths["cpuacct"], cgroups / "memory" / paths["memory"], 1)
    group = cgroups / paths[""]
    return Cgroup(group, group, 2)


def cpu_by_process(pids: list[int], proc: Path = PROC) -> dict[tuple[int, str], float]:
    """Microseconds of CPU time of each process, by its number and the name of its program.

    The kernel's clock of another process: https://man7.org/linux/man-pages/man3/clock_getcpuclockid.3.html
    """
    clocks = {}
    for pid in pids:
        try:
            program = (proc / str(pid) / "comm").read_text().strip()
            clocks[pid, program] = time.clock_gettime_ns(~pid << 3 | 2) / 1000
        except OSError:  # it has ended meanwhile
            continue
    return clocks


def proportional_memory(pids: list[int], proc: Path = PROC) -> int | None:
    """Bytes of all processes together, a shared page counted once (PSS); None for others than root."""
    total = 0
    for pid in pids:
        try:
            lines = (proc / str(pid) / "smaps_rollup").read_text().splitlines()
        except PermissionError:
            return None
        except OSError:  # it has ended meanwhile
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total
