"""Containers that end or do not answer, told by an engine that is made up."""

import signal
import time
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from wsgi_gateways import commands
from wsgi_gateways.bench.fleet import Fleet
from wsgi_gateways.compose import Stack
from wsgi_gateways.output import Interruption, Problem


class Engine:
    """What docker would do; it knows the containers that run and those of them that are paused."""

    def __init__(self, *names: str) -> None:
        self.running = {f"mine-{name}-1" for name in names}
        self.paused: set[str] = set()
        self.asked: list[str] = []

    def answers(self, command: Sequence[str]) -> bool:
        try:
            self.read(command)
        except Problem:
            return False
        return True

    def read(self, command: Sequence[str], *_: object, **__: object) -> str:
        verb, container = command[1], command[-1]
        self.asked.append(" ".join(command[1:]))
        if verb == "image":
            return '[{"Config": {"Cmd": ["serve"]}}]'
        if verb == "logs":
            return f"{container}: ModuleNotFoundError\n"
        if verb == "inspect":
            return f"{container in self.running}\n".lower()
        if verb in ("pause", "unpause"):
            if container not in self.running or (container in self.paused) == (verb == "pause"):
                raise Problem(f"{container} cannot be {verb}d")
            self.paused ^= {container}
        return ""


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    engine = Engine("a", "b", "a-again")
    monkeypatch.setattr(commands, "answers", engine.answers)
    monkeypatch.setattr(commands, "read", engine.read)
    return engine


@pytest.fixture
def fleet(engine: Engine) -> Fleet:
    return Fleet(Path(), Path(), "mine", ["a", "b", "a-again"])


def test_a_container_that_has_ended_is_neither_paused_nor_started(engine: Engine, fleet: Fleet) -> None:
    engine.running.remove("mine-a-1")
    began = time.monotonic()
    fleet.pause_all()
    with fleet.alone("a"):
        assert engine.paused == {"mine-b-1", "mine-a-again-1"}
    assert time.monotonic() - began < 5
    # The engine is not asked again and again.
    assert engine.asked.count("pause mine-a-1") == 1


def test_a_container_that_ends_while_it_is_paused_lets_the_others_go_on(engine: Engine, fleet: Fleet) -> None:
    fleet.pause_all()
    engine.running.remove("mine-a-1")
    with fleet.alone("a"):
        pass
    with fleet.alone("b"):
        assert engine.paused >= {"mine-a-again-1"}
        assert "mine-b-1" not in engine.paused


def test_a_container_that_runs_and_cannot_be_paused_ends_the_run(
    engine: Engine, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wsgi_gateways.bench.fleet._SECONDS_TO_PAUSE", 0.2)
    engine.paused.add("mine-a-1")
    with pytest.raises(Problem, match="`docker pause mine-a-1` failed for"):
        fleet.pause_all()


def test_whoever_ran_alone_runs_alone_after_all_have_breathed(
    engine: Engine, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wsgi_gateways.bench.fleet._LONGEST_PAUSE", 0)
    monkeypatch.setattr("wsgi_gateways.bench.fleet._SECONDS_TO_BREATHE", 0)
    fleet.pause_all()
    with fleet.alone("a-again"):
        fleet.breathe()
        assert engine.paused == {"mine-a-1", "mine-b-1"}


def test_whoever_does_not_answer_is_quoted(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wsgi_gateways.bench.fleet._SECONDS_TO_START", 0)
    with pytest.raises(Problem, match=r"a does not answer; .*\nmine-a-1: ModuleNotFoundError$"):
        fleet.await_answer("a")


@pytest.mark.parametrize("why", [Problem("a does not answer"), Interruption(signal.SIGINT)], ids=type)
def test_a_start_that_does_not_succeed_leaves_no_container(
    engine: Engine, why: BaseException, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def await_answer(*_: object) -> float:
        raise why

    services = {"name": "mine", "services": {"a": {}}}
    stack = SimpleNamespace(root=tmp_path, configuration=services, image=str)
    monkeypatch.setattr(Fleet, "await_answer", await_answer)
    with pytest.raises(type(why)):
        Fleet.start(cast(Stack, stack), ["a"], tmp_path, {})
    verbs = [word for asked in engine.asked for word in asked.split() if word in ("up", "down")]
    assert verbs == ["down", "up", "down"]
