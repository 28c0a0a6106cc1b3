"""Are the limits of wanted.toml kept?"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

_FILE = Path(__file__).resolve().parents[1] / "wanted.toml"


@dataclass(frozen=True)
class Wanted:
    """A value of a row, or its ratio to that of another row, and the limit it has to keep."""

    title: str
    row: str
    case: list[str]
    value: str
    other: str | None = None
    at_least: float | None = None
    at_most: float | None = None

    def limit(self) -> str:
        return f">= {self.at_least:g}" if self.at_least is not None else f"<= {self.at_most:g}"

    def verdict(self, found: float) -> str:
        if self.at_least is not None and found < self.at_least:
            return f"missed by {1 - found / self.at_least:.0%}"
        if self.at_most is not None and found > self.at_most:
            return f"missed by {found / self.at_most - 1:.0%}"
        return "reached"


@dataclass(frozen=True)
class Judgement:
    """The value, or the ratio of the medians, and what single rounds say."""

    wanted: Wanted
    found: float
    lowest: float
    highest: float


def judge(measurements: list[dict[str, Any]]) -> list[Judgement | Wanted]:
    """A judgement for each that was measured, else what was wanted."""
    wanted = [Wanted(**entry) for entry in tomllib.loads(_FILE.read_text())["wanted"]]
    return [_judge(each, measurements) for each in wanted]


def _judge(wanted: Wanted, measurements: list[dict[str, Any]]) -> Judgement | Wanted:
    values = _by_round(wanted, wanted.row, measurements)
    others = _by_round(wanted, wanted.other, measurements) if wanted.other else dict.fromkeys(values, 1.0)
    ratios = [values[number] / others[number] for number in values.keys() & others.keys()]
    if not ratios:
        return wanted
    return Judgement(wanted, median(values.values()) / median(others.values()), min(ratios), max(ratios))


def _by_round(wanted: Wanted, row: str, measurements: list[dict[str, Any]]) -> dict[int, float]:
    return {
        entry["round"]: entry[wanted.value]
        for entry in measurements
        if [entry["section"], entry["case"], entry["row"]] == [*wanted.case, row]
    }
