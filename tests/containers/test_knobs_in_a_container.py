"""with-knobs, the entrypoint of every image: knobs left empty follow the CPU quota."""

import os

import pytest

from tests.containers.container import run_once
from wsgi_gateways.compose import Stack

CPUS = len(os.sched_getaffinity(0))


@pytest.fixture
def image(stack: Stack) -> str:
    return stack.image("base")


def knobs(image: str, *options: str) -> dict[str, str]:
    """The knobs that a server would see."""
    done = run_once(image, "env", options=options)
    assert done.returncode == 0, done.stderr
    variables = dict(line.split("=", 1) for line in done.stdout.splitlines())
    return {name: variables[name] for name in ("WORKERS", "THREADS", "CONCURRENCY")}


@pytest.mark.parametrize(("quota", "workers"), [("0.5", 1), ("1", 1), ("1.5", 2)])
def test_there_is_a_worker_for_each_cpu_of_the_quota_and_for_a_part_of_one(
    image: str, quota: str, workers: int
) -> None:
    assert int(knobs(image, "--cpus", quota)["WORKERS"]) == min(workers, CPUS)


def test_without_a_quota_there_is_a_worker_for_each_cpu(image: str) -> None:
    assert int(knobs(image)["WORKERS"]) == CPUS


def test_a_container_bound_to_one_cpu_gets_one_worker(image: str) -> None:
    assert knobs(image, "--cpuset-cpus", "0")["WORKERS"] == "1"


def test_a_worker_runs_four_requests_at_a_time(image: str) -> None:
    assert knobs(image, "--cpus", "1") == {"WORKERS": "1", "THREADS": "4", "CONCURRENCY": "4"}


def test_given_values_win(image: str) -> None:
    given = ("--cpus", "1", "-e", "WORKERS=3", "-e", "THREADS=2")
    assert knobs(image, *given) == {"WORKERS": "3", "THREADS": "2", "CONCURRENCY": "6"}


def test_an_empty_value_is_no_value(image: str) -> None:
    given = ("--cpus", "1", "-e", "WORKERS=", "-e", "THREADS=")
    assert knobs(image, *given) == {"WORKERS": "1", "THREADS": "4", "CONCURRENCY": "4"}


@pytest.mark.parametrize("name", ["WORKERS", "THREADS"])
@pytest.mark.parametrize("value", ["abc", "0", "33", "1.5", "007", "-1", " 2"])
def test_a_wrong_value_gets_one_sentence(image: str, name: str, value: str) -> None:
    done = run_once(image, "env", options=["-e", f"{name}={value}"])
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        f"with-knobs: {name}={value} is not a whole number from 1 to 32:"
        " correct it in gateway.env, or leave it empty"
    ]


@pytest.mark.parametrize(("threads", "workers"), [("", "8"), ("1", "32"), ("16", "2")])
def test_a_machine_with_384_cpus_gets_the_workers_that_the_limits_carry(
    image: str, threads: str, workers: str
) -> None:
    nproc = "printf '#!/bin/sh\\necho 384\\n' > /bigger/nproc; chmod +x /bigger/nproc"
    ask = f"{nproc}; PATH=/bigger:$PATH exec with-knobs env"
    options = ["--tmpfs", "/bigger:exec,mode=1777", "--entrypoint", "sh", "-e", f"THREADS={threads}"]
    done = run_once(image, "-c", ask, options=options)
    assert f"WORKERS={workers}" in done.stdout.splitlines(), done.stderr


def test_more_requests_at_a_time_than_the_limits_carry_are_refused(image: str) -> None:
    done = run_once(image, "env", options=["-e", "WORKERS=9", "-e", "THREADS=4"])
    assert done.returncode == 2
    assert "WORKERS=9 times THREADS=4 is more than 32" in done.stderr
