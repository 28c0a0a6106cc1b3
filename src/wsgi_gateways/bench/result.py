"""The result of a run: written, read, and asked for the figures of a gateway and a scenario."""

import json
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import jsonschema

from wsgi_gateways.output import Problem

_SCHEMA = Path(__file__).parent / "schema.json"
Cell = dict[str, Any]
_PARTS_OF_A_ROUND = ("rounds", "reference")
_PARTS = (*_PARTS_OF_A_ROUND, "capacity", "latency")
# Errors that are a response's, not its connection's.
_OF_A_RESPONSE = ("status", "wrong")
# The smallest number of connections that gives this share of the highest rate is the knee.
_SHARE_AT_THE_KNEE = 0.95
_WORTH_A_WORD = 0.05
# Of the CPU time of a request; less is what the clocks of processes and of their group differ by.
_REST_WORTH_A_WORD = 0.05


@cache
def _validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads(_SCHEMA.read_text()))


def write(result: dict[str, Any], path: Path) -> None:
    """Write it, then hold it against schema.json: no minutes of measurement are thrown away.

    Raises Problem if it is not what the schema says.
    """
    text = json.dumps(result, separators=(",", ":"))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{text}\n")
    refuse_invalid(json.loads(text), str(path))


def read(path: Path) -> dict[str, Any]:
    """Without the round in which a partial run ended, for not all gateways are in it.

    Raises Problem (status 2) if there is no such file or it holds no result.
    """
    try:
        result: dict[str, Any] = json.loads(path.read_text())
    except OSError as error:
        raise Problem(f"{path} cannot be read: {error.strerror}", 2) from error
    except ValueError as error:
        raise Problem(f"{path} is no result of `wsgi-gateways bench`: {error}", 2) from error
    refuse_invalid(result, str(path))
    return _in_whole_rounds(result) if result["partial"] else result


def _in_whole_rounds(result: dict[str, Any]) -> dict[str, Any]:
    cells, last = result["cells"], result["cells"][-1]
    measured = Counter(each["round"] for each in cells if each["part"] in _PARTS_OF_A_ROUND)
    # The reference has two turns.
    complete = (len(result["gateways"]) + 1) * len(result["scenarios"])
    whole = sum(count == complete for count in measured.values())

    def is_whole(each: Cell) -> bool:
        if each["part"] in _PARTS_OF_A_ROUND:
            return bool(each["round"] <= whole)
        # How many cells it would have had depends on the gateways.
        return (each["part"], each["round"]) != (last["part"], last["round"])

    planned = result["profile"]["rounds"]
    return result | {
        "partial": f"{result['partial']} ({whole} of {planned} rounds are whole)",
        "profile": result["profile"] | {"rounds": whole},
        "cells": list(filter(is_whole, cells)),
    }


def refuse_invalid(result: dict[str, Any], name: str) -> None:
    """Raises Problem with the first place that is not what schema.json says."""
    for error in _validator().iter_errors(result):
        raise Problem(f"{name}: {error.json_path}: {error.message[:200]}", 2)


def _fails_the_gateway(failed: Cell) -> bool:
    errors = failed.get("errors", {})
    return failed["part"] != "capacity" or any(errors.get(kind) for kind in _OF_A_RESPONSE)


@dataclass(frozen=True)
class Series:
    """The cells of one gateway and one scenario."""

    cells: list[Cell]
    gateway: str
    scenario: str

    def of(self, part: str) -> list[Cell]:
        """In the order of measurement."""
        return [
            each
            for each in self.cells
            if each["part"] == part and each["gateway"] == self.gateway and each["scenario"] == self.scenario
        ]

    def failure(self) -> str | None:
        """Why it is not ranked: the first error, in whichever part.

        Of the capacity part only wrong responses count: Apache's event MPM closes connections that it keeps
        when all its threads are busy, and then only that number of connections is left out.
        """
        failed = [each for part in _PARTS for each in self.of(part) if "error" in each]
        return next((str(each["error"]) for each in failed if _fails_the_gateway(each)), None)

    def values(self, name: str, part: str = "rounds") -> list[float]:
        """One figure for each round; none at all if one of the rounds failed."""
        cells = self.of(part)
        return [] if any("error" in each for each in cells) else [float(each[name]) for each in cells]

    def programs(self) -> str:
        """The CPU time of a request by program: medians over the rounds."""
        cells = [each["cpu_us_by_program"] for each in self.of("rounds")]
        names = sorted(set.union(*map(set, cells))) if cells else []
        told = [(name, median(each.get(name, 0) for each in cells)) for name in names]
        # A supervisor that does nothing is not worth a word.
        return ", ".join(f"{name} {used:,.1f}" for name, used in told if used >= _WORTH_A_WORD)

    def most_memory(self) -> int:
        """The most bytes that the kernel charged to it, else those in its processes after a round.

        Processes that end with their request, as those of CGI, are only in the first figure.
        """
        after = [each["memory_after"] for each in self.of("rounds")]
        return max(int(each["cgroup_peak"] or each["pss"] or each["cgroup"]) for each in after)

    def failed_levels(self) -> dict[int, str]:
        """Numbers of connections of the capacity part that failed, and the first error of each."""
        failed: dict[int, str] = {}
        for each in self.of("capacity"):
            if "error" in each:
                failed.setdefault(each["connections"], str(each["error"]))
        return failed

    def rates_by_connections(self) -> dict[int, float]:
        """Medians of requests per second of those numbers of connections at which nothing failed."""
        rates: dict[int, list[float]] = {}
        failed = set()
        for each in self.of("capacity") + self.of("rounds"):
            if "error" in each:
                failed.add(each["connections"])
            else:
                rates.setdefault(each["connections"], []).append(each["requests_per_second"])
        return {level: median(found) for level, found in sorted(rates.items()) if level not in failed}

    def capacity(self) -> float | None:
        """Requests per second: the median of the rounds; None if one failed."""
        rates = self.values("requests_per_second")
        return median(rates) if rates else None

    def knee(self) -> int | None:
        """The fewest connections that give nearly the highest rate."""
        rates = self.rates_by_connections()
        if not rates:
            return None
        enough = max(rates.values()) * _SHARE_AT_THE_KNEE
        return min(level for level, rate in rates.items() if rate >= enough)

    def programs_and_the_rest(self) -> str:
        """What programs() tells, and what processes took that have ended since, as those of CGI."""
        cells = self.of("rounds")
        rests = [each["cpu_us_per_request"] - sum(each["cpu_us_by_program"].values()) for each in cells]
        rest, total = median(rests), median(self.values("cpu_us_per_request"))
        told = [self.programs(), f"ended processes {rest:,.1f}" if rest >= total * _REST_WORTH_A_WORD else ""]
        return ", ".join(filter(None, told))

    def whole(self, part: str, **wanted: object) -> list[Cell]:
        """Those of a part at a share or with so many connections; none at all if a round of them failed, or
        the gateway in this scenario."""
        found = [each for each in self.of(part) if wanted.items() <= each.items()]
        return [] if self.failure() or any("error" in each for each in found) else found


def failures(result: dict[str, Any]) -> list[str]:
    """Gateways that failed, each with the scenario; too many connections in the curve are no failure."""
    return [
        f"{name} ({scenario})"
        for scenario in result["scenarios"]
        for name in result["gateways"]
        if Series(result["cells"], name, scenario).failure()
    ]
