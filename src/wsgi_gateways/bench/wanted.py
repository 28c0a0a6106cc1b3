"""Are the limits of a list of wanted figures kept? A ratio that was missed is a result, not an error."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from wsgi_gateways.bench.histogram import percentile
from wsgi_gateways.bench.result import Cell, Series
from wsgi_gateways.output import show_table

_SCENARIO = "hello"


@dataclass(frozen=True)
class Wanted:
    """A figure of a row, or its ratio to that of another row, and the limit it has to keep.

    With ``share`` it is one of the open model at that share of the capacity, with ``connections`` one of the
    closed model with so many, else one of the rounds.
    """

    title: str
    row: str
    figure: str
    other: str | None = None
    share: float | None = None
    connections: int | None = None
    at_least: float | None = None
    at_most: float | None = None

    def limit(self) -> str:
        """As a reader writes it."""
        return f"≥ {self.at_least:g}" if self.at_least is not None else f"≤ {self.at_most:g}"

    def verdict(self, found: float) -> str:
        """Reached, or by how much it is missed."""
        if self.at_least is not None and found < self.at_least:
            return f"missed by {1 - found / self.at_least:.0%}"
        if self.at_most is not None and found > self.at_most:
            return f"missed by {found / self.at_most - 1:.0%}"
        return "reached"


def read(path: Path) -> list[Wanted]:
    """The list in a TOML file."""
    return [Wanted(**each) for each in tomllib.loads(path.read_text())["wanted"]]


def show(result: dict[str, Any], wanted: list[Wanted]) -> None:
    """A line for each; those whose rows were not measured say so."""
    show_table(
        ("wanted", "limit", "found", "in single rounds", "verdict"), [_line(result, w) for w in wanted]
    )


def _line(result: dict[str, Any], wanted: Wanted) -> tuple[str, ...]:
    values = by_round(result, wanted, wanted.row)
    others = by_round(result, wanted, wanted.other) if wanted.other else dict.fromkeys(values, 1.0)
    ratios = [values[number] / others[number] for number in values.keys() & others.keys()]
    if not ratios:
        return wanted.title, wanted.limit(), "", "", "not measured"
    found = median(values.values()) / median(others.values())
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
    return wanted.title, wanted.limit(), f"{found:.2f}", spread, wanted.verdict(found)


def by_round(result: dict[str, Any], wanted: Wanted, row: str) -> dict[int, float]:
    """The figure of a row in each round; none at all if a round failed."""
    part = "latency" if wanted.share else "capacity" if wanted.connections else "rounds"
    asked = {"share": wanted.share, "connections": wanted.connections}
    cells = Series(result["cells"], row, _SCENARIO).whole(
        part, **{name: value for name, value in asked.items() if value is not None}
    )
    return {each["round"]: _figure(each, wanted.figure) for each in cells}


def _figure(cell: Cell, name: str) -> float:
    """One of the cell's, or p50 and the like in milliseconds."""
    if not name.startswith("p"):
        return float(cell[name])
    share = float(name.removeprefix("p"))
    if "histogram" in cell:
        return percentile(cell["histogram"], share) / 1000
    return next(float(value) for at, value in cell["quantiles"] if at >= share) / 1000
