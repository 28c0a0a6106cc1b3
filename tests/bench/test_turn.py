"""What happens around the cells of a gateway's turn."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest

from wsgi_gateways.bench import cell
from wsgi_gateways.bench.load import LoadError
from wsgi_gateways.bench.session import Session


@pytest.mark.parametrize("trouble", [None, LoadError("no rest"), OSError("it has ended")])
def test_a_gateway_comes_to_rest_before_it_is_paused(
    monkeypatch: pytest.MonkeyPatch, trouble: Exception | None
) -> None:
    happened: list[str] = []

    class Fleet:
        @contextmanager
        def alone(self, name: str) -> Iterator[None]:
            yield
            happened.append(f"{name} is paused")

    def settle(subject: str) -> None:
        happened.append(f"{subject} has settled")
        if trouble:
            raise trouble

    monkeypatch.setattr(cell, "settle", settle)
    session = cast(Any, SimpleNamespace(fleet=Fleet(), subjects={"one": "one"}))
    with Session.turn(session, "one"):
        happened.append("it is measured")
    assert happened == ["it is measured", "one has settled", "one is paused"]
