"""What is said beside the figures of a scenario."""

import pytest

from tests.bench import made_up
from wsgi_gateways.bench import result, show


def again(*cpu: float) -> list[dict[str, object]]:
    return [made_up.cell("one", each, "reference", round=number) for number, each in enumerate(cpu, 1)]


def test_two_containers_of_the_reference_are_held_against_each_other() -> None:
    [line] = show.self_test(made_up.result({"one": [60.0] * 8}, again(*[60.0] * 8)), "hello")
    assert line.startswith("two containers of one in each round: ratio 1.00 (1.00 to 1.00), a tie")
    [line] = show.self_test(made_up.result({"one": [60.0] * 8}, again(*[90.0] * 8)), "hello")
    assert "which is wrong: they are of one image" in line


def test_a_self_test_that_could_not_be_made_is_said() -> None:
    untested = "how much the machine drifted could not be tested"
    broken = made_up.failed("one", "under load: 1 × cut", "reference", number=2)
    [line] = show.self_test(made_up.result({"one": [60.0] * 2}, [*again(60.0), broken]), "hello")
    assert line == f"{untested}: a turn of one failed: under load: 1 × cut"
    [line] = show.self_test(made_up.result({"one": [60.0] * 2}), "hello")
    assert line == f"{untested}: one did not have two turns in each round"
    assert show.self_test(made_up.result({"one": [60.0]}), "board") == []


@pytest.mark.parametrize(
    ("microseconds", "cpus", "told"), [(85.0, 2, 0), (95.0, 2, 1), (95.0, 8, 0), (190.0, 8, 1)]
)
def test_a_load_generator_that_could_not_do_more_is_said(microseconds: float, cpus: int, told: int) -> None:
    run = made_up.result({"one": [60.0] * 8})
    run["machine"]["cpus"] = cpus
    for each in run["cells"]:
        each |= {"requests_per_second": 10_000.0, "generator_cpu_us_per_request": microseconds}
    line = "one, hello: the load generator was at its limit, so requests per second are its own"
    assert show.generator_at_its_limit(run, "hello") == [line] * told
    assert show.generator_at_its_limit(run, "board") == []


def test_processes_that_ended_with_their_request_are_told_apart() -> None:
    cgi = made_up.cell("cgi", 45_000.0, cpu_us_by_program={"lighttpd": 200.0})
    told = result.Series([cgi], "cgi", "hello").programs_and_the_rest()
    assert told == "lighttpd 200.0, ended processes 44,800.0"
    # The clock of the group is not that of its processes.
    other = made_up.cell("one", 60.0, cpu_us_by_program={"nginx": 20.0, "python3": 39.0})
    assert result.Series([other], "one", "hello").programs_and_the_rest() == "nginx 20.0, python3 39.0"
