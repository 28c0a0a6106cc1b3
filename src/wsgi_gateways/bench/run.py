"""A whole run: start the containers, measure every cell of the plan, return the result."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from wsgi_gateways import images
from wsgi_gateways.bench import (
    cell,
    concurrency,
    lifetimes,
    load,
    machine,
    parts,
    result,
    scenarios,
)
from wsgi_gateways.bench.containers import AGAIN, gateway_of, native_knobs
from wsgi_gateways.bench.fleet import Fleet
from wsgi_gateways.bench.meter import Meter
from wsgi_gateways.bench.options import Options
from wsgi_gateways.bench.session import Session
from wsgi_gateways.catalogue import Gateway
from wsgi_gateways.compose import Stack
from wsgi_gateways.output import say

FOLDER = Path(".build/bench")
_PREPARE = Path(__file__).parent / "inside/prepare_board.py"
_PYTHON = "/srv/app/current/venv/bin/python"


def run(stack: Stack, catalogue: Mapping[str, Gateway], options: Options) -> dict[str, Any]:
    """Measure; the result, which is written as well, as far as it got if the run is interrupted.

    Raises Problem if a gateway cannot be started at all.
    """
    began = _now()
    folder = stack.root / FOLDER
    if options.build:
        for built in images.build(stack, options.gateways):
            images.insist(built)
    load.build(stack.root)
    described = machine.describe()
    own = options.gateways if options.own_knobs else []
    knobs = {name: native_knobs(catalogue[name], described["cpus"]) for name in own}
    fleet = Fleet.start(stack, [*options.gateways, options.reference + AGAIN], folder, knobs)
    try:
        measured: dict[str, Any] = {
            "schema": 2,
            "began": began,
            "ended": began,
            "partial": None,
            "command": options.command,
            "seed": options.seed,
            "reference": options.reference,
            "profile": {**asdict(options.profile), "scenarios": options.scenarios},
            "commit": machine.commit(stack.root),
            "machine": described,
            "generators": load.describe(),
            "gateways": {
                name: _examine(stack, catalogue[name], fleet, options.most_connections.get(name))
                for name in options.gateways
            },
            "scenarios": {name: scenarios.SCENARIOS[name].summary for name in options.scenarios},
            "order": [[turn.gateway for turn in turns] for turns in parts.order(options)],
            "cells": [],
        }
        _write_cells(stack.root, fleet, options, folder / "cells")
        # What was asked and prepared so far has taken memory.
        for name in fleet.names:
            lifetimes.start_anew(fleet, name)
        with kept(measured, options.output):
            _measure(options, catalogue, fleet, folder / "cells", measured)
    finally:
        fleet.stop()
    return measured


@contextmanager
def kept(measured: dict[str, Any], path: Path) -> Iterator[None]:
    """Write the result at the end, also where an error or Ctrl-C is that end: then it says so of itself."""
    try:
        yield
    except BaseException as error:
        measured["partial"] = str(error) or type(error).__name__
        raise
    finally:
        measured["ended"] = _now()
        if measured["cells"]:
            result.write(measured, path)
            say(f"written: {path}" + (" (partial)" if measured["partial"] else ""))


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _examine(stack: Stack, gateway: Gateway, fleet: Fleet, most: int | None) -> dict[str, Any]:
    """What is no load: descriptions, concurrency, start and recovery."""
    name, run_once = gateway.name, gateway.wsgi.run_once
    described: dict[str, Any] = {
        "title": gateway.title,
        "web_server": gateway.web_server,
        "interface": gateway.interface,
    }
    described |= {"application_server": gateway.application_server, "run_once": run_once}
    return described | {
        "start_seconds": lifetimes.starts(fleet, name),
        "keeps_connections": lifetimes.keeps_connections(fleet, name),
        "recovery": None if run_once else lifetimes.recoveries(fleet, name),
        "concurrency": concurrency.observe(fleet, name, run_once=run_once, most=most),
        **machine.describe_gateway(stack, fleet, name),
    }


def _write_cells(root: Path, fleet: Fleet, options: Options, folder: Path) -> None:
    command = (_PYTHON, "-c", _PREPARE.read_text(), *options.gateways)
    told = json.loads(fleet.execute(options.gateways[0], *command))
    pages = told.pop("list_pages")
    for name in options.gateways:
        board = scenarios.Board(**told, list_page=pages[name].encode())
        for each in options.scenarios:
            scenarios.write(scenarios.SCENARIOS[each].make(board, root), folder / name / each)


def _measure(
    options: Options, catalogue: Mapping[str, Gateway], fleet: Fleet, cells: Path, measured: dict[str, Any]
) -> None:
    """Each cell is added to those of the result as soon as it is measured."""
    expected = options.profile.expected_seconds(len(options.gateways), len(options.scenarios))
    threads = load.threads_of_wrk(measured["machine"]["cpus"])
    with ExitStack() as stack:
        subjects = {}
        for name in fleet.names:
            gateway = gateway_of(name)
            generator = load.Generator(fleet.container(name), cells / gateway, threads)
            stack.enter_context(generator)
            run_once = catalogue[gateway].wsgi.run_once
            subjects[name] = cell.Subject(gateway, fleet.cgroup(name), generator, run_once)
        meter = stack.enter_context(Meter(expected))
        session = Session(options, catalogue, fleet, subjects, meter, measured["cells"])
        fleet.pause_all()
        parts.warm_up(session)
        parts.rounds(session)
        parts.capacity(session)
        parts.latency(session)
