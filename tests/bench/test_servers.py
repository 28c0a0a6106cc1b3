"""The rows of bench/servers, and the limits that they have to keep; no container is asked."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.bench import made_up
from wsgi_gateways.bench import containers, servers, wanted

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / servers.FOLDER
ROWS = servers.Rows(ROOT)


@pytest.mark.parametrize("name", ROWS.rows)
def test_a_row_names_settings_that_exist(name: str) -> None:
    paths = re.findall(r"/etc/bench/(\S+)", " ".join(servers.command(ROWS.rows[name])))
    assert paths
    assert [path for path in paths if not (FOLDER / "etc" / path).is_file()] == []
    assert name.startswith(ROWS.rows[name]["web_server"].lower())


def test_no_settings_are_left_over() -> None:
    used = " ".join(" ".join(servers.command(row)) for row in ROWS.rows.values())
    included = " ".join(path.read_text() for path in (FOLDER / "etc").rglob("*.conf"))
    files = [path for path in (FOLDER / "etc").rglob("*") if path.is_file()]
    assert [path.name for path in files if path.name not in used + included] == []


def test_rows_run_two_processes_with_threads_of_their_own() -> None:
    rows = ROWS.catalogue()
    knobs = {name: containers.native_knobs(row, cpus=64) for name, row in rows.items()}
    assert {each["WORKERS"] for each in knobs.values()} == {"2"}
    assert {name for name, each in knobs.items() if each["THREADS"] != "1"} == {
        "nginx-http-gunicorn-gthread",
        "nginx-uwsgi-gunicorn-gthread",
    }
    assert {name for name, row in rows.items() if row.wsgi.run_once} == {
        name for name, row in rows.items() if row.interface == "CGI"
    }


def test_every_wanted_row_is_one() -> None:
    listed = wanted.read(FOLDER / "wanted.toml")
    assert {each.row for each in listed} | {each.other for each in listed if each.other} <= ROWS.rows.keys()
    for each in listed:
        assert (each.at_least is None) != (each.at_most is None)


@pytest.fixture
def result() -> dict[str, Any]:
    """`fast` with 60 µs and `slow` with 120 µs a request."""
    more = [made_up.cell("fast", 60.0, "latency", round=number) for number in (1, 2)]
    more += [made_up.cell("fast", 60.0, "capacity", connections=level) for level in (8, 64)]
    more.append(made_up.failed("broken", "no response at all"))
    return made_up.result({"fast": [60.0, 60.0], "slow": [120.0, 100.0]}, more)


def test_a_ratio_is_that_of_the_medians_and_of_each_round(
    result: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    more = wanted.Wanted("half", "fast", "cpu_us_per_request", other="slow", at_most=0.5)
    wanted.show(result, [more])
    line = capsys.readouterr().out.splitlines()[1]
    assert line.split() == ["half", "≤", "0.5", "0.55", "0.50", "to", "0.60", "missed", "by", "9%"]


@pytest.mark.parametrize(
    ("figure", "more", "found"),
    [
        ("cpu_us_per_request", {}, {1: 60.0, 2: 60.0}),
        ("p99", {"share": 0.5}, {1: 0.9, 2: 0.9}),
        ("p99", {"share": 0.25}, {}),
        ("p50", {"connections": 8}, {1: 0.1}),
    ],
    ids=["of the rounds", "of the open model", "of another rate", "with so many connections"],
)
def test_a_figure_is_found_where_it_was_measured(
    result: dict[str, Any], figure: str, more: dict[str, Any], found: dict[int, float]
) -> None:
    assert wanted.by_round(result, wanted.Wanted("", "fast", figure, at_most=1, **more), "fast") == found


@pytest.mark.parametrize(
    ("part", "more"), [("latency", {"share": 0.5}), ("capacity", {"connections": 32}), ("rounds", {})]
)
def test_one_failed_round_leaves_no_figure_of_the_others(part: str, more: dict[str, Any]) -> None:
    cells = [made_up.cell("fast", 60.0, part, round=number) for number in (1, 2)]
    cells.append(made_up.failed("fast", "under load: 1 × cut", part, number=3))
    run = made_up.result({"slow": [120.0]}, cells)
    asked = wanted.Wanted("", "fast", "cpu_us_per_request", at_most=1, **more)
    assert wanted.by_round(run, asked, "fast") == {}


def test_what_failed_was_not_measured(result: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    wanted.show(result, [wanted.Wanted("it", "fast", "p50", other="broken", connections=8, at_most=1)])
    assert capsys.readouterr().out.splitlines()[1].rstrip().endswith("not measured")


@pytest.mark.parametrize(
    ("limit", "found", "verdict"),
    [
        ({"at_least": 2}, 2.0, "reached"),
        ({"at_least": 2}, 1.5, "missed by 25%"),
        ({"at_most": 2}, 2.5, "missed by 25%"),
    ],
)
def test_a_limit_is_kept_or_missed_by_a_share(limit: dict[str, Any], found: float, verdict: str) -> None:
    assert wanted.Wanted("", "a", "p50", **limit).verdict(found) == verdict
