"""Results that no machine has measured, with figures that are known."""

from collections.abc import Iterable, Mapping
from typing import Any

GATEWAY: dict[str, Any] = {
    "title": "A gateway",
    "web_server": "A",
    "interface": "B",
    "application_server": "C",
    "run_once": False,
    "start_seconds": [0.5, 0.75, 0.25],
    "keeps_connections": True,
    "recovery": [
        {"seconds": 0.25, "failed_requests": 1},
        {"seconds": 0.5, "failed_requests": 0},
        {"seconds": 1.0, "failed_requests": 3},
    ],
    "concurrency": {
        "requests_at_a_time": 8,
        "processes": 2,
        "threads": 8,
        "workers": "2",
        "threads_of_each": "4",
        "python": "3.13.5",
    },
    "image": "sha256:0",
    "image_bytes": 1000,
    "command": ["serve"],
    "cpu_quota": None,
    "memory_limit": None,
    "versions": {"python3": "3.13.5-1"},
}
ERRORS = dict.fromkeys(("connect", "cut", "status", "wrong", "timeout"), 0)


def cell(gateway: str, cpu: float, part: str = "rounds", **more: object) -> dict[str, Any]:
    """A cell without an error."""
    memory = {"pss": 50 * 1024**2, "cgroup": 60 * 1024**2, "cgroup_peak": None}
    made = {
        "part": part,
        "round": 1,
        "gateway": gateway,
        "scenario": "hello",
        "model": "open" if part == "latency" else "closed",
        "connections": 32,
        "rate": None,
        "commands": ["wrk"],
        "requests": 1000,
        "seconds": 1.0,
        "errors": ERRORS,
        "requests_per_second": 1e6 / cpu,
        "cpu_us_per_request": cpu,
        "cpu_us_by_program": {"server": cpu * 0.75, "web": cpu * 0.25},
        "generator_cpu_us_per_request": 5.0,
        "harness_cpu_share": 0.001,
        "cpus_used": 1.0,
        "memory_before": memory,
        "memory_after": memory,
        "load_average": 0.5,
        "machine_idle_share": 0.02,
        "machine_stolen_share": 0.001,
    }
    if part == "latency":
        made |= {"share": 0.5, "rate": 100.0, "late_us": 10, "histogram": [[100, 98], [900, 1], [5000, 1]]}
    else:
        made |= {"min_us": 10, "max_us": 500, "quantiles": [[50.0, 100]]}
    return made | more


def failed(gateway: str, error: str, part: str = "rounds", number: int = 1) -> dict[str, Any]:
    """A cell that has an error and so no figure."""
    kept = ("part", "share", "gateway", "scenario", "model", "connections", "rate", "commands")
    made = cell(gateway, 1, part)
    return {name: made[name] for name in kept if name in made} | {"round": number, "error": error}


def result(cpu: Mapping[str, Iterable[float]], more: Iterable[dict[str, Any]] = ()) -> dict[str, Any]:
    """A result with one cell for each of these figures of CPU per request, and ``more``."""
    cells = [
        cell(name, value, round=number)
        for name, values in cpu.items()
        for number, value in enumerate(values, 1)
    ]
    cells += more
    names = list(dict.fromkeys(each["gateway"] for each in cells))
    return {
        "schema": 2,
        "began": "2026-11-23T12:00:00Z",
        "ended": "2026-11-23T12:20:00Z",
        "partial": None,
        "command": ["wsgi-gateways", "bench"],
        "seed": 1,
        "reference": names[0],
        "profile": {
            "name": "made up",
            "summary": "made up",
            "scenarios": ["hello"],
            "rounds": max(each["round"] for each in cells),
            "seconds": 1,
            "connections": 32,
            "levels": [],
            "level_rounds": 0,
            "level_seconds": 0,
            "shares": [0.5],
            "share_rounds": 1,
            "share_seconds": 1,
            "native": False,
        },
        "commit": {"id": "0" * 40, "changed": False},
        "machine": {
            "cpu": "made up",
            "cpus": 2,
            "memory": 1024**3,
            "kernel": "6.0",
            "architecture": "x86_64",
            "engine": "20.10",
            "cpu_governor": None,
            "load_average": [0.0, 0.0, 0.0],
        },
        "generators": {"image": "sha256:0", "wrk": "4.1.0"},
        "gateways": dict.fromkeys(names, GATEWAY),
        "scenarios": {"hello": "13 bytes"},
        "order": [names],
        "cells": cells,
    }
