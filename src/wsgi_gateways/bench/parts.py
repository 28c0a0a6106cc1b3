"""The parts of a run, in their order: warm-up, rounds, capacity, latency at a fixed rate."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from wsgi_gateways.bench import cell, profiles
from wsgi_gateways.bench.containers import AGAIN
from wsgi_gateways.bench.options import Options
from wsgi_gateways.bench.result import Series

if TYPE_CHECKING:
    from wsgi_gateways.bench.run import Bench

# Sent at the highest rate: as many connections as that many requests at a time want, and some to wait.
_CONNECTIONS_OF_AN_OPEN_MODEL = 64


def order(options: Options) -> list[list[profiles.Turn]]:
    """The order of the rounds, the same for the same seed."""
    return profiles.order(options.gateways, options.reference, options.profile.rounds, options.seed)


def _orders_of_gateways(options: Options, rounds: int) -> list[list[str]]:
    """For rounds in which the reference has no second turn."""
    orders = profiles.order(options.gateways, options.reference, rounds, options.seed)
    return [[turn.gateway for turn in turns if not turn.reference] for turns in orders]


def warm_up(bench: Bench) -> None:
    """Every gateway with every scenario, for a second: not measured."""
    for name in bench.fleet.names:
        with bench.turn(name) as subject:
            for scenario in bench.options.scenarios:
                bench.meter.begin(f"warm-up: {name}, {scenario}")
                cell.warm_up(subject, scenario, bench.connections(subject.gateway, scenario))
                bench.meter.end(1)


def rounds(bench: Bench) -> None:
    """Every gateway in each round: what is ranked."""
    for number, turns in enumerate(order(bench.options), 1):
        for turn in turns:
            with bench.turn(turn.gateway + AGAIN if turn.reference else turn.gateway) as subject:
                for scenario in bench.options.scenarios:
                    connections = bench.connections(turn.gateway, scenario)
                    amount = cell.Load(connections, bench.options.profile.seconds)
                    part = "reference" if turn.reference else "rounds"
                    bench.measure(subject, scenario, amount, part=part, round=number)


def capacity(bench: Bench) -> None:
    """Rising numbers of connections."""
    profile = bench.options.profile
    for number, names in enumerate(_orders_of_gateways(bench.options, profile.level_rounds), 1):
        for name in names:
            with bench.turn(name) as subject:
                for scenario in bench.options.scenarios:
                    wanted = [bench.connections(name, scenario, level) for level in profile.levels]
                    for connections in dict.fromkeys(wanted):
                        amount = cell.Load(connections, profile.level_seconds, with_memory=True)
                        bench.measure(subject, scenario, amount, part="capacity", round=number)


def latency(bench: Bench) -> None:
    """Fixed rates: shares of each gateway's own capacity, which the rounds have found."""
    profile = bench.options.profile
    for number, names in enumerate(_orders_of_gateways(bench.options, profile.share_rounds), 1):
        for name in names:
            with bench.turn(name) as subject:
                for scenario in bench.options.scenarios:
                    most = Series(bench.cells, name, scenario).capacity()
                    if most is None:
                        continue
                    for share in profile.shares:
                        connections = bench.connections(name, scenario, _CONNECTIONS_OF_AN_OPEN_MODEL)
                        # One request at least, however slow plain CGI is.
                        seconds = max(profile.share_seconds, math.ceil(1 / (most * share)))
                        amount = cell.Load(connections, seconds, most * share)
                        bench.measure(subject, scenario, amount, part="latency", round=number, share=share)
