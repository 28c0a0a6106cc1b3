"""What is published is what the committed reference run makes of it."""

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.bench import made_up
from wsgi_gateways.bench import publish
from wsgi_gateways.output import Problem

ROOT = Path(__file__).resolve().parents[2]
README = f"# A project\n\n{publish._BEGIN}\nold\n{publish._END}\n\nMore.\n"


def test_what_is_published_is_up_to_date() -> None:
    assert publish.stale(ROOT) == [], "`make results` makes them anew"


@pytest.fixture
def reference() -> dict[str, Any]:
    more = [made_up.failed("broken", "under load: 1 × wrong")]
    more += [made_up.failed("slow", "under load: 9 × read", "capacity") | {"connections": 256}]
    more += [made_up.cell(name, 60.0, "latency") for name in ("fast", "slow")]
    run = made_up.result({"slow": [120.0] * 8, "fast": [60.0] * 8}, more)
    run["profile"]["name"] = "quick"
    run["gateways"]["slow"] = made_up.GATEWAY | {"keeps_connections": False}
    return run


@pytest.fixture
def root(tmp_path: Path, reference: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(publish, "read_catalogue", lambda _: dict.fromkeys(("slow", "fast", "broken")))
    (tmp_path / "README.md").write_text(README)
    (tmp_path / "results").mkdir()
    (tmp_path / publish.REFERENCE).write_text(json.dumps(reference))
    return tmp_path


def test_the_readme_gets_the_table_and_keeps_all_else(root: Path) -> None:
    publish.publish(root)
    readme = (root / "README.md").read_text()
    assert readme.startswith("# A project\n")
    assert readme.endswith("\nMore.\n")
    assert re.findall(r"^\| (\d) \| (\w+) \|", readme, re.MULTILINE) == [("1", "fast"), ("2", "slow")]
    assert "old" not in readme


def test_the_readme_says_who_failed_and_whose_work_is_another(root: Path) -> None:
    publish.publish(root)
    readme = (root / "README.md").read_text()
    assert "Failed, not ranked: **broken**: under load: 1 × wrong" in readme
    assert "A connection for each request, which is in its figures: slow." in readme


def test_the_page_tells_what_gateways_are_without_load(root: Path) -> None:
    publish.publish(root)
    page = (root / publish.PAGE).read_text()
    assert "| fast | 50.0 | 0.50 | 0.25 to 0.75 | 0.50 | 0.25 to 1.00 | 0 to 3 | 0 | – |" in page
    assert "In all of them: python3 3.13.5-1." in page


def test_the_page_has_who_failed_the_plots_and_the_percentiles(root: Path) -> None:
    publish.publish(root)
    page = (root / publish.PAGE).read_text()
    assert "Failed, not ranked: **broken**: under load: 1 × wrong" in page
    assert "slow failed with 256 connections, which its throughput leaves out: under load: 9 × read" in page
    # Of a hundred requests there is no percentile of which only one in a hundred, or less, is beyond.
    assert "| fast | 50% | 100 | 0.10 | 0.10 | – | – | – | 5.00 | 0.01 | 60.0 |" in page
    addresses = re.findall(r"!\[[^]]+\]\(([^)]+)\)", page)
    assert addresses == ["results/hello-cpu.svg", "results/hello-memory.svg", "results/hello-latency-50.svg"]
    for address in addresses:
        image = ElementTree.fromstring((root / "docs" / address).read_text())  # noqa: S314 (ours)
        assert image.tag.endswith("svg")


def test_a_run_of_before_stands_beside_it(root: Path) -> None:
    before = made_up.result({"slow": [120.0] * 8, "fast": [90.0] * 8, "gone": [60.0] * 8})
    (root / publish.BEFORE).write_text(json.dumps(before))
    publish.publish(root)
    page = (root / publish.PAGE).read_text()
    _, _, beside = page.partition("## Beside the run before")
    assert "| hello | fast | 0.67 (0.67 to 0.67) | 1.50 (1.50 to 1.50) | less CPU |" in beside
    assert "| hello | slow | 1.00 (1.00 to 1.00) | 1.00 (1.00 to 1.00) | no difference seen |" in beside
    assert "gone" not in beside


def test_the_same_reference_gives_the_same_bytes(root: Path) -> None:
    publish.publish(root)
    assert publish.stale(root) == []


def test_another_reference_makes_all_of_it_stale(root: Path, reference: dict[str, Any]) -> None:
    publish.publish(root)
    reference["cells"][0]["cpu_us_per_request"] = 500.0
    reference["cells"][1]["cpu_us_per_request"] = 500.0
    (root / publish.REFERENCE).write_text(json.dumps(reference))
    assert Path("README.md") in publish.stale(root)
    assert Path("docs/results/hello-cpu.svg") in publish.stale(root)


def test_what_an_older_reference_has_left_is_stale_and_goes(root: Path) -> None:
    old = Path("docs/results/gone-cpu.svg")
    publish.publish(root)
    (root / old).write_text("<svg/>")
    assert publish.stale(root) == [old]
    publish.publish(root)
    assert not (root / old).exists()


def test_without_a_reference_nothing_may_be_published(root: Path) -> None:
    publish.publish(root)
    (root / publish.REFERENCE).unlink()
    assert {Path("README.md"), publish.PAGE} <= set(publish.stale(root))
    with pytest.raises(Problem, match=r"there is no results/reference\.json"):
        publish.publish(root)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"partial": "interrupted by SIGINT"}, "interrupted by SIGINT"),
        ({"profile": {"native": True}}, "no ranking"),
        ({"profile": {"rounds": 3}}, "fewer than 8 rounds"),
        ({"commit": {"changed": True}}, "its commit had changes, so nobody can repeat it"),
        ({"gateways": {"row": made_up.GATEWAY}}, "it has what is no gateway: row"),
        ({"scenarios": {"board": "a page"}}, "its scenarios are not those of the profile quick"),
        ({"profile": {"name": "mine"}}, "its scenarios are not those of the profile mine"),
    ],
    ids=["partial", "native", "few rounds", "changes", "no gateway", "other scenarios", "no profile"],
)
def test_a_result_that_ranks_nothing_is_no_reference(
    root: Path, reference: dict[str, Any], wrong: dict[str, Any], reason: str
) -> None:
    for name, value in wrong.items():
        reference[name] = reference[name] | value if isinstance(value, dict) else value
    (root / publish.REFERENCE).write_text(json.dumps(reference))
    with pytest.raises(Problem, match=f"cannot be the reference: {reason}"):
        publish.publish(root)


def test_a_gateway_that_the_reference_lacks_is_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "read_catalogue", lambda _: dict.fromkeys(("slow", "fast", "broken", "new")))
    publish.publish(root)
    assert "\nNot measured yet: new.\n" in (root / "README.md").read_text()


def test_a_readme_without_markers_is_a_problem() -> None:
    with pytest.raises(Problem, match="lacks the markers"):
        publish.between("# A project\n", "text")
