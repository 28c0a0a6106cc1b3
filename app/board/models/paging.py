"""One page of a longer list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

Item = TypeVar("Item")


class NoSuchPage(LookupError):
    """Asked for a page before the first or after the last."""


@dataclass(frozen=True)
class Page(Generic[Item]):
    items: Sequence[Item]
    number: int
    count: int  # of pages, at least 1: an empty list has an empty first page
    total: int  # of items


def page_of(position: int, size: int) -> int:
    """The page on which the item at this position (from 1) stands."""
    return max(1, -(-position // size))


def load_page(session: Session, query: Select[Item], number: int, size: int) -> Page[Item]:
    total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    count = page_of(total, size)
    if not 1 <= number <= count:
        raise NoSuchPage
    items = session.scalars(query.offset((number - 1) * size).limit(size)).all()
    return Page(items, number, count, total)
