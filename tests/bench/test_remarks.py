"""What is said beside the figures."""

import pytest

from tests.bench import made_up
from wsgi_gateways.bench import remarks, report, result


def again(*cpu: float) -> list[dict[str, object]]:
    return [made_up.cell("one", each, "reference", round=number) for number, each in enumerate(cpu, 1)]


def test_two_containers_of_the_reference_are_held_against_each_other() -> None:
    [line] = remarks.self_test(made_up.result({"one": [60.0] * 8}, again(*[60.0] * 8)), "hello")
    assert line.startswith("Two containers of one in each round: ratio 1.00 (1.00 to 1.00), a tie")
    [line] = remarks.self_test(made_up.result({"one": [60.0] * 8}, again(*[90.0] * 8)), "hello")
    assert "which is wrong: they are of one image" in line


def test_a_self_test_that_could_not_be_made_is_said() -> None:
    untested = "How much the machine drifted could not be tested"
    broken = made_up.failed("one", "under load: 1 × cut", "reference", number=2)
    [line] = remarks.self_test(made_up.result({"one": [60.0] * 2}, [*again(60.0), broken]), "hello")
    assert line == f"{untested}: a turn of one failed: under load: 1 × cut"
    [line] = remarks.self_test(made_up.result({"one": [60.0] * 2}), "hello")
    assert line == f"{untested}: one did not have two turns in each round"
    assert remarks.self_test(made_up.result({"one": [60.0]}), "board") == []


@pytest.mark.parametrize(
    ("microseconds", "cpus", "told"), [(85.0, 2, 0), (95.0, 2, 1), (95.0, 8, 0), (190.0, 8, 1)]
)
def test_a_load_generator_that_could_not_do_more_is_said(microseconds: float, cpus: int, told: int) -> None:
    run = made_up.result({"one": [60.0] * 8})
    run["machine"]["cpus"] = cpus
    for each in run["cells"]:
        each |= {"requests_per_second": 10_000.0, "generator_cpu_us_per_request": microseconds}
    line = "one, hello: the load generator was at its limit, so requests per second are its own"
    assert remarks.generator_at_its_limit(run, "hello") == [line] * told
    assert remarks.generator_at_its_limit(run, "board") == []


def test_processes_that_ended_with_their_request_are_told_apart() -> None:
    cgi = made_up.cell("cgi", 45_000.0, cpu_us_by_program={"lighttpd": 200.0})
    told = result.Series([cgi], "cgi", "hello").programs_and_the_rest()
    assert told == "lighttpd 200.0, ended processes 44,800.0"
    # The clock of the group is not that of its processes.
    other = made_up.cell("one", 60.0, cpu_us_by_program={"nginx": 20.0, "python3": 39.0})
    assert result.Series([other], "one", "hello").programs_and_the_rest() == "nginx 20.0, python3 39.0"


def test_unlike_concurrency_is_said() -> None:
    run = made_up.result({"one": [60.0] * 8, "other": [60.0] * 8})
    assert remarks.unequal_concurrency(run) == []
    observed = made_up.GATEWAY["concurrency"] | {"requests_at_a_time": 32}
    run["gateways"]["other"] = made_up.GATEWAY | {"concurrency": observed}
    assert remarks.unequal_concurrency(run) == ["8 requests at a time: one", "32 requests at a time: other"]


def test_concurrency_that_could_not_be_observed_is_said() -> None:
    run = made_up.result({"one": [60.0] * 8, "other": [60.0] * 8})
    run["gateways"]["other"] = made_up.GATEWAY | {"concurrency": None}
    result.refuse_invalid(run, "a.json")
    unknown = "an unknown number of requests at a time: other"
    assert remarks.unequal_concurrency(run) == [unknown, "8 requests at a time: one"]
    assert "An unknown number of requests at a time: other." in report.page(run)
    assert "not all requests were answered" in report.page(run)


def test_what_the_harness_takes_is_said_and_held_against_its_limit() -> None:
    run = made_up.result({"one": [60.0] * 8})
    assert "took 0.10% of the CPU time of what it measured at hello (limit 2%: kept)" in remarks.harness(run)
    # A cell counts by what it has measured: this one has ten times the CPU time of each other.
    run["cells"][3] |= {"harness_cpu_share": 0.05, "requests": 10_000}
    assert "took 2.98% of the CPU time of what it measured at hello (limit 2%: MISSED)" in remarks.harness(
        run
    )
    everything_failed = made_up.result({}, [made_up.failed("one", "broken")])
    assert remarks.harness(everything_failed) == "nothing was measured without an error"


def test_what_was_left_of_the_machine_is_said() -> None:
    run = made_up.result({"one": [60.0] * 8}, [made_up.failed("broken", "no response")])
    run["cells"][3] |= {"machine_idle_share": 0.25, "machine_stolen_share": 0.031}
    run["cells"].append(made_up.cell("one", 9.0, scenario="wait", machine_idle_share=0.9))
    assert remarks.idle(run, "hello") == [
        "In the rounds the machine's CPUs were idle for 2% to 25% of the time, and"
        " the hypervisor took 3.1% at most"
    ]
    assert remarks.idle(made_up.result({}, [made_up.failed("one", "broken")]), "hello") == []
