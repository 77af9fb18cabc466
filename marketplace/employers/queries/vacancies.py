"""Reading vacancies: the public board, an employer's, and those that fit somebody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select

from marketplace.catalog.models import Occupation
from marketplace.employers.models import Employer, Vacancy
from marketplace.employers.rules import Achievement, Wanted, find_fit, fit_order
from marketplace.employers.states import FitReason, VacancyState
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.jurisdictions.models import Jurisdiction

CANDIDATES_MAX = 500
"""So many of the newest vacancies of somebody's occupations are weighed."""


@dataclass(frozen=True, slots=True)
class VacancyItem:
    """A vacancy with its employer, occupation and place."""

    vacancy: Vacancy
    employer: Employer
    occupation_title: str | None
    occupation_code: str | None
    place_name: str | None
    place_path: str | None
    reasons: tuple[FitReason, ...] = ()


def list_open_vacancies(
    page: PageRequest, *, on: date, text: str = "", employer_id: int | None = None
) -> Page[VacancyItem]:
    """What is open on a day, newest first; `text` stands in title, employer or occupation."""
    wanted = _items().where(is_open_on(on))
    if text:
        pattern = f"%{_escaped(text)}%"
        wanted = wanted.where(
            or_(
                Vacancy.title.ilike(pattern, escape="\\"),
                Employer.name.ilike(pattern, escape="\\"),
                Occupation.title.ilike(pattern, escape="\\"),
            )
        )
    if employer_id is not None:
        wanted = wanted.where(Vacancy.employer_id == employer_id)
    counted = wanted.with_only_columns(Vacancy.id).subquery()
    total = db.session.scalar(select(func.count()).select_from(counted)) or 0
    rows = db.session.execute(
        wanted.order_by(Vacancy.as_of.desc(), Vacancy.id.desc())
        .offset(page.offset)
        .limit(page.limit)
    )
    return Page([VacancyItem(*row) for row in rows], total, page.number, page.limit)


def get_vacancy(vacancy_id: int) -> Vacancy:
    """One vacancy."""
    if (vacancy := db.session.get(Vacancy, vacancy_id)) is None:
        raise NotFound("vacancy")
    return vacancy


def get_vacancy_item(code: str) -> VacancyItem:
    """One vacancy by its code, open or not."""
    row = db.session.execute(_items().where(Vacancy.code == code)).one_or_none()
    if row is None:
        raise NotFound("vacancy")
    return VacancyItem(*row)


def get_employer(code: str) -> Employer:
    """One employer by its code."""
    employer = db.session.scalar(select(Employer).where(Employer.code == code))
    if employer is None:
        raise NotFound("employer")
    return employer


def is_vacancy_open(vacancy: Vacancy, *, on: date) -> bool:
    """Whether somebody may be referred to it on a day."""
    return (
        vacancy.state is VacancyState.OPEN
        and (vacancy.valid_from is None or vacancy.valid_from <= on)
        and (vacancy.valid_until is None or vacancy.valid_until >= on)
    )


def list_fitting_vacancies(
    achievements: Sequence[Achievement], home_paths: Sequence[str], page: PageRequest, *, on: date
) -> Page[VacancyItem]:
    """What fits an occupation somebody completed, best fit first."""
    rows = db.session.execute(
        _items()
        .where(is_open_on(on), _near_occupations(achievements))
        .order_by(Vacancy.as_of.desc(), Vacancy.id.desc())
        .limit(CANDIDATES_MAX)
    )
    fitting = []
    for row in rows:
        item = VacancyItem(*row)
        wanted = Wanted(item.occupation_code, item.vacancy.level, item.place_path)
        if reasons := find_fit(wanted, achievements, home_paths):
            fitting.append(replace(item, reasons=reasons))
    fitting.sort(key=lambda item: fit_order(item.reasons))
    shown = fitting[page.offset : page.offset + page.limit]
    return Page(shown, len(fitting), page.number, page.limit)


def is_open_on(on: date) -> ColumnElement[bool]:
    """The condition that a vacancy is open on a day."""
    return and_(
        Vacancy.state == VacancyState.OPEN,
        or_(Vacancy.valid_from.is_(None), Vacancy.valid_from <= on),
        or_(Vacancy.valid_until.is_(None), Vacancy.valid_until >= on),
    )


def _near_occupations(achievements: Sequence[Achievement]) -> ColumnElement[bool]:
    codes = {done.occupation_code for done in achievements}
    groups = {code.rpartition("-")[0] for code in codes if code.count("-") == 3}
    conditions: list[ColumnElement[bool]] = [
        Occupation.code.startswith(f"{group}-", autoescape=True) for group in sorted(groups)
    ]
    return or_(Occupation.code.in_(sorted(codes)), *conditions) if codes else false()


def _items() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Vacancy,
            Employer,
            Occupation.title,
            Occupation.code,
            Jurisdiction.name,
            Jurisdiction.path,
        )
        .join(Employer, Employer.id == Vacancy.employer_id)
        .outerjoin(Occupation, Occupation.id == Vacancy.occupation_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Vacancy.jurisdiction_id)
    )


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
