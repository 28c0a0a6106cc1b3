"""A real engine is started and ended: a second one beside the one that runs, with folders of its own."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

import pytest

from wsgi_gateways import engine
from wsgi_gateways.output import Problem


@pytest.fixture
def daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[engine.Daemon]:
    # In namespaces of its own: a second engine would take the bridge from the first one.
    (tmp_path / "dockerd").write_text(f'#!/bin/sh\nexec unshare --net --mount {which("dockerd")} "$@"\n')
    (tmp_path / "dockerd").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    # A short path: a UNIX socket's is bounded to 108 bytes (unix(7)).
    with TemporaryDirectory(prefix="engine-", dir="/tmp") as folder:
        places = {"host": f"unix://{folder}/docker.sock", "pidfile": f"{folder}/docker.pid"}
        places |= {"data-root": f"{folder}/data", "exec-root": f"{folder}/docker"}
        arguments = [f"--{name}={place}" for name, place in places.items()]
        arguments += ["--bridge=none", "--iptables=false", "--ip-forward=false"]
        daemon = engine.Daemon(tuple(arguments), Path(folder), Path(folder) / "dockerd.log")
        yield daemon
        engine.stop(daemon)


def answers(daemon: engine.Daemon) -> bool:
    command = ["docker", "--host", daemon.docker_host, "info"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_an_engine_starts_although_stale_pid_files_lie_around_and_ends_when_told(
    daemon: engine.Daemon,
) -> None:
    stale = daemon.run_directory / "docker.pid"
    stale.write_text(str(os.getpid()))
    containerd = daemon.run_directory / "docker/containerd/containerd.pid"
    containerd.parent.mkdir(parents=True)
    containerd.write_text(str(os.getpid()))

    process = engine.start(daemon)
    assert answers(daemon)
    assert stale.read_text() != str(os.getpid())

    engine.stop(daemon)
    assert process
    assert process.wait() == 0
    assert not answers(daemon)


def test_an_engine_that_cannot_start_shows_the_end_of_its_log(daemon: engine.Daemon) -> None:
    broken = replace(daemon, arguments=(*daemon.arguments, "--storage-driver=papyrus"))
    with pytest.raises(Problem, match="papyrus"):
        engine.start(broken)


def test_an_engine_that_answers_is_left_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    engine.ensure()
    assert capsys.readouterr().out == ""


def test_an_engine_named_by_docker_host_that_does_not_answer_is_not_replaced(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    with pytest.raises(Problem, match="start it, or unset DOCKER_HOST") as caught:
        engine.ensure()
    assert caught.value.status == 2
