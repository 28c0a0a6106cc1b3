"""A container may do next to nothing: no root, no capability, no way to more."""

from testinfra.host import Host

from tests.containers.container import Container, run_once


def test_no_process_runs_as_root(service: str, container: Container) -> None:
    assert {process.uids for process in container.processes()} == {(33, 33, 33, 33)}


def test_no_process_has_a_capability(service: str, container: Container) -> None:
    assert {process.effective_capabilities for process in container.processes()} == {0}


def test_no_process_can_gain_privileges(service: str, container: Container) -> None:
    assert all(process.no_new_privileges for process in container.processes())


def test_system_calls_are_filtered(service: str, container: Container) -> None:
    assert {process.seccomp for process in container.processes()} == {2}  # SECCOMP_MODE_FILTER


def test_nothing_in_the_image_runs_as_another_user_than_who_starts_it(
    service: str, container: Container
) -> None:
    find = ("find", "/", "-xdev", "-type", "f", "-perm", "/6000")
    assert run_once(container.image(), *find, options=["--user", "0"]).stdout == ""


def test_the_engine_adds_no_privileges(service: str, container: Container) -> None:
    given = container.inspect()["HostConfig"]
    assert not given["Privileged"]
    assert not given["CapAdd"]
    assert not given["Devices"]
    assert {given["PidMode"], given["UTSMode"], given["UsernsMode"]} == {""}
    assert given["IpcMode"] == "private"


def test_an_uploaded_program_does_not_start(service: str, host: Host) -> None:
    program = "/tmp/program"
    host.run_expect([0], f"printf '#!/bin/sh\\n' > {program} && chmod +x {program}")
    assert host.run(program).rc == 126  # found, and may not be executed
    host.run_expect([0], f"rm {program}")
