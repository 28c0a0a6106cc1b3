"""A container that plays a bare Debian server: systemd is its PID 1, and one reaches it over SSH."""

import shlex
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.containers.container import docker
from tests.containers.container import start as start_container
from tests.ports import free_port
from tests.waiting import wait_until
from wsgi_gateways import images

IMAGE = "wsgi-gateways/machine"
HERE = Path(__file__).parent
SECONDS_TO_BOOT = 30

# systemd wants version 2 of cgroups: a host with both versions has it in a tree beside the others.
CGROUPS = next(path for path in map(Path, ("/sys/fs/cgroup/unified", "/sys/fs/cgroup")) if path.exists())
# What systemd and the sandboxes of its units need: mounts, nftables, and all system calls.
PRIVILEGES = [
    *("--cap-add", "SYS_ADMIN", "--cap-add", "NET_ADMIN", "--cap-add", "SYS_PTRACE"),
    *("--security-opt", "seccomp=unconfined", "--cgroupns", "host", "--volume", f"{CGROUPS}:/sys/fs/cgroup"),
    # As on Debian 13, where programs in /tmp may be executed.
    *("--tmpfs", "/run", "--tmpfs", "/run/lock", "--tmpfs", "/tmp:exec,mode=1777"),
]


@dataclass(frozen=True)
class Machine:
    """A running machine; ``folder`` holds the key and the ssh_config(5) to reach it with."""

    name: str
    ssh_port: int
    http_port: int
    https_port: int
    folder: Path
    # More ports of it, and where each is found on 127.0.0.1.
    more_ports: Mapping[int, int] = field(default_factory=dict)

    @property
    def host(self) -> str:
        """What a user types as HOST."""
        return f"deploy@127.0.0.1:{self.ssh_port}"

    @property
    def ssh_config(self) -> Path:
        """With `ssh -F` it needs no other option, and no file of the user's."""
        return self.folder / "ssh_config"

    @property
    def ssh_command(self) -> list[str]:
        """The beginning of a command line that runs a command over there."""
        return ["ssh", "-F", str(self.ssh_config), self.name]

    def run(self, command: str, *, seconds: float = 60) -> str:
        """What a shell command prints over there, as the user ``deploy``; fails if it fails."""
        done = self.attempt(command, seconds=seconds)
        assert done.returncode == 0, f"{command}: status {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def attempt(self, command: str, *, seconds: float = 60) -> subprocess.CompletedProcess[str]:
        """Run a shell command over there, whatever comes of it."""
        return subprocess.run(
            [*self.ssh_command, command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def as_root(self, *command: str) -> str:
        """What a command prints that runs as root and not over SSH, for what SSH or sudo need themselves."""
        return docker("exec", self.name, *command)

    def has_booted(self) -> bool:
        """Whether one can log in and systemd has started all there is to start."""
        return self.attempt("systemctl is-system-running", seconds=20).stdout.strip() in (
            "running",
            "degraded",
        )

    def await_boot(self) -> None:
        """Return as soon as it has booted."""
        wait_until(self.has_booted, f"{self.name} has booted", SECONDS_TO_BOOT)

    def reboot(self) -> None:
        """Halt it and start it again."""
        docker("restart", "--time", "60", self.name)
        self.await_boot()

    def remove(self) -> None:
        """The end of it and of all that it had stored."""
        docker("rm", "--force", "--volumes", self.name)


def build_image(log: Path) -> None:
    """Build the image that all machines start from."""
    docker(
        *("build", "--quiet", "--tag", IMAGE, "--build-arg", f"DEBIAN={images.choose_debian(log)}", str(HERE))
    )


def start(
    name: str,
    folder: Path,
    *,
    ssh_port: int = 0,
    http_port: int = 0,
    https_port: int = 0,
    more_ports: Sequence[int] = (),
    network: Sequence[str] = (),
) -> Machine:
    """Start a machine and wait for it; where its ports are found is free ones unless given.

    ``network`` are options of `docker run` that put it elsewhere than into the engine's own network.
    """
    ssh_port, http_port, https_port = (port or free_port() for port in (ssh_port, http_port, https_port))
    more = {port: free_port() for port in more_ports}
    machine = Machine(name, ssh_port, http_port, https_port, folder, more)
    folder.mkdir(parents=True, exist_ok=True)
    key = make_key(folder)
    # Fixed ports: those that the engine chooses change with every restart.
    published = {22: machine.ssh_port, 80: machine.http_port, 443: machine.https_port, **more}
    ports = [f"--publish=127.0.0.1:{here}:{there}" for there, here in published.items()]
    start_container(name, "--hostname", name, *PRIVILEGES, *ports, *network, IMAGE)
    allow = f"echo {shlex.quote(key)} >/home/deploy/.ssh/authorized_keys"
    docker("exec", "--user", "deploy", name, "sh", "-c", allow)
    host_key = docker("exec", name, "cat", "/etc/ssh/ssh_host_ed25519_key.pub")
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{machine.ssh_port} {host_key}")
    machine.ssh_config.write_text(
        f"Host {name} 127.0.0.1\n"
        "  HostName 127.0.0.1\n"
        f"  Port {machine.ssh_port}\n"
        "  User deploy\n"
        f"  IdentityFile {folder / 'key'}\n"
        "  IdentitiesOnly yes\n"
        f"  UserKnownHostsFile {folder / 'known_hosts'}\n"
        "  StrictHostKeyChecking yes\n"
    )
    machine.await_boot()
    return machine


def make_key(folder: Path) -> str:
    """Make a key pair in the folder, unless there is one; the public half."""
    if not (folder / "key").exists():
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", str(folder / "key")],
            check=True,
        )
    return (folder / "key.pub").read_text().strip()
