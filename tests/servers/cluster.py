"""A cluster: five machines in a network of their own, made by the playbooks from inventory/cluster.yml."""

import re
import shlex
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import yaml

from tests.containers.container import docker
from tests.servers import machine
from tests.servers.machine import Machine
from tests.servers.playbook import play_inventory
from tests.servers.server import PREFIX, ROOT, Done
from wsgi_gateways import artifacts
from wsgi_gateways.compose import Stack

NETWORK = PREFIX + "cluster"
INVENTORY = ROOT / "ansible/inventory/cluster.yml"
BALANCER, DATABASE = "board.example.org", "database.example.org"
APPLICATIONS = ("app1.example.org", "app2.example.org", "app3.example.org")
HOSTS = (BALANCER, *APPLICATIONS, DATABASE)
RECAP = re.compile(r"^(?P<host>\S+) +: ok=\d+ +changed=(?P<changed>\d+) ", re.MULTILINE)
GATEWAY = "nginx-fastcgi"


class Cluster:
    """The machines by the names that the inventory gives them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.artifacts = folder / "artifacts"
        self.machines: dict[str, Machine] = {}

    def start(self) -> None:
        """Start all machines, bare ones, where an interrupted run may have left some."""
        self.remove()
        machine.build_image(self._folder / "debian.log")
        subnet = make_network()
        addresses = {host: f"{subnet}.{number}" for number, host in enumerate(HOSTS, start=11)}

        def start(host: str) -> Machine:
            network = ("--network", NETWORK, "--ip", addresses[host])
            return machine.start(PREFIX + host, self._folder / host, network=network)

        with ThreadPoolExecutor(len(HOSTS)) as together:
            self.machines = dict(zip(HOSTS, together.map(start, HOSTS), strict=True))
        self._write_inventory(addresses)

    def _write_inventory(self, addresses: dict[str, str]) -> None:
        """The example, with nothing changed but where the hosts are."""
        inventory = yaml.safe_load(INVENTORY.read_text())
        inventory["all"]["vars"]["artifacts"] = str(self.artifacts)
        for group in inventory["all"]["children"].values():
            for host, variables in group["hosts"].items():
                here = {"ansible_host": self.machines[host].name}
                if "address" in (variables or {}):
                    here["address"] = addresses[host]
                group["hosts"][host] = {**(variables or {}), **here}
        (self._folder / "mine.yml").write_text(yaml.safe_dump(inventory))
        configurations = [each.ssh_config.read_text() for each in self.machines.values()]
        (self._folder / "ssh_config").write_text("".join(configurations))

    def make_artifacts(self, application: Path | None = None) -> None:
        """As `make artifacts` does it."""
        artifacts.make(Stack(ROOT), self.artifacts, [GATEWAY], application)

    def play(self, playbook: str, *options: str) -> Done:
        """Run a playbook as a user with an inventory does."""
        return play_inventory(self._folder / "mine.yml", self._folder / "ssh_config", playbook, *options)

    def played(self, playbook: str, *options: str) -> Done:
        """The same, for a playbook that must succeed."""
        done = self.play(playbook, *options)
        assert done.status == 0, done.output
        return done

    @property
    def port(self) -> int:
        """Where visitors come: the balancer's."""
        return self.machines[BALANCER].http_port

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def secret(self, name: str) -> str:
        """What the inventory has made on this machine."""
        return (self._folder / "secrets" / name).read_text().split()[0]

    def balance(self, *arguments: str) -> str:
        """What the balancer's own program says."""
        return self.machines[BALANCER].run(f"sudo balance {' '.join(arguments)}", seconds=90)

    def states(self) -> dict[str, str]:
        """What the balancer thinks of each application host: UP, DOWN, DRAIN."""
        lines = self.balance("show").splitlines()
        return {host: state for _, host, state in (re.split("[ :,]+", line)[:3] for line in lines)}

    def release(self, host: str) -> str:
        """The name of the release that is current on a host."""
        return Path(self.machines[host].run("readlink /srv/app/current").strip()).name

    def now(self) -> str:
        """The balancer's clock."""
        return self.machines[BALANCER].run("date '+%F %T.%N'").strip()

    def log(self, since: str) -> list[str]:
        """HAProxy's lines since then, one for each request."""
        command = f"sudo journalctl --unit haproxy --output cat --since {shlex.quote(since)}"
        return self.machines[BALANCER].run(command).splitlines()

    def psql(self, command: str) -> str:
        """What the database says to its administrator."""
        psql = "sudo runuser -u postgres -- psql -XqAt -v ON_ERROR_STOP=1 -d board -c"
        return self.machines[DATABASE].run(f"cd / && {psql} {shlex.quote(command)}")

    def version(self, host: str) -> str:
        """Which version of the application one host has, asked past the balancer."""
        port = self.machines[host].http_port
        return httpx.get(f"http://127.0.0.1:{port}/version", trust_env=False, timeout=20).text

    def remove(self) -> None:
        """The end of it all."""
        for host in HOSTS:
            docker("rm", "--force", "--volumes", PREFIX + host)
        subprocess.run(["docker", "network", "rm", NETWORK], capture_output=True, check=False)


def changed(done: Done) -> dict[str, int]:
    """How many tasks changed something, for each host."""
    return {found["host"]: int(found["changed"]) for found in RECAP.finditer(done.output)}


def make_network() -> str:
    """Make the network and return the first three numbers of its addresses.

    Addresses that a machine keeps want a subnet that is named, and other networks may have taken some.
    """
    complaints = ""
    for number in range(100, 120):
        create = ["docker", "network", "create", "--subnet", f"10.213.{number}.0/24", NETWORK]
        done = subprocess.run(create, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return f"10.213.{number}"
        complaints += done.stderr
    raise AssertionError(complaints)
