"""What is measured, in which order, and in which containers."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from wsgi_gateways import commands
from wsgi_gateways.bench import containers, options, parts, profiles, scenarios
from wsgi_gateways.bench.concurrency import largest_overlap
from wsgi_gateways.bench.fleet import Fleet
from wsgi_gateways.catalogue import Gateway, Native
from wsgi_gateways.output import Problem

NAMES = ["a", "b", "c", "d"]


def test_each_round_has_every_gateway_and_the_reference_twice() -> None:
    for turns in profiles.order(NAMES, "a", 10, seed=1):
        assert Counter(turn.gateway for turn in turns) == {"a": 2, "b": 1, "c": 1, "d": 1}
        assert [turn.gateway for turn in turns if turn.reference] == ["a"]


def test_rounds_have_different_orders_and_the_same_seed_gives_the_same() -> None:
    order = profiles.order(NAMES, "a", 10, seed=1)
    assert len({tuple(turn.gateway for turn in turns) for turns in order}) > 5
    assert order == profiles.order(NAMES, "a", 10, seed=1)
    assert order != profiles.order(NAMES, "a", 10, seed=2)


def test_plain_cgi_gets_few_connections_and_heavy_responses_fewer() -> None:
    assert profiles.connections_for(256, 1) == 256
    assert profiles.connections_for(256, 0.25) == 64
    assert profiles.connections_for(256, 1, profiles.MOST_CONNECTIONS_OF_CGI) == 16
    assert profiles.connections_for(1, 0.25) == 1


def test_the_profiles_for_publication_have_ten_rounds_of_two_to_three_seconds() -> None:
    for name in ("standard", "full"):
        assert profiles.PROFILES[name].rounds >= 10
        assert 2 <= profiles.PROFILES[name].seconds <= 3


def test_the_standard_profile_takes_about_25_minutes_for_eleven_gateways() -> None:
    assert 23 * 60 < profiles.PROFILES["standard"].expected_seconds(11, 2) < 27 * 60


def test_the_full_profile_says_that_it_takes_about_five_hours() -> None:
    full = profiles.PROFILES["full"]
    assert 4.5 * 3600 < full.expected_seconds(11, len(full.scenarios)) < 5.5 * 3600
    assert "about five hours" in full.summary


def test_a_run_says_at_its_beginning_how_long_it_will_take() -> None:
    standard = profiles.PROFILES["standard"]
    assert (
        profiles.announcement(standard, 11, 2) == "gateways: 11; scenarios: 2; profile standard: about 28 min"
    )


@pytest.mark.parametrize("part", [parts.capacity, parts.latency])
def test_the_parts_after_the_rounds_have_orders_of_their_own_by_the_seed(
    part: Callable[[Any], None],
) -> None:
    first, again, other = turns_of(part, seed=1), turns_of(part, seed=1), turns_of(part, seed=2)
    assert first == again != other
    # Two rounds, each with every gateway once.
    assert sorted(first[:4]) == sorted(first[4:]) == NAMES
    assert NAMES * 2 not in (first, other)


def turns_of(part: Callable[[Any], None], seed: int) -> list[str]:
    """Whose turn it was, in the order of turns."""
    turns: list[str] = []
    told = replace(profiles.PROFILES["standard"], share_rounds=2)

    @contextmanager
    def turn(name: str) -> Iterator[None]:
        turns.append(name)
        yield

    asked = options.Options(NAMES, told, [], "a", seed, Path(), False, False, {}, [])
    part(SimpleNamespace(options=asked, turn=turn, cells=[]))
    return turns


def test_an_unknown_scenario_is_answered_with_all_names() -> None:
    with pytest.raises(Problem, match=r"no scenario is called tea; there are:\n    hello"):
        options.find_scenarios("hello,tea", profiles.PROFILES["quick"])
    assert options.find_scenarios("", profiles.PROFILES["quick"]) == ["hello"]


def test_the_containers_differ_from_those_of_make_up_in_four_things_only() -> None:
    service = {"image": "i", "ports": ["1:80"], "build": {}, "restart": "unless-stopped", "mem_limit": "2g"}
    base = {
        "name": "mine",
        "services": {"a": service | {"healthcheck": {"test": []}}, "b": {}},
        "volumes": {"board": {"name": "x"}},
    }
    made = containers.configuration(base, ["a"], {}, {"a": ["serve", "it"]})
    assert made == {
        "name": "mine-bench",
        "services": {
            "a": {
                "image": "i",
                "mem_limit": "2g",
                "restart": "no",
                "entrypoint": ["sh", "-c", 'exec with-knobs "$@" >/dev/null', "sh"],
                "command": ["serve", "it"],
                "logging": {"driver": "none"},
                "healthcheck": {"disable": True},
                "environment": {},
            }
        },
        "volumes": {"board": {"name": "mine-bench_board"}},
    }


def test_the_reference_has_a_second_container_like_its_first() -> None:
    base = {"name": "mine", "services": {"a": {"image": "i", "environment": {"GATEWAY": "a"}}}}
    again = f"a{containers.AGAIN}"
    made = containers.configuration(base, ["a", again], {"a": {"WORKERS": "5"}}, {"a": ["serve"]})
    assert made["services"]["a"] == made["services"][again]
    assert containers.gateway_of(again) == containers.gateway_of("a") == "a"


def test_a_gateways_own_numbers_win_over_gateway_env() -> None:
    base = {"name": "mine", "services": {name: {"environment": {"WORKERS": "", "X": "1"}} for name in "ab"}}
    made = containers.configuration(
        base, ["a", "b"], {"a": {"WORKERS": "5", "THREADS": "1"}}, {"a": [], "b": []}
    )
    assert made["services"]["a"]["environment"] == {"WORKERS": "5", "THREADS": "1", "X": "1"}
    assert made["services"]["b"]["environment"] == {"WORKERS": "", "X": "1"}


def test_the_advised_numbers_are_those_of_the_machine_and_no_more_than_a_container_carries(
    catalogue: dict[str, Gateway],
) -> None:
    advised = next(each for each in catalogue.values() if each.native)
    gateway = replace(advised, native=Native(threads=3, reference="…", workers=1, workers_per_cpu=2))
    assert containers.native_knobs(gateway, 2) == {"WORKERS": "5", "THREADS": "3"}
    assert containers.native_knobs(gateway, 64) == {"WORKERS": "10", "THREADS": "3"}
    assert containers.native_knobs(replace(advised, native=None), 2) == {}


def test_whatever_the_environment_calls_the_project_the_board_of_make_up_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[Sequence[str]] = []
    monkeypatch.setattr(commands, "read", lambda command, *_: asked.append(command))
    Fleet(tmp_path, tmp_path / "compose.json", "mine-bench", []).stop()
    [down] = asked
    assert "--volumes" in down
    assert down[down.index("--project-name") + 1] == "mine-bench"


def test_a_request_goes_over_the_wire_as_written(tmp_path: Path) -> None:
    exchange = scenarios.Exchange("POST", "/x", 303, location="/y", sent=b"abc", headers={"Cookie": "c=1"})
    scenarios.write([exchange], tmp_path)
    expected = b"POST /x HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: c=1\r\nContent-Length: 3\r\n\r\nabc"
    assert (tmp_path / "1.request").read_bytes() == expected
    assert (tmp_path / "1.status").read_text() == "303"
    assert {path.name for path in tmp_path.iterdir()} == {"1.request", "1.status", "1.location"}


def test_spans_that_touch_do_not_overlap() -> None:
    assert largest_overlap([(0, 1), (1, 2), (1.5, 3), (1.6, 1.7)]) == 3
