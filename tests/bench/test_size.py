"""Cores, machines and memory for a wanted load."""

from typing import Any

import pytest

from tests.bench import made_up
from wsgi_gateways.bench import size
from wsgi_gateways.output import Problem


def result(requests_per_second: float, *more: dict[str, Any]) -> dict[str, Any]:
    run = made_up.result({"one": [90.0] * 8}, more)
    for each in run["cells"][:8]:
        each["requests_per_second"] = requests_per_second
    return run


def latency(*histogram: list[int]) -> dict[str, Any]:
    return made_up.cell("one", 100.0, "latency", histogram=histogram)


def test_cores_are_busy_cores_divided_by_the_utilisation() -> None:
    (found,) = size.sizes(result(22_000, latency([100, 980], [900, 20])), "hello", 20_000)
    assert (found.busy_cores, found.cores, found.machines, found.bound) == (2.0, 4, 2, "CPU")
    assert found.memory == 100 * 1024**2
    assert found.p99_ms == 0.9


def test_machines_are_as_many_as_the_requests_per_second_that_one_answers_ask_for() -> None:
    # As of an application that waits: its CPUs are idle, and yet it does not answer more.
    (found,) = size.sizes(result(1000, latency([100, 1000])), "hello", 20_000)
    assert (found.cores, found.machines, found.bound) == (4, 40, "requests/s")
    assert found.memory == 40 * 50 * 1024**2


def test_a_percentile_of_too_few_requests_was_not_measured(capsys: pytest.CaptureFixture[str]) -> None:
    size.show(result(22_000, latency([100, 99], [900, 1])), "hello", 20_000)
    assert "not measured" in capsys.readouterr().out


def test_a_scenario_that_was_not_measured_has_no_size() -> None:
    with pytest.raises(Problem, match="board is not in this result; there is: hello"):
        size.sizes(result(1000), "board", 1)


def test_who_failed_and_what_is_in_doubt_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    run = result(1000, made_up.failed("broken", "under load: 1 × wrong"))
    run["partial"] = "interrupted by SIGINT"
    run["profile"]["rounds"] = 3
    size.show(run, "hello", 100)
    out, err = capsys.readouterr()
    assert "FAILED broken: under load: 1 × wrong" in out
    assert "size: interrupted by SIGINT" in err
    assert "size: fewer than 8 rounds tell nothing apart" in err
