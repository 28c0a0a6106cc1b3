"""What an administrator finds on the server: units, users, modes, and nothing that was not asked for."""

import json

import pytest
from testinfra.host import Host

from tests.servers.server import Server
from wsgi_gateways.catalogue import Gateway

WWW_DATA = 33


def test_its_units_run_and_start_at_boot(gateway: Gateway, host: Host) -> None:
    for unit in gateway.units:
        assert host.service(unit).is_running, unit
        assert host.service(unit).is_enabled, unit


def test_no_unit_has_failed_or_was_started_anew(gateway: Gateway, host: Host) -> None:
    assert host.check_output("systemctl --failed --no-legend") == ""
    for unit in gateway.units:
        assert host.check_output("systemctl show -P NRestarts %s", unit) == "0"


def test_every_process_of_it_is_www_datas(gateway: Gateway, host: Host) -> None:
    for unit in gateway.units:
        processes = processes_of(host, unit)
        assert processes, unit
        assert {each["uid"] for each in processes} == {WWW_DATA}, unit


def test_no_process_of_it_can_gain_a_privilege(gateway: Gateway, host: Host) -> None:
    for unit in gateway.units:
        assert all(each["no_new_privileges"] and each["seccomp"] for each in processes_of(host, unit)), unit


def test_port_80_is_the_only_one_besides_ssh_that_the_world_reaches(host: Host) -> None:
    listed = host.check_output("python3 -ISc %s", LISTENING)
    assert json.loads(listed) == [22, 80]


def test_the_release_belongs_to_root_and_www_data_may_read_it(host: Host) -> None:
    foreign = "find -L /srv/app/current -not -user root -o -perm /022 -not -type l"
    assert host.check_output(foreign) == ""
    unreadable = "find -L /srv/app/current -type f -not -readable -o -type d -not -executable"
    assert host.check_output(f"cd / && setpriv --reuid 33 --regid 33 --clear-groups {unreadable}") == ""


def test_a_file_of_the_release_has_the_time_of_its_source(host: Host) -> None:
    """A cache that asks for what has changed since then gets the truth; 1970 for all would be none."""
    assert host.file("/srv/app/current/static/style.css").mtime.year > 2000


def test_the_boards_data_is_www_datas_alone(host: Host) -> None:
    data = host.file("/var/lib/app")
    assert (data.user, data.group, data.mode) == ("www-data", "www-data", 0o750)


@pytest.mark.parametrize("program", ["gcc", "pip", "pip3"])
def test_there_is_no_compiler_and_no_pip(host: Host, server: Server, program: str) -> None:
    assert not host.exists(program)
    assert not host.file(f"/srv/app/current/venv/bin/{program}").exists


def test_each_unit_is_sandboxed(gateway: Gateway, host: Host, figures: dict[str, str]) -> None:
    """At most 2.0, "OK", where our own unit runs the application; a web server's is only printed."""
    for unit in gateway.units:
        report = json.loads(host.check_output("systemd-analyze security --json=short %s", unit) or "[]")
        assert report, unit
        level = float(host.run("systemd-analyze security %s", unit).stdout.split("level for")[1].split()[1])
        figures[unit] = f"exposure {level}"
        runs_application = unit == "application.service" or len(gateway.units) == 1
        assert level <= 2.0 or not runs_application, unit


# TCP sockets that listen on other addresses than those of the loopback interface; runs over there.
LISTENING = """
import json
ports = set()
for name, width in (("tcp", 8), ("tcp6", 32)):
    for line in open(f"/proc/net/{name}").read().splitlines()[1:]:
        address, port = line.split()[1].split(":")
        loopback = address.endswith("7F") if width == 8 else address == "0" * 24 + "01000000"
        if line.split()[3] == "0A" and not loopback:
            ports.add(int(port, 16))
print(json.dumps(sorted(ports)))
"""
# Of each process of a unit: what /proc says; runs over there.
PROCESSES = """
import json, pathlib, sys
processes = []
for pid in (pathlib.Path("/sys/fs/cgroup") / sys.argv[1].lstrip("/") / "cgroup.procs").read_text().split():
    try:
        lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        continue
    status = {key: value.strip() for key, value in (line.split(":", 1) for line in lines)}
    processes.append({
        "name": status["Name"],
        "uid": int(status["Uid"].split()[1]),
        "no_new_privileges": status["NoNewPrivs"] == "1",
        "seccomp": status["Seccomp"] != "0",
    })
print(json.dumps(processes))
"""


def processes_of(host: Host, unit: str) -> list[dict[str, int | bool | str]]:
    group = host.check_output("systemctl show -P ControlGroup %s", unit)
    processes: list[dict[str, int | bool | str]] = json.loads(
        host.check_output("python3 -ISc %s %s", PROCESSES, group)
    )
    return processes
