"""Cutting an ordered question into pages."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import Select, func, select

from marketplace.foundation.db import db
from marketplace.foundation.paging import Page, PageRequest

T = TypeVar("T")


def page_of(wanted: Select[T], page: PageRequest) -> Page[T]:
    """One page of single things, with the count of all."""
    total = _count(wanted)
    rows = db.session.scalars(wanted.offset(page.offset).limit(page.limit)).all()
    return Page(rows, total, page.number, page.limit)


def page_of_rows(wanted: Select[*tuple[Any, ...]], page: PageRequest) -> Page[Any]:
    """One page of rows of several things."""
    total = _count(wanted)
    rows = db.session.execute(wanted.offset(page.offset).limit(page.limit)).all()
    return Page(rows, total, page.number, page.limit)


def _count(wanted: Select[*tuple[Any, ...]]) -> int:
    counted = select(func.count()).select_from(wanted.order_by(None).subquery())
    return db.session.scalar(counted) or 0
