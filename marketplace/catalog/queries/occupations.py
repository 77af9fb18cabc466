"""Reading the loaded classifications."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Select, Text, func, or_, select, true

from marketplace.catalog.models import Occupation
from marketplace.foundation.db import db, table_of
from marketplace.foundation.direct import Direct, ask, is_among
from marketplace.foundation.errors import NotFound
from marketplace.foundation.text import tidy

TITLES_MAX = 10_000
"""Of the occupations that one page names, in every classification that has them."""


def get_occupation(occupation_id: int) -> Occupation:
    """One occupation, or 404."""
    occupation = db.session.get(Occupation, occupation_id)
    if occupation is None:
        raise NotFound("occupation")
    return occupation


def find_occupation_by_code(code: str, *, classification: str | None = None) -> Occupation | None:
    """By its code; without a classification, the first one loaded that has it."""
    wanted = select(Occupation).where(Occupation.code == code)
    if classification:
        wanted = wanted.where(Occupation.classification == classification)
    return db.session.scalar(wanted.order_by(Occupation.id).limit(1))


def list_occupation_titles(codes: Iterable[str | None]) -> dict[str, str]:
    """Titles by code, so that no page shows a bare code."""
    wanted = sorted({code for code in codes if code})
    return dict(ask(_TITLES, {"codes": wanted})) if wanted else {}


_TITLES = Direct(
    select(Occupation.code, Occupation.title)
    .where(is_among(table_of(Occupation).c.code, "codes", Text))
    .order_by(Occupation.id)
    .limit(TITLES_MAX)
)
"""Read for every page of an institution: built once, without objects."""


def list_titles_by_id(occupation_ids: Iterable[int]) -> dict[int, str]:
    """Titles by number."""
    wanted = sorted(set(occupation_ids))
    rows = db.session.execute(
        select(Occupation.id, Occupation.title)
        .where(Occupation.id.in_(wanted))
        .order_by(Occupation.id)
        .limit(len(wanted) or 1)
    )
    return {row.id: row.title for row in rows}


def list_occupations_matching(text: str, *, limit: int = 20) -> Sequence[Occupation]:
    """Occupations in force in which every word is part of the title or begins the code."""
    # Leaves first: they are what courses name. Among them the shortest title is the closest.
    return db.session.scalars(
        _matching(text)
        .order_by(
            Occupation.depth.desc(),
            func.length(Occupation.title),
            Occupation.code,
            Occupation.id,
        )
        .limit(limit)
    ).all()


def count_occupations_matching(text: str) -> int:
    """How many there are of them."""
    return db.session.scalar(select(func.count()).select_from(_matching(text).subquery())) or 0


def _matching(text: str) -> Select[Occupation]:
    wanted = select(Occupation).where(Occupation.retired_on.is_(None))
    for word in tidy(text).split()[:8]:
        wanted = wanted.where(
            or_(
                Occupation.title.icontains(word, autoescape=True),
                Occupation.code.istartswith(word, autoescape=True),
            )
        )
    return wanted


def list_occupation_ids(
    codes: Iterable[str], *, classification: str | None = None
) -> dict[str, int]:
    """Ids by code, for the codes that are loaded; the first classification loaded wins."""
    wanted = sorted(set(codes))
    rows = db.session.execute(
        select(Occupation.code, Occupation.id)
        .where(
            Occupation.code.in_(wanted),
            Occupation.classification == classification if classification else true(),
        )
        .order_by(Occupation.id.desc())
        .limit(4 * len(wanted) or 1)
    )
    return {code: occupation_id for code, occupation_id in rows}
