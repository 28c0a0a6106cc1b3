"""Playbooks run with variables that the command line has no word for."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from tests.servers.server import ROOT, Done
from wsgi_gateways.servers import Host


def play(server_host: str, ssh_config: Path, playbook: str, tags: str, variables: dict[str, object]) -> Done:
    """Run the part of a playbook that has these tags for one host, called "server"."""
    inventory = ssh_config.with_name("inventory.json")
    inventory.write_text(json.dumps({"all": {"hosts": {"server": Host.parse(server_host).variables}}}))
    began = time.monotonic()
    done = subprocess.run(
        [
            *(str(Path(sys.executable).with_name("ansible-playbook")), "--inventory", str(inventory)),
            *("--tags", tags, "--extra-vars", json.dumps({"artifacts": str(ssh_config.parent), **variables})),
            str(ROOT / "ansible" / playbook),
        ],
        cwd=ROOT,
        env={
            **os.environ,
            "ANSIBLE_CONFIG": str(ROOT / "ansible/ansible.cfg"),
            "ANSIBLE_SSH_COMMON_ARGS": f"-F {ssh_config}",
            "ANSIBLE_NOCOLOR": "1",
            "LC_ALL": "C.UTF-8",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Done(done.returncode, done.stdout, time.monotonic() - began)
