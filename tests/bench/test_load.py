"""A generator's shell is asked one command after the other; the engine here is a script that runs a shell."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from wsgi_gateways.bench import load
from wsgi_gateways.output import Problem


def engine(folder: Path, run: str) -> None:
    """Put a docker in the folder that does this to run a container."""
    script = folder / "docker"
    script.write_text(f"#!/bin/sh\ncase $1 in run) {run};; inspect) echo {os.getpid()};; esac\n")
    script.chmod(0o755)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    return tmp_path


@pytest.fixture
def generator(folder: Path) -> Iterator[load.Generator]:
    engine(folder, "exec sh")
    with load.Generator("one", folder, 1) as generator:
        yield generator


def test_a_command_that_came_too_late_is_not_taken_for_the_next_one(
    generator: load.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(load, "_SECONDS_OF_GRACE", 0.1)
        for number in range(2):
            with pytest.raises(load.LoadError, match="did not end within"):
                generator.run(f"sleep 0.3; echo late {number}", 0)
    assert generator.run("echo first; echo second", 0) == "first\nsecond\n"
    assert generator.run("echo third", 0) == "third\n"


def test_a_generator_that_does_not_start_is_a_problem_that_says_why(folder: Path) -> None:
    engine(folder, "echo no such image; exit 125")
    with pytest.raises(Problem, match=r"one-load.*no such image"):
        load.Generator("one", folder, 1)


def test_a_generator_that_has_ended_fails_what_it_is_asked_and_is_closed_without_a_word(folder: Path) -> None:
    engine(folder, "exec sh")
    with load.Generator("one", folder, 1) as generator:
        with pytest.raises(load.LoadError, match="has ended"):
            generator.run("exit", 0)
        with pytest.raises(load.LoadError, match="has ended"):
            generator.run("true", 0)
