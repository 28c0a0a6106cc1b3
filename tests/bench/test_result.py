"""A result is what its schema says, and the report shows it."""

import json
import re
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.bench import made_up
from wsgi_gateways import cli
from wsgi_gateways.bench import concurrency, plots, ranking, report, result, verbs
from wsgi_gateways.bench.fleet import Fleet
from wsgi_gateways.bench.run import kept
from wsgi_gateways.output import Interruption, Problem


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    run = made_up.result({"one": [60.0, 61.0]}, [made_up.failed("two", "no response at all")])
    result.write(run, tmp_path / "results/a.json")
    assert result.read(tmp_path / "results/a.json") == run


@pytest.mark.parametrize(
    ("began", "newest"),
    [
        ({"a": "2026-11-25", "b": "2026-11-24"}, "a"),
        ({"a": "2026-11-25", "b": "2026-11-24", "reference": "2026-11-26"}, "a"),
        ({"reference": "2026-11-26"}, "reference"),
        ({"a": "2026-11-25", "b": ""}, "a"),
    ],
    ids=["by its run, not by its file", "not the reference", "if there is no other", "not what is no result"],
)
def test_the_newest_result_is_that_of_the_last_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, began: dict[str, str], newest: str
) -> None:
    (tmp_path / "results").mkdir()
    monkeypatch.setattr(verbs, "find_root", lambda: tmp_path)
    for name, day in began.items():
        path = tmp_path / f"results/{name}.json"
        path.write_text(json.dumps({"began": f"{day}T12:00:00Z"}) if day else "no JSON")
    assert verbs._newest() == tmp_path / f"results/{newest}.json"


def broken_off(rounds: int) -> dict[str, Any]:
    """A result whose run was interrupted when the second gateway had its turn."""
    cells = [
        made_up.cell(name, 60.0, part, round=number)
        for number in range(1, rounds)
        for name, part in (("one", "rounds"), ("two", "rounds"), ("one", "reference"))
    ]
    run = made_up.result({}, [*cells, made_up.cell("one", 60.0, round=rounds)])
    run["gateways"]["two"] = made_up.GATEWAY
    run["profile"]["rounds"] = 10
    return run


def test_what_was_measured_until_an_interruption_is_kept(tmp_path: Path) -> None:
    run = broken_off(4)
    with pytest.raises(Problem, match="no more"), kept(run, tmp_path / "a.json"):
        raise Problem("no more")
    told = result.read(tmp_path / "a.json")
    assert told["partial"] == "no more (3 of 10 rounds are whole)"
    assert [row.gateway for row in ranking.rank(told, "hello").rows] == ["one", "two"]
    assert "no more (3 of 10 rounds are whole)" in report.page(told)
    # The round that is not whole stays in the file.
    assert len(json.loads((tmp_path / "a.json").read_text())["cells"]) == 10


def test_a_round_without_the_references_second_turn_is_not_whole(tmp_path: Path) -> None:
    run = broken_off(4)
    run["cells"] += [made_up.cell("two", 60.0, round=4)]
    result.write(run | {"partial": "no more"}, tmp_path / "a.json")
    assert result.read(tmp_path / "a.json")["profile"]["rounds"] == 3


@pytest.mark.parametrize("part", ["capacity", "latency"])
def test_the_round_in_which_a_run_ended_is_left_out_of_every_figure(tmp_path: Path, part: str) -> None:
    run = broken_off(4)
    run["cells"].pop()
    run["cells"] += [made_up.cell(name, 60.0, part) for name in ("one", "two")]
    run["cells"] += [made_up.cell("one", 60.0, part, round=2)]
    result.write(run | {"partial": "no more"}, tmp_path / "a.json")
    told = result.read(tmp_path / "a.json")
    assert told["profile"]["rounds"] == 3
    assert [each["round"] for each in told["cells"] if each["part"] == part] == [1, 1]


def test_an_interruption_before_the_first_round_is_whole_ranks_nobody(tmp_path: Path) -> None:
    run = broken_off(1)
    with pytest.raises(KeyboardInterrupt), kept(run, tmp_path / "a.json"):
        raise KeyboardInterrupt
    told = result.read(tmp_path / "a.json")
    assert told["partial"] == "KeyboardInterrupt (0 of 10 rounds are whole)"
    assert ranking.rank(told, "hello").rows == []
    assert "KeyboardInterrupt" in report.page(told)


def test_an_interruption_before_any_measurement_writes_nothing(tmp_path: Path) -> None:
    run = made_up.result({"one": [60.0]}) | {"cells": []}
    with pytest.raises(Problem), kept(run, tmp_path / "a.json"):
        raise Problem("nothing starts")
    assert not (tmp_path / "a.json").exists()


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"requests_per_second": 0.0}, r"\$\.cells\[0\]"),
        ({"errors": made_up.ERRORS | {"wrong": 1}}, r"\$\.cells\[0\]"),
        ({"part": "something"}, r"\$\.cells\[0\]"),
    ],
    ids=["a zero", "errors beside figures", "no such part"],
)
def test_a_cell_with_a_zero_or_with_errors_is_refused(wrong: dict[str, object], place: str) -> None:
    run = made_up.result({"one": [60.0]})
    run["cells"][0] |= wrong
    with pytest.raises(Problem, match=place):
        result.refuse_invalid(run, "a.json")


def test_a_failed_cell_with_a_figure_is_refused() -> None:
    cell = made_up.failed("one", "broken") | {"requests_per_second": 12.0}
    with pytest.raises(Problem):
        result.refuse_invalid(made_up.result({}, [cell]), "a.json")


@pytest.mark.parametrize("text", ["", "{}", "[]", "no JSON"])
def test_a_file_that_is_no_result_is_a_problem(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(Problem):
        result.read(path)


@pytest.fixture(scope="module")
def page() -> str:
    latency = made_up.cell("one", 60.0, "latency")
    broken = made_up.failed("broken", "under load: 3 × <wrong>")
    return report.page(made_up.result({"one": [60.0] * 8, "two": [90.0] * 8}, [latency, broken]))


def test_the_page_fetches_nothing(page: str) -> None:
    assert re.findall(r'(?:src|href)="(?!#)[^"]*"', page) == []
    assert "url(" not in page.replace("url(#", "")
    assert "@import" not in page


def test_the_page_says_who_failed_and_why(page: str) -> None:
    assert "under load: 3 × &lt;wrong&gt;" in page


def test_the_section_of_a_gateway_that_failed_tells_the_reason(page: str) -> None:
    section = page[page.index('id="gateway-broken"') :]
    assert "FAILED: under load: 3 × &lt;wrong&gt;" in section


def test_the_page_has_a_table_of_starts_and_recoveries(page: str) -> None:
    section = page[page.index("<h2>Gateways</h2>") :]
    assert '<td data-value="0.5">0.50</td><td data-value="0.75">0.25 to 0.75</td>' in section


def test_the_page_ranks_each_scenario_once(monkeypatch: pytest.MonkeyPatch) -> None:
    ranked: list[str] = []
    rank = ranking.rank

    def counted(run: dict[str, Any], scenario: str) -> ranking.Ranking:
        ranked.append(scenario)
        return rank(run, scenario)

    monkeypatch.setattr(ranking, "rank", counted)
    run = made_up.result({name: [60.0] * 8 for name in ("one", "two")})
    report.page(run | {"scenarios": {"hello": "13 bytes", "board": "a page"}})
    assert ranked == ["hello", "board"]


def test_the_page_names_every_gateway_in_a_section_of_its_own(page: str) -> None:
    assert re.findall(r'id="gateway-(\w+)"', page) == ["one", "two", "broken"]


def test_the_plots_take_the_colour_of_the_text(page: str) -> None:
    assert page.count("<svg") == 3
    assert "currentColor" in page
    assert "#010203" not in page


def test_the_plots_name_percentiles_and_connections_on_their_axes() -> None:
    levels = [made_up.cell("one", 60.0, "capacity", connections=level) for level in (1, 7, 256)]
    run = made_up.result({"one": [60.0] * 8}, [*levels, made_up.cell("one", 60.0, "latency")])
    assert texts(plots.throughput(run, "hello")) >= {"1", "7", "32", "256", "connections"}
    told = texts(plots.latency(run, "hello", 0.5))
    assert told >= {"0", "50", "90", "99", "99.9", "percentile, at 50% of the capacity"}
    assert "1,000" not in told


def texts(svg: str) -> set[str]:
    """What is written in it."""
    return set(re.findall(r"<text[^>]*>([^<]+)</text>", svg))


def test_a_result_in_which_all_failed_has_a_page_too() -> None:
    run = made_up.result({}, [made_up.failed("one", "no response at all")])
    run["profile"]["levels"] = [1, 4]
    assert "Failed, not ranked" in report.page(run)


def test_ctrl_c_and_sigterm_end_a_run_with_their_own_status() -> None:
    was = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        for number in was:
            with pytest.raises(Interruption, match=f"interrupted by {number.name}") as interruption:
                verbs._interrupt(number, None)
            assert interruption.value.status == 128 + number
            # The clean-up is not interrupted again.
            assert {signal.getsignal(each) for each in was} == {signal.SIG_IGN}
    finally:
        for each, handler in was.items():
            signal.signal(each, handler)


def test_an_interruption_is_told_by_the_command_with_its_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["wsgi-gateways", "bench"])
    monkeypatch.setattr(verbs, "run_bench", lambda _: verbs._interrupt(signal.SIGTERM, None))
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 143
    assert capsys.readouterr().err == "wsgi-gateways: interrupted by SIGTERM\n"


def test_whoever_asks_a_gateway_does_not_take_an_interruption_for_its_failure() -> None:
    class Interrupted(Fleet):
        def execute(self, name: str, *command: str) -> str:
            raise Interruption(signal.SIGINT)

    with pytest.raises(Interruption):
        concurrency.observe(Interrupted(Path(), Path(), "", []), "one", run_once=False, most=None)


def test_the_most_memory_is_what_was_charged_even_to_processes_that_have_ended() -> None:
    charged = {"pss": 2, "cgroup": 3, "cgroup_peak": 170}
    cells = [made_up.cell("cgi", 9.0), made_up.cell("cgi", 9.0, memory_after=charged, round=2)]
    assert result.Series(cells[1:], "cgi", "hello").most_memory() == 170
    # Where the kernel keeps no such figure, PSS has to do.
    assert result.Series(cells[:1], "cgi", "hello").most_memory() == 50 * 1024**2


def test_a_run_fails_for_a_gateway_and_not_for_too_many_connections() -> None:
    too_many = made_up.failed("one", "9 × read", "capacity") | {"errors": {"read": 9}}
    run = made_up.result(
        {"one": [60.0], "two": [60.0]}, [too_many, made_up.failed("two", "1 × cut", "latency")]
    )
    assert result.failures(run) == ["two (hello)"]
