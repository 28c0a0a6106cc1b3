"""How long is measured, and what: the plan of a run."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

# What a cell takes beside its seconds: pausing, verifying twice, reading the accounts.
SECONDS_OF_A_CELL_BESIDE = 0.9
# What a gateway takes before that: three starts, three recoveries, what is asked once.
_SECONDS_TO_EXAMINE = 15


@dataclass(frozen=True)
class Profile:
    """Seconds and repetitions of each part; no part without repetitions takes place."""

    name: str
    summary: str
    scenarios: tuple[str, ...]
    rounds: int
    seconds: int
    connections: int
    levels: tuple[int, ...]
    level_rounds: int
    level_seconds: int
    # Shares of the capacity, for latency at a fixed rate.
    shares: tuple[float, ...]
    share_rounds: int
    share_seconds: int
    # Whether each gateway runs with the numbers that its own authors advise, not all with the same.
    native: bool = False

    def expected_seconds(self, gateways: int, scenarios: int) -> float:
        """How long all of it takes."""
        per_level = len(self.levels) * self.level_rounds * (self.level_seconds + SECONDS_OF_A_CELL_BESIDE)
        per_share = len(self.shares) * self.share_rounds * (self.share_seconds + SECONDS_OF_A_CELL_BESIDE)
        rounds = self.rounds * (self.seconds + SECONDS_OF_A_CELL_BESIDE)
        second_turns = scenarios * rounds
        return gateways * scenarios * (1 + rounds + per_level + per_share) + second_turns


_ALL_LEVELS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_SHARES = (0.25, 0.5, 0.75)
_EVERYTHING = (
    *("hello", "hello-close", "10kib", "1mib", "stream", "post", "static"),
    *("board", "board-post", "wait", "mix"),
)

PROFILES = {
    profile.name: profile
    for profile in (
        Profile("smoke", "does it work? seconds", ("hello",), 2, 1, 8, (1, 4), 1, 1, (0.5,), 1, 1),
        Profile("quick", "a first look", ("hello",), 8, 2, 32, (), 0, 0, (), 0, 0),
        Profile(
            "standard",
            "hello and the board",
            ("hello", "board"),
            10,
            2,
            32,
            (1, 4, 16, 64, 256),
            2,
            1,
            _SHARES,
            2,
            2,
        ),
        Profile(
            "native",
            "hello and the board, each gateway with its authors' numbers: no ranking",
            ("hello", "board"),
            10,
            3,
            32,
            (1, 4, 16, 64, 256),
            1,
            2,
            (),
            0,
            0,
            native=True,
        ),
        Profile(
            "servers",
            "hello for the rows of bench/servers, with their own threads",
            ("hello",),
            10,
            1,
            32,
            (8,),
            5,
            1,
            (0.5,),
            5,
            1,
        ),
        Profile(
            "full",
            "everything: about five hours for eleven gateways",
            _EVERYTHING,
            10,
            3,
            32,
            _ALL_LEVELS,
            2,
            2,
            _SHARES,
            3,
            5,
        ),
    )
}


def announcement(profile: Profile, gateways: int, scenarios: int) -> str:
    """How long a run will take, in words, images that have to be built aside."""
    seconds = profile.expected_seconds(gateways, scenarios) + gateways * _SECONDS_TO_EXAMINE
    told = f"gateways: {gateways}; scenarios: {scenarios}; profile {profile.name}"
    return f"{told}: about {round(seconds / 60) or 1} min"


# An interpreter for each request: 256 of them at once would measure the memory limit.
MOST_CONNECTIONS_OF_CGI = 16
CONNECTIONS_OF_CGI_IN_ROUNDS = 4


@dataclass(frozen=True)
class Turn:
    """It is this gateway's turn; ``reference`` if it is measured once more, to see the machine drift."""

    gateway: str
    reference: bool = False


def order(gateways: Sequence[str], reference: str, rounds: int, seed: int) -> list[list[Turn]]:
    """Every gateway once in each round, in another order each time, the reference once more."""
    chance = random.Random(seed)  # noqa: S311
    plan = []
    for _ in range(rounds):
        turns = [Turn(name) for name in gateways] + [Turn(reference, reference=True)]
        chance.shuffle(turns)
        plan.append(turns)
    return plan


def connections_for(wanted: int, share: float, most: int | None = None) -> int:
    """As many as the profile wants, fewer for heavy responses, and no more than ``most``."""
    scaled = max(1, round(wanted * share))
    return min(scaled, most or scaled)
