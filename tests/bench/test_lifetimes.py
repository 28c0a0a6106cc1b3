"""Starts and recoveries are measured more than once, as one of either tells little."""

from pathlib import Path

import pytest

from wsgi_gateways.bench import lifetimes
from wsgi_gateways.bench.fleet import Fleet

FLEET = Fleet(Path(), Path(), "mine", ["one"])


def test_a_gateway_is_started_three_times(monkeypatch: pytest.MonkeyPatch) -> None:
    told = iter([0.5, 0.7, 0.6])
    monkeypatch.setattr(lifetimes, "start", lambda *_: next(told))
    assert lifetimes.starts(FLEET, "one") == [0.5, 0.7, 0.6]


def test_a_worker_is_killed_three_times(monkeypatch: pytest.MonkeyPatch) -> None:
    told = iter([{"seconds": None, "failed_requests": 9}, *[{"seconds": 0.2, "failed_requests": 1}] * 2])
    monkeypatch.setattr(lifetimes, "recovery", lambda *_: next(told))
    assert [each["seconds"] for each in lifetimes.recoveries(FLEET, "one")] == [None, 0.2, 0.2]
