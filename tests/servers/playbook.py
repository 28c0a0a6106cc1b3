"""Playbooks run with an inventory, or with variables that the command line has no word for."""

import json
import sys
from pathlib import Path

from tests.servers.server import ROOT, Done, run
from wsgi_gateways.servers import Host


def play(server_host: str, ssh_config: Path, playbook: str, tags: str, variables: dict[str, object]) -> Done:
    """Run the part of a playbook that has these tags for one host, called "server"."""
    inventory = ssh_config.with_name("inventory.json")
    inventory.write_text(json.dumps({"all": {"hosts": {"server": Host.parse(server_host).variables}}}))
    given = json.dumps({"artifacts": str(ssh_config.parent), **variables})
    return play_inventory(inventory, ssh_config, playbook, "--tags", tags, "--extra-vars", given)


def play_inventory(inventory: Path, ssh_config: Path, playbook: str, *options: str) -> Done:
    """Run a playbook as a user with an inventory does."""
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    command = [program, "--inventory", str(inventory), *options, str(ROOT / "ansible" / playbook)]
    configuration = str(ROOT / "ansible/ansible.cfg")
    return run(command, ssh_config, ANSIBLE_CONFIG=configuration, ANSIBLE_NOCOLOR="1", LC_ALL="C.UTF-8")
