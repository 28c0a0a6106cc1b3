"""What the machine at hand is, and where it gets Debian from."""

from pathlib import Path

import pytest

from wsgi_gateways.debian import Mirrors, parse_index_targets, read_release
from wsgi_gateways.output import Problem


def test_the_release_is_what_os_release_says(tmp_path: Path) -> None:
    os_release = tmp_path / "os-release"
    os_release.write_text('PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nID=debian\nVERSION_CODENAME=trixie\n')
    release = read_release(os_release)
    assert (release.distribution, release.codename, release.has_apt) == ("debian", "trixie", True)


def test_a_system_without_os_release_has_no_apt(tmp_path: Path) -> None:
    assert not read_release(tmp_path / "none").has_apt


def test_the_mirror_is_the_one_that_apt_uses() -> None:
    printed = (
        "http://other.example/repo Other Other\n"
        "http://mirror.example/debian/ Debian Debian\n"
        "http://second.example/debian/ Debian Debian\n"
        "http://mirror.example/debian-security/ Debian Debian-Security\n"
    )
    mirrors = parse_index_targets(printed)
    assert mirrors.sources("trixie") == [
        "deb http://mirror.example/debian trixie main",
        "deb http://mirror.example/debian trixie-updates main",
        "deb http://mirror.example/debian-security trixie-security main",
    ]


def test_a_machine_without_security_updates_gets_none() -> None:
    assert len(Mirrors("http://mirror.example/debian", "").sources("trixie")) == 2


def test_a_machine_without_a_debian_mirror_is_told_what_else_to_do() -> None:
    with pytest.raises(Problem, match="BASE_IMAGE") as caught:
        parse_index_targets("http://mirror.example/ubuntu/ Ubuntu Ubuntu\n")
    assert caught.value.status == 2
