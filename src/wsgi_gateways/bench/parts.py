"""The parts of a run, in their order: warm-up, rounds, capacity, latency at a fixed rate."""

import math

from wsgi_gateways.bench import cell, profiles
from wsgi_gateways.bench.containers import AGAIN
from wsgi_gateways.bench.options import Options
from wsgi_gateways.bench.result import Series
from wsgi_gateways.bench.session import Session

# Sent at the highest rate: as many connections as that many requests at a time want, and some to wait.
_CONNECTIONS_OF_AN_OPEN_MODEL = 64


def order(options: Options) -> list[list[profiles.Turn]]:
    """The order of the rounds, the same for the same seed."""
    return profiles.order(options.gateways, options.reference, options.profile.rounds, options.seed)


def _orders_of_gateways(options: Options, rounds: int) -> list[list[str]]:
    """For rounds in which the reference has no second turn."""
    orders = profiles.order(options.gateways, options.reference, rounds, options.seed)
    return [[turn.gateway for turn in turns if not turn.reference] for turns in orders]


def warm_up(session: Session) -> None:
    """Every gateway with every scenario, for a second: not measured."""
    for name in session.fleet.names:
        with session.turn(name) as subject:
            for scenario in session.options.scenarios:
                session.meter.begin(f"warm-up: {name}, {scenario}")
                cell.warm_up(subject, scenario, session.connections(subject.gateway, scenario))
                session.meter.end(1)


def rounds(session: Session) -> None:
    """Every gateway in each round: what is ranked."""
    for number, turns in enumerate(order(session.options), 1):
        for turn in turns:
            with session.turn(turn.gateway + AGAIN if turn.reference else turn.gateway) as subject:
                for scenario in session.options.scenarios:
                    connections = session.connections(turn.gateway, scenario)
                    amount = cell.Load(connections, session.options.profile.seconds)
                    part = "reference" if turn.reference else "rounds"
                    session.measure(subject, scenario, amount, part=part, round=number)


def capacity(session: Session) -> None:
    """Rising numbers of connections."""
    profile = session.options.profile
    for number, names in enumerate(_orders_of_gateways(session.options, profile.level_rounds), 1):
        for name in names:
            with session.turn(name) as subject:
                for scenario in session.options.scenarios:
                    wanted = [session.connections(name, scenario, level) for level in profile.levels]
                    for connections in dict.fromkeys(wanted):
                        amount = cell.Load(connections, profile.level_seconds, with_memory=True)
                        session.measure(subject, scenario, amount, part="capacity", round=number)


def latency(session: Session) -> None:
    """Fixed rates: shares of each gateway's own capacity, which the rounds have found."""
    profile = session.options.profile
    for number, names in enumerate(_orders_of_gateways(session.options, profile.share_rounds), 1):
        for name in names:
            with session.turn(name) as subject:
                for scenario in session.options.scenarios:
                    most = Series(session.cells, name, scenario).capacity()
                    if most is None:
                        continue
                    for share in profile.shares:
                        connections = session.connections(name, scenario, _CONNECTIONS_OF_AN_OPEN_MODEL)
                        # One request at least, however slow plain CGI is.
                        seconds = max(profile.share_seconds, math.ceil(1 / (most * share)))
                        amount = cell.Load(connections, seconds, most * share)
                        session.measure(subject, scenario, amount, part="latency", round=number, share=share)
