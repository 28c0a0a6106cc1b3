"""Real servers: the playbooks under ansible/, run for one host that the user names on the command line."""

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Self

from wsgi_gateways import commands, knobs
from wsgi_gateways.output import Problem

ADDRESS = re.compile(
    r"(?:(?P<user>[a-z_][a-z0-9_.-]*)@)?"
    r"(?:\[(?P<ipv6>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9][A-Za-z0-9.-]*))"
    r"(?::(?P<port>[0-9]{1,5}))?"
)
# Who logs in as root needs no sudo.
BECOME_ROOT = 'test "$(id --user)" = 0 || sudo -n true'
# The status of ansible(1) when it could not log in, and where its report has the words of ssh(1).
UNREACHABLE = 4
SSH_SAID = re.compile(r'via ssh: (?P<what>.*?)"')


@dataclass(frozen=True)
class Host:
    """Where to log in over SSH; what is None is what ssh_config(5) says, or its default."""

    address: str
    user: str | None = None
    port: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """The host of ``user@address:port``. Raises Problem (status 2) for anything else."""
        found = ADDRESS.fullmatch(text)
        port = int(found["port"]) if found and found["port"] else None
        if not found or (port is not None and not 0 < port < 65536):
            raise Problem(
                f"HOST={text} is no host: write user@address or user@address:port,"
                " as in HOST=deploy@203.0.113.7",
                2,
            )
        return cls(found["ipv6"] or found["name"], found["user"], port)

    @property
    def variables(self) -> dict[str, str | int]:
        """What Ansible has to know of it."""
        known = {"ansible_host": self.address, "ansible_user": self.user, "ansible_port": self.port}
        return {name: value for name, value in known.items() if value is not None}

    @property
    def ssh_command(self) -> str:
        """What a user types to see whether it can be reached."""
        login = f"{self.user}@{self.address}" if self.user else self.address
        return f"ssh {login}" if self.port is None else f"ssh -p {self.port} {login}"


def refuse_unreachable(root: Path, host: Host) -> None:
    """Raise Problem (status 2) if one cannot log in there and become root without a password."""
    arguments = ["--module-name", "ansible.builtin.raw", "--args", BECOME_ROOT, "all"]
    with _inventory(host) as inventory:
        answer = commands.attempt([*_ansible("ansible"), *inventory, *arguments], _environment(root))
    if answer.returncode == UNREACHABLE:
        said = SSH_SAID.search(answer.stdout)
        raise Problem(
            f"{host.address} cannot be reached over SSH ({said['what'] if said else 'no reason was given'}):"
            f" make `{host.ssh_command}` work without a password first",
            2,
        )
    if answer.returncode:
        raise Problem(
            f"{host.address} does not let its user become root: install sudo there, and allow the user to use"
            " it without a password",
            2,
        )


def play(root: Path, playbook: str, host: Host, variables: Mapping[str, str], *, check: bool = False) -> None:
    """Run one of the playbooks for the host, in the user's terminal.

    With ``check`` it shows what it would change, and changes nothing. Raises Problem if the playbook fails or
    the user interrupts it (status 130).
    """
    arguments = ["--extra-vars", json.dumps(variables), *(["--check", "--diff"] if check else [])]
    arguments.append(str(root / "ansible" / playbook))
    with _inventory(host) as inventory:
        command = [*_ansible("ansible-playbook"), *inventory, *arguments]
        try:
            status = commands.show(command, _environment(root))
        except KeyboardInterrupt:
            raise Problem(
                f"interrupted: run the same again; `make verify` says whether a release is left half"
                f" taken on {host.address}",
                130,
            ) from None
    if status:
        raise Problem(f"{playbook} failed on {host.address}: the last task above says why")


def https(domain: str | None, certificate: Path | None, key: Path | None) -> dict[str, str]:
    """The variables of the role tls. Raises Problem (status 2) where one of the three is missing.

    A domain alone means a certificate from an ACME server.
    """
    if (certificate is None) != (key is None) or (certificate and not domain):
        raise Problem("CERTIFICATE= and KEY= go together, and with DOMAIN=: name all three", 2)
    if not domain:
        return {}
    if certificate is None or key is None:
        return {"domain": domain, "tls_source": "acme"}
    files = {"tls_certificate": str(certificate.absolute()), "tls_key": str(key.absolute())}
    return {"domain": domain, "tls_source": "files", **files}


def refuse_wrong_knobs(root: Path) -> None:
    """Raise Problem (status 2) if gateway.env, which goes to the server as it is, has a wrong knob."""
    knobs.refuse_environment(dict(os.environ), root / "gateway.env")
    knobs.read_knobs(root / "gateway.env")


def _ansible(program: str) -> list[str]:
    path = Path(sys.executable).with_name(program)
    if not path.exists():
        raise Problem(f"{program} is not installed beside this command: run it through `make`", 2)
    return [str(path)]


@contextmanager
def _inventory(host: Host) -> Iterator[list[str]]:
    """The option that names an inventory of this one host.

    It is a file, because an inline one has no place for user and port, and because the host must not be
    called by its address: Ansible would take 127.0.0.1 for the machine that it runs on.
    """
    with NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"all": {"hosts": {"server": host.variables}}}, file)
        file.flush()
        yield ["--inventory", file.name]


def _environment(root: Path) -> dict[str, str]:
    """Our own settings of Ansible; it refuses to start in a locale without UTF-8."""
    return {"ANSIBLE_CONFIG": str(root / "ansible/ansible.cfg"), "LC_ALL": "C.UTF-8"}
