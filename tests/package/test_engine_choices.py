"""What is installed where, decided from what is missing. The releases are not at hand here, so they are
written down; the engine itself is started for real in tests/command."""

import os
from pathlib import Path

import pytest

from wsgi_gateways import engine
from wsgi_gateways.debian import Mirrors, Release

EVERYTHING = engine.Missing(engine=True, compose=True, buildx=True)


def release(distribution: str, codename: str) -> Release:
    return Release(distribution, codename, f"{distribution} {codename}")


@pytest.mark.parametrize(
    ("distribution", "codename", "packages"),
    [
        ("debian", "bookworm", ["docker.io", "docker-compose", "docker-buildx"]),
        ("debian", "trixie", ["docker.io", "docker-cli", "docker-compose", "docker-buildx"]),
        ("ubuntu", "noble", ["docker.io", "docker-compose-v2", "docker-buildx"]),
    ],
)
def test_a_bare_machine_gets_all_of_it(distribution: str, codename: str, packages: list[str]) -> None:
    assert (
        engine.choose_packages(EVERYTHING, release(distribution, codename), dockerd=False, client=False)
        == packages
    )


def test_an_installed_engine_that_is_not_running_is_not_installed_again() -> None:
    missing = engine.Missing(engine=True, compose=False, buildx=False)
    assert engine.choose_packages(missing, release("debian", "bookworm"), dockerd=True, client=True) == []


def test_a_client_from_elsewhere_is_kept() -> None:
    packages = engine.choose_packages(EVERYTHING, release("debian", "trixie"), dockerd=False, client=True)
    assert "docker-cli" not in packages


def test_debian_13_gives_two_packages_to_debian_12_and_no_other() -> None:
    sources, pins = engine.newer_packages(Mirrors("http://mirror.example/debian", ""))
    assert "URIs: http://mirror.example/debian\nSuites: trixie\n" in sources
    everything, two_packages = pins.split("\n\n")
    assert everything.endswith("Package: *\nPin: release n=trixie\nPin-Priority: -10")
    assert two_packages.startswith("Package: docker-compose docker-buildx\n")


def test_a_pid_file_of_a_process_that_is_gone_or_another_program_is_removed(tmp_path: Path) -> None:
    containerd = tmp_path / "docker/containerd/containerd.pid"
    containerd.parent.mkdir(parents=True)
    containerd.write_text(str(os.getpid()))
    docker = tmp_path / "docker.pid"
    docker.write_text("4194305\n")
    engine.remove_stale_pid_files(tmp_path)
    assert not docker.exists()
    assert not containerd.exists()


def test_an_engine_that_was_not_started_here_is_not_ended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    daemon = engine.Daemon(run_directory=tmp_path)
    daemon.started_by_us.write_text(f"{os.getpid()} 12345")
    engine.stop(daemon)
    assert "nothing was ended" in capsys.readouterr().out
