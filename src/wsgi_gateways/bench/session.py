"""What the parts of a run do with a gateway: wait for its turn, load it, keep what was measured."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from wsgi_gateways.bench import cell, profiles, scenarios
from wsgi_gateways.bench.fleet import Fleet
from wsgi_gateways.bench.load import LoadError
from wsgi_gateways.bench.meter import Meter
from wsgi_gateways.bench.options import Options
from wsgi_gateways.catalogue import Gateway


@dataclass
class Session:
    """What the parts of a run share."""

    options: Options
    catalogue: Mapping[str, Gateway]
    fleet: Fleet
    # By the names of the containers; their control groups stay the same.
    subjects: dict[str, cell.Subject]
    meter: Meter
    cells: list[dict[str, Any]]

    def connections(self, gateway: str, scenario: str, wanted: int | None = None) -> int:
        """How many this gateway gets: in the rounds, or where so many are wanted."""
        share = scenarios.SCENARIOS[scenario].share_of_connections
        run_once = self.catalogue[gateway].wsgi.run_once
        most = self.options.most_connections.get(gateway)
        if wanted is None:
            most = profiles.CONNECTIONS_OF_CGI_IN_ROUNDS if run_once else most
            return profiles.connections_for(self.options.profile.connections, share, most)
        most = profiles.MOST_CONNECTIONS_OF_CGI if run_once else most
        return profiles.connections_for(wanted, share, most)

    @contextmanager
    def turn(self, container: str) -> Iterator[cell.Subject]:
        """It alone runs: the container of a gateway, or the second one of the reference."""
        with self.fleet.alone(container):
            subject = self.subjects[container]
            yield subject
            # Whoever is stopped in the middle of a transaction holds the board's lock against all others.
            with suppress(LoadError, OSError):
                cell.settle(subject)

    def measure(self, subject: cell.Subject, scenario: str, amount: cell.Load, **more: object) -> None:
        """One cell, kept with what tells it from the others: its part, its round."""
        self.meter.begin(f"{more['part']}: {subject.gateway}, {scenario}")
        self.fleet.breathe()
        self.cells.append(more | cell.measure(subject, scenario, amount))
        self.meter.end(amount.seconds + profiles.SECONDS_OF_A_CELL_BESIDE)
