"""Of which group of a policy is each person? For rules that give some people another limit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, case, cast, func, literal, or_, select
from sqlalchemy.sql.expression import Subquery

from marketplace.people.models import CategoryFact, StatusFact
from marketplace.people.states import CategoryFactState
from marketplace.vouchers.rules.policy import YearGroup
from marketplace.vouchers.rules.settings import Setting

Among = Callable[[Any], ColumnElement[bool]]


def groups_of_people(
    rule: Setting[tuple[YearGroup, ...]] | None, on: date, among: Among
) -> Subquery:
    """`worker_id, rank`: the first group of the rule that fits a person on a day, by its place.

    A category counts once it is verified, a status as a register says it.
    """
    rows = rule.value if rule else ()
    verified = CategoryFact.state == CategoryFactState.VERIFIED
    of_facts = [
        _ranked(CategoryFact, CategoryFact.category, rows, on, among).where(verified),
        _ranked(StatusFact, StatusFact.status, rows, on, among),
    ]
    found = of_facts[0].union_all(of_facts[1]).subquery("groups_found")
    return (
        select(found.c.worker_id, func.min(found.c.rank).label("rank"))
        .group_by(found.c.worker_id)
        .subquery("groups_of_people")
    )


def _ranked(
    fact: Any, kind: Any, rows: tuple[YearGroup, ...], on: date, among: Among
) -> Select[Any]:
    """The people with one kind of fact in force, and the place of their group."""
    named = [row.group for row in rows if isinstance(row.group, kind.type.enum_class)]
    places = [(kind == row.group, rank) for rank, row in enumerate(rows) if row.group in named]
    rank = case(*places) if places else cast(literal(None), BigInteger)
    return select(fact.worker_id, rank.label("rank")).where(
        among(fact.worker_id),
        kind.in_(named),
        fact.valid_from <= on,
        or_(fact.valid_until.is_(None), fact.valid_until >= on),
    )
