"""What was measured, for the user: aligned tables, with bold heads in a terminal."""

import os
import sys
from collections.abc import Sequence
from statistics import median
from typing import Any

from compare.wanted import Wanted, judge

_HEAD = (
    "requests/s",
    "lowest",
    "highest",
    "web server µs",
    "application µs",
    "both µs",
    "p50 ms",
    "p99 ms",
    "load",
)
_COLUMNS = {
    "requests_per_second": "{:,.0f}",
    "lowest": "{:,.0f}",
    "highest": "{:,.0f}",
    "web_server_cpu_us": "{:,.1f}",
    "application_cpu_us": "{:,.1f}",
    "cpu_us": "{:,.1f}",
    "p50": "{:.2f}",
    "p99": "{:.2f}",
    "generator_cpu_share": "{:.0%}",
}


def show(measured: dict[str, Any]) -> None:
    """Everything on standard output, but the failures."""
    _show_machine(measured)
    measurements = measured["measurements"]
    rounds = [entry for entry in measurements if entry["section"] != "memory"]
    for section, case in dict.fromkeys((entry["section"], entry["case"]) for entry in rounds):
        _show_case(
            section, case, [entry for entry in rounds if (entry["section"], entry["case"]) == (section, case)]
        )
    _show_memory([entry for entry in measurements if entry["section"] == "memory"])
    _show_wanted(measurements)
    _show_failures(measured["failures"])


def _show_machine(measured: dict[str, Any]) -> None:
    machine, versions = measured["machine"], measured["versions"]
    loads = [entry["load_average"] for entry in measured["measurements"] if "load_average" in entry]
    _say(f"{measured['began']}  {' '.join(measured['command'])}")
    _say(f"{machine['cpus']} CPUs ({machine['cpu']}), Linux {machine['kernel']}, not pinned")
    if loads:
        _say(f"load average, this benchmark's own load included: {min(loads):.1f} to {max(loads):.1f}")
    _say(", ".join(f"{name} {version}" for name, version in versions.items()))
    _say("medians over the rounds; µs are CPU time of a request, the load generator's left out;")
    _say("the last column is its share of a CPU")


def _show_case(section: str, case: str, entries: list[dict[str, Any]]) -> None:
    rows = dict.fromkeys(entry["row"] for entry in entries)
    lines = [_summary([entry for entry in entries if entry["row"] == row]) for row in rows]
    lines.sort(key=lambda line: -float(line["requests_per_second"]))
    cells = [[line["row"], *(text.format(line[name]) for name, text in _COLUMNS.items())] for line in lines]
    title = section if case == section else f"{section}: {case}"
    rounds, seconds = max(entry["round"] for entry in entries), median(entry["seconds"] for entry in entries)
    length = f"{rounds} × {seconds:.0f} s"
    _table((f"{title}, {entries[0]['connections']} connections, {length}", *_HEAD), cells)
    if late := max(entry["late"] for entry in entries):
        _say(f"the load generator itself was late by at most {late:.2f} ms, which the latencies include")


def _summary(entries: list[dict[str, Any]]) -> dict[str, Any]:
    rates = [entry["requests_per_second"] for entry in entries]
    numbers = {name: median(entry[name] for entry in entries) for name in _COLUMNS if name in entries[0]}
    return numbers | {"row": entries[0]["row"], "lowest": min(rates), "highest": max(rates)}


def _show_memory(entries: list[dict[str, Any]]) -> None:
    cells = [[entry["row"], f"{entry['before_mib']:.1f}", f"{entry['growth_mib']:.1f}"] for entry in entries]
    if cells:
        _table(("memory: upload of 1 GiB", "workers before, MiB", "largest growth of one, MiB"), cells)


def _show_wanted(measurements: list[dict[str, Any]]) -> None:
    cells = []
    for each in judge(measurements):
        if isinstance(each, Wanted):
            cells.append([each.title, "", "", each.limit(), "not measured"])
        else:
            span = f"{each.lowest:.2f} to {each.highest:.2f}"
            limit, verdict = each.wanted.limit(), each.wanted.verdict(each.found)
            cells.append([each.wanted.title, f"{each.found:.2f}", span, limit, verdict])
    _table(("wanted", "found", "in single rounds", "limit", "verdict"), cells)


def _show_failures(failures: list[dict[str, Any]]) -> None:
    shown = set()
    for failure in failures:
        sys.stderr.write(f"\nFAILED {failure['row']}, {failure['case']}: {failure['reason']}\n")
        if failure["evidence"] not in shown:
            sys.stderr.write(f"{failure['evidence']}\n")
        shown.add(failure["evidence"])


def _table(head: Sequence[str], rows: list[list[str]]) -> None:
    """The first column to the left, the others to the right."""
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]

    def line(row: Sequence[str]) -> str:
        cells = [
            row[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
        ]
        return "  ".join(cells).rstrip()

    bold = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    _say("")
    _say(f"\x1b[1m{line(head)}\x1b[0m" if bold else line(head))
    for row in rows:
        _say(line(row))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
