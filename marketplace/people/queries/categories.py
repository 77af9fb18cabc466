"""Reading category facts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, or_, select

from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.people.models import CategoryFact, Worker
from marketplace.people.queries.paging import page_of_rows
from marketplace.people.queries.workers import in_subtrees
from marketplace.people.states import CategoryFactState, WorkerCategory


def get_category_fact(fact_id: int) -> CategoryFact:
    """A fact by number."""
    fact = db.session.get(CategoryFact, fact_id)
    if fact is None:
        raise NotFound("category fact")
    return fact


def lock_category_fact(fact_id: int) -> CategoryFact:
    """A fact, held until the unit of work ends."""
    fact = db.session.scalar(
        select(CategoryFact)
        .where(CategoryFact.id == fact_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if fact is None:
        raise NotFound("category fact")
    return fact


def list_category_facts(worker_id: int) -> Sequence[CategoryFact]:
    """All facts about a worker, newest first."""
    return db.session.scalars(
        select(CategoryFact)
        .where(CategoryFact.worker_id == worker_id)
        .order_by(CategoryFact.id.desc())
        .limit(100)
    ).all()


def list_verified_categories(worker_id: int, *, on: date) -> list[WorkerCategory]:
    """Categories that are confirmed for a day, each once, by name."""
    rows = db.session.scalars(
        select(CategoryFact.category)
        .where(
            CategoryFact.worker_id == worker_id,
            CategoryFact.state == CategoryFactState.VERIFIED,
            CategoryFact.valid_from <= on,
            or_(CategoryFact.valid_until.is_(None), CategoryFact.valid_until >= on),
        )
        .distinct()
        .order_by(CategoryFact.category)
        .limit(50)
    )
    return list(rows)


def find_category_fact_of_worker(code: str, worker_id: int) -> CategoryFact | None:
    """A fact by public code, for the person it is about."""
    return db.session.scalar(
        select(CategoryFact).where(CategoryFact.code == code, CategoryFact.worker_id == worker_id)
    )


def find_category_fact_in_scope(
    code: str, paths: Collection[str]
) -> tuple[CategoryFact, Worker] | None:
    """A fact by public code with its worker, for an officer of these subtrees."""
    row = db.session.execute(
        select(CategoryFact, Worker)
        .join(Worker, Worker.id == CategoryFact.worker_id)
        .where(CategoryFact.code == code, in_subtrees(paths))
    ).first()
    return (row[0], row[1]) if row else None


def list_category_worklist(
    paths: Collection[str],
    page: PageRequest,
    *,
    state: CategoryFactState = CategoryFactState.DECLARED,
    category: WorkerCategory | None = None,
) -> Page[Any]:
    """(fact, worker) rows within the subtrees; oldest first, as people wait."""
    wanted = (
        select(CategoryFact, Worker)
        .join(Worker, Worker.id == CategoryFact.worker_id)
        .where(CategoryFact.state == state, in_subtrees(paths))
    )
    if category is not None:
        wanted = wanted.where(CategoryFact.category == category)
    newest_first = state is not CategoryFactState.DECLARED
    order = CategoryFact.id.desc() if newest_first else CategoryFact.id
    return page_of_rows(wanted.order_by(order), page)


def count_waiting_category_facts(paths: Collection[str]) -> int:
    """How many declarations wait for a decision within the subtrees."""
    return (
        db.session.scalar(
            select(func.count(CategoryFact.id))
            .join(Worker, Worker.id == CategoryFact.worker_id)
            .where(CategoryFact.state == CategoryFactState.DECLARED, in_subtrees(paths))
        )
        or 0
    )


def find_next_waiting_category_fact(
    paths: Collection[str], *, after_id: int = 0
) -> CategoryFact | None:
    """The next declaration to decide: the oldest after the present one, else the oldest."""
    wanted = (
        select(CategoryFact)
        .join(Worker, Worker.id == CategoryFact.worker_id)
        .where(CategoryFact.state == CategoryFactState.DECLARED, in_subtrees(paths))
        .order_by((CategoryFact.id <= after_id), CategoryFact.id)
        .limit(1)
    )
    return db.session.scalar(wanted)
