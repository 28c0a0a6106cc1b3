"""Docker Engine, Compose v2 and buildx: found, or installed and started.

An engine that answers is used as it is, whoever runs it.
"""

import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from wsgi_gateways import commands, debian
from wsgi_gateways.output import Problem, say

SECONDS_TO_START = 60
SECONDS_TO_STOP = 120

# Debian 12 has only Compose 1; these two packages of Debian 13 need nothing that Debian 12 lacks.
NEWER_SOURCES = Path("/etc/apt/sources.list.d/wsgi-gateways.sources")
NEWER_PINS = Path("/etc/apt/preferences.d/wsgi-gateways")
NEWER_PACKAGES = ("docker-compose", "docker-buildx")
CLIENT_IN_DOCKER_IO = ("bookworm", "jammy", "noble")


@dataclass(frozen=True)
class Missing:
    """What does not answer yet."""

    engine: bool
    compose: bool
    buildx: bool

    def __bool__(self) -> bool:
        return self.engine or self.compose or self.buildx


@dataclass(frozen=True)
class Daemon:
    """The daemon that is started here, where no init system does it, and where its traces lie."""

    arguments: tuple[str, ...] = ()
    run_directory: Path = Path("/run")
    log: Path = Path("/var/log/wsgi-gateways-dockerd.log")

    @property
    def started_by_us(self) -> Path:
        """Holds the process id and start time of the daemon that was started here."""
        return self.run_directory / "wsgi-gateways-dockerd"

    @property
    def docker_host(self) -> str:
        """Where its clients reach it."""
        return f"unix://{self.run_directory}/docker.sock"


def ensure() -> None:
    """Make sure that engine, Compose v2 and buildx answer; say what is done for it.

    Raises Problem (status 2) with the commands to type where this process may not do it.
    """
    missing = look()
    if not missing:
        return
    if missing.engine and (elsewhere := os.environ.get("DOCKER_HOST")):
        raise Problem(f"no engine answers at DOCKER_HOST={elsewhere}: start it, or unset DOCKER_HOST", 2)
    release = debian.read_release()
    if not (release.has_apt and debian.is_root()):
        raise Problem(_instructions(missing, release), 2)
    packages = choose_packages(
        missing,
        release,
        dockerd=shutil.which("dockerd") is not None,
        client=shutil.which("docker") is not None,
    )
    if packages:
        _install(packages, release)
    if not _engine_answers():
        start(Daemon())
    if still := look():
        raise Problem(f"installed, but still without an answer: {_name(still)}")


def look() -> Missing:
    """Ask all three."""
    return Missing(
        engine=not _engine_answers(),
        compose=not commands.answers(["docker", "compose", "version"]),
        buildx=not commands.answers(["docker", "buildx", "version"]),
    )


def choose_packages(missing: Missing, release: debian.Release, *, dockerd: bool, client: bool) -> list[str]:
    """The packages of this release that bring what is missing.

    ``dockerd`` and ``client``: the program is installed already, from whatever source.
    """
    packages = []
    if missing.engine and not dockerd:
        packages.append("docker.io")
    if not client:
        # Debian 13 took the client out of docker.io.
        packages.append("docker.io" if release.codename in CLIENT_IN_DOCKER_IO else "docker-cli")
    if missing.compose:
        packages.append("docker-compose-v2" if release.distribution == "ubuntu" else "docker-compose")
    if missing.buildx:
        packages.append("docker-buildx")
    return list(dict.fromkeys(packages))


def start(daemon: Daemon) -> "subprocess.Popen[bytes] | None":
    """Start the daemon and wait until it answers: through systemd where that runs, else by itself.

    Returns the process that was started by itself, which lives on; None where one is starting already.
    Raises Problem with the end of its log if it ends, or does not answer within SECONDS_TO_START.
    """
    process = None
    if systemd := daemon == Daemon() and Path("/run/systemd/system").exists():
        say("starting Docker Engine: systemctl start docker")
        commands.read(["systemctl", "start", "docker"])
    elif not _is_starting(daemon):
        process = _start_by_itself(daemon)
    deadline = time.monotonic() + SECONDS_TO_START
    while not _engine_answers(daemon):
        if time.monotonic() > deadline or (process and process.poll() is not None):
            daemon.started_by_us.unlink(missing_ok=True)
            where = "journalctl --unit docker" if systemd else str(daemon.log)
            raise Problem(f"Docker Engine does not start ({where}):\n{_last_words(daemon, systemd=systemd)}")
        time.sleep(0.2)
    return process


def _is_starting(daemon: Daemon) -> bool:
    """Whether a daemon runs that does not answer yet: an init script may have just started it."""
    pid_file = daemon.run_directory / "docker.pid"
    return pid_file.exists() and _program(pid_file.read_text().strip()) == "dockerd"


def _last_words(daemon: Daemon, *, systemd: bool) -> str:
    if systemd:
        return commands.read(["journalctl", "--unit", "docker", "--lines", "20", "--no-pager"])
    return commands.last_lines(daemon.log)


def _start_by_itself(daemon: Daemon) -> "subprocess.Popen[bytes]":
    say(f"starting Docker Engine; its log is {daemon.log}")
    remove_stale_pid_files(daemon.run_directory)
    with daemon.log.open("ab") as log:
        process = subprocess.Popen(
            ["dockerd", *daemon.arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,  # it lives on when this process and its terminal end
        )
    daemon.started_by_us.write_text(f"{process.pid} {_start_time(process.pid)}")
    return process


def stop(daemon: Daemon) -> None:
    """End the daemon that start() started, and no other one.

    Raises Problem if it does not end within SECONDS_TO_STOP (it stops all containers first).
    """
    pid = _started_by_us(daemon)
    if not pid:
        say("no engine runs that `make engine` started; nothing was ended")
        return
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + SECONDS_TO_STOP
    while _started_by_us(daemon):
        if time.monotonic() > deadline:
            raise Problem(f"the engine (process {pid}) does not end; its log is {daemon.log}")
        time.sleep(0.2)
    daemon.started_by_us.unlink()
    say(f"ended the engine (process {pid})")


def _started_by_us(daemon: Daemon) -> int | None:
    """The process that start() recorded, if that very process still runs."""
    if not daemon.started_by_us.exists():
        return None
    pid, _, start_time = daemon.started_by_us.read_text().partition(" ")
    return int(pid) if start_time and _start_time(int(pid)) == start_time else None


def remove_stale_pid_files(run_directory: Path) -> None:
    """Remove pid files that an engine left behind whose process is gone, or is another program now."""
    for relative, program in (
        ("docker.pid", "dockerd"),
        ("docker/containerd/containerd.pid", "containerd"),
    ):
        path = run_directory / relative
        if path.exists() and _program(path.read_text().strip()) != program:
            say(f"removing the stale {path}")
            path.unlink()


def _engine_answers(daemon: Daemon | None = None) -> bool:
    host = ["--host", daemon.docker_host] if daemon and daemon != Daemon() else []
    return commands.answers(["docker", *host, "info"])


def _program(pid: str) -> str:
    """The name of the process, empty where there is none: proc(5), /proc/pid/comm."""
    comm = Path("/proc", pid or "none", "comm")
    return comm.read_text().strip() if comm.exists() else ""


def _start_time(pid: int) -> str:
    """When the process started (field 22 of proc(5)'s stat), empty where there is none or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] == "Z" else fields[19]


def _install(packages: list[str], release: debian.Release) -> None:
    debian.update_lists()
    if release.codename == "bookworm" and any(package in NEWER_PACKAGES for package in packages):
        say(f"taking {' and '.join(NEWER_PACKAGES)}, and nothing else, from Debian 13 ({NEWER_SOURCES})")
        sources, pins = newer_packages(debian.find_mirrors())
        NEWER_SOURCES.write_text(sources)
        NEWER_PINS.write_text(pins)
        debian.update_lists()
    debian.install(packages)


def newer_packages(mirrors: debian.Mirrors) -> tuple[str, str]:
    """The apt source of Debian 13, and the preferences that keep all but two packages out of it."""
    sources = (
        "# Written by wsgi-gateways: docker-compose and docker-buildx for Debian 12.\n"
        f"Types: deb\nURIs: {mirrors.debian}\nSuites: trixie\nComponents: main\n"
        "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"
    )
    pins = (
        "# Written by wsgi-gateways: nothing comes from Debian 13 but the two packages below.\n"
        "Package: *\nPin: release n=trixie\nPin-Priority: -10\n\n"
        f"Package: {' '.join(NEWER_PACKAGES)}\nPin: release n=trixie\nPin-Priority: 990\n"
    )
    return sources, pins


def _name(missing: Missing) -> str:
    named = {
        "Docker Engine": missing.engine,
        "Compose v2": missing.compose,
        "buildx": missing.buildx,
    }
    return ", ".join(name for name, is_missing in named.items() if is_missing)


def _instructions(missing: Missing, release: debian.Release) -> str:
    for_this_user = "    sudo usermod --append --groups docker $USER    # then log in again\n"
    if missing.engine and Path("/run/docker.sock").exists() and not os.access("/run/docker.sock", os.W_OK):
        return f"Docker Engine runs, but this user may not talk to it:\n{for_this_user}"
    if release.has_apt:
        return (
            f"{_name(missing)} must be installed or started, which only root may do:\n"
            f"    sudo make engine\n{for_this_user}"
        )
    return (
        f"Not available here: {_name(missing)}. `make engine` installs them on Debian and Ubuntu only. On"
        f" {release.name} they come from its own packages; on Fedora that is:\n"
        "    sudo dnf install moby-engine docker-compose docker-buildx\n"
        f"    sudo systemctl enable --now docker\n{for_this_user}then run the same command again."
    )
