"""What check.yml refuses before it looks at a host, and what the roles know of one, without a server."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ANSIBLE_PLAYBOOK = str(Path(sys.executable).with_name("ansible-playbook"))
RECORD = Path("/etc/wsgi-gateways.json")


def play(playbook: Path, *options: str) -> tuple[int, str]:
    """The status of a playbook that is run for this machine, and its output in one line."""
    settings = {
        "ANSIBLE_CONFIG": str(ROOT / "ansible/ansible.cfg"),
        "ANSIBLE_NOCOLOR": "1",
        "LC_ALL": "C.UTF-8",
    }
    command = [
        ANSIBLE_PLAYBOOK,
        "--inventory",
        "localhost,",
        "--connection",
        "local",
        *options,
        str(playbook),
    ]
    done = subprocess.run(command, env=os.environ | settings, capture_output=True, text=True, check=False)
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def beside(*gateways: str) -> list[dict[str, object]]:
    return [{"gateway": gateway, "port": 8081 + index} for index, gateway in enumerate(gateways)]


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        (
            {"gateway": "ngnix-scgi"},
            'There is no gateway "ngnix-scgi": did you mean nginx-scgi? Take one of ',
        ),
        (
            {"gateway": "nginx-scgi", "beside": beside("base")},
            'There is no gateway "base": take one of ',
        ),
        ({"gateway": "nginx-scgi", "beside": beside("nginx-scgi")}, "one host can have a gateway once"),
        (
            {"gateway": "apache-cgi", "settings": {"A": "b"}},
            "localhost has settings, and a CGI script gets none",
        ),
        (
            {"gatewya": "nginx-scgi"},
            "gatewya is not a variable of these playbooks, gateway is not set: there are address, ",
        ),
        # The playbook's own.
        ({"gateway": "nginx-scgi", "host_record": {}}, "host_record is not a variable of these playbooks: "),
    ],
)
def test_what_cannot_be_is_one_sentence(variables: dict[str, object], sentence: str) -> None:
    given = json.dumps({"needed": ["gateway"], **variables})
    status, output = play(ROOT / "ansible/check.yml", "--extra-vars", given)
    assert status == 2
    assert sentence in output
    assert "Traceback" not in output


@pytest.mark.parametrize(("role", "variable"), [("gateway", "gateway_before"), ("app", "app_host")])
def test_a_role_without_check_reads_the_record_itself(tmp_path: Path, role: str, variable: str) -> None:
    """Another playbook, anywhere, may have the role alone."""
    record = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    playbook = tmp_path / "one-role.json"
    tasks = [
        {"ansible.builtin.import_role": {"name": role, "tasks_from": "record.yml"}},
        {"ansible.builtin.assert": {"that": f"{variable} == expected"}},
    ]
    playbook.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": tasks}]))
    told = {"gateway": "nginx-scgi", "units": ["nginx.service"]}
    for variables in ({"expected": record}, {"expected": told, "host_record": told}):
        status, output = play(playbook, "--extra-vars", json.dumps(variables))
        assert status == 0, output
