"""CPU and memory of a container are read where the kernel accounts them, with cgroup v1 and v2."""

import os
import time
from pathlib import Path

import pytest

from wsgi_gateways.bench import cell, cgroup
from wsgi_gateways.bench.load import LoadError


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    return tmp_path / "proc"


@pytest.fixture
def cgroups(tmp_path: Path) -> Path:
    return tmp_path / "cgroup"


def test_with_version_2_there_is_one_folder(proc: Path, cgroups: Path) -> None:
    put(proc / "7/cgroup", "0::/docker/abc\n")
    put(cgroups / "docker/abc/cpu.stat", "usage_usec 1234\nuser_usec 1000\nsystem_usec 234\n")
    put(cgroups / "docker/abc/memory.current", "4096\n")
    put(cgroups / "docker/abc/memory.peak", "8192\n")
    put(cgroups / "docker/abc/cgroup.procs", "7\n8\n")
    group = cgroup.of_process(7, cgroups, proc)
    assert group.cpu_microseconds() == 1234
    assert (group.memory_bytes(), group.peak_memory_bytes()) == (4096, 8192)
    assert group.processes() == [7, 8]


def test_a_container_has_ended_once_it_has_no_process(proc: Path, cgroups: Path) -> None:
    put(proc / "7/cgroup", "0::/docker/abc\n")
    group = cgroup.of_process(7, cgroups, proc)
    assert group.has_ended()
    put(cgroups / "docker/abc/cgroup.procs", "7\n")
    assert not group.has_ended()
    put(cgroups / "docker/abc/cgroup.procs", "")
    assert group.has_ended()


def test_an_old_kernel_with_version_2_tells_no_peak(proc: Path, cgroups: Path) -> None:
    put(proc / "7/cgroup", "0::/docker/abc\n")
    assert cgroup.of_process(7, cgroups, proc).peak_memory_bytes() is None


@pytest.mark.parametrize("folder", ["cpuacct", "cpu,cpuacct"])
def test_with_version_1_each_controller_has_its_folder(proc: Path, cgroups: Path, folder: str) -> None:
    lines = ["12:memory:/docker/abc", f"4:{folder}:/docker/abc", "1:name=systemd:/docker/abc", "0::/"]
    put(proc / "7/cgroup", "\n".join(lines))
    put(cgroups / folder / "docker/abc/cpuacct.usage", "1234000\n")
    put(cgroups / "memory/docker/abc/memory.usage_in_bytes", "4096\n")
    put(cgroups / "memory/docker/abc/memory.max_usage_in_bytes", "8192\n")
    group = cgroup.of_process(7, cgroups, proc)
    assert group.cpu_microseconds() == 1234
    assert (group.memory_bytes(), group.peak_memory_bytes()) == (4096, 8192)


def test_with_version_1_the_peak_can_start_anew_and_with_version_2_it_stays(tmp_path: Path) -> None:
    for version, name in ((1, "memory.max_usage_in_bytes"), (2, "memory.peak")):
        put(tmp_path / name, "8192\n")
        cgroup.Cgroup(tmp_path, tmp_path, version).reset_peak_memory()
    assert (tmp_path / "memory.max_usage_in_bytes").read_text() == "0"
    assert (tmp_path / "memory.peak").read_text() == "8192\n"


def test_a_peak_that_nobody_may_reset_stays(tmp_path: Path) -> None:
    cgroup.Cgroup(tmp_path, tmp_path / "none", 1).reset_peak_memory()


def test_shared_pages_are_counted_once_and_processes_that_ended_not_at_all(proc: Path) -> None:
    put(proc / "7/smaps_rollup", "header\nRss: 900 kB\nPss: 100 kB\nPss_Anon: 60 kB\n")
    put(proc / "8/smaps_rollup", "header\nRss: 900 kB\nPss: 50 kB\n")
    assert cgroup.proportional_memory([7, 8, 9], proc) == 150 * 1024


def test_each_program_is_told_apart_by_its_own_clock(proc: Path) -> None:
    mine = os.getpid()
    put(proc / f"{mine}/comm", "gunicorn\n")
    before = cgroup.cpu_by_process([mine, 2**22 + 1], proc)
    while time.process_time() * 1e6 < before[mine, "gunicorn"] + 20_000:
        pass
    after = cgroup.cpu_by_process([mine], proc)
    told = cell._by_program(before | {(7, "nginx"): 5.0}, after | {(7, "nginx"): 905.0}, 100)
    assert told["nginx"] == 9
    assert 200 <= told["gunicorn"] < 2000


def test_a_process_that_began_or_ended_under_load_is_left_out() -> None:
    assert cell._by_program({(1, "a"): 0.0, (2, "b"): 0.0}, {(1, "a"): 50.0, (3, "b"): 9.0}, 10) == {"a": 5}


@pytest.mark.parametrize("kind", ["connect", "cut", "status", "wrong", "timeout"])
def test_a_single_error_of_any_kind_fails_the_cell(kind: str) -> None:
    seen = {"requests": 10_000, "errors": {"connect": 0, "cut": 0, "status": 0, "wrong": 0, "timeout": 0}}
    cell.refuse_errors(seen, "under load")
    with pytest.raises(LoadError, match=f"under load: 1 × {kind}"):
        cell.refuse_errors(seen | {"errors": {kind: 1}}, "under load")


def test_no_response_is_a_failure_and_no_zero() -> None:
    with pytest.raises(LoadError, match="no response at all"):
        cell.refuse_errors({"requests": 0, "errors": {}}, "under load")
