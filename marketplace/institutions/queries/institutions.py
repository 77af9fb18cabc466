"""Reading institutions and who works there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Text,
    bindparam,
    false,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.sql import Select

from marketplace.foundation.db import db, next_object, table_of
from marketplace.foundation.direct import Direct, ask
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.foundation.text import tidy
from marketplace.institutions.models import (
    Institution,
    InstitutionMember,
)
from marketplace.institutions.states import (
    InstitutionState,
    MemberRole,
)
from marketplace.jurisdictions.models import Jurisdiction


@dataclass(frozen=True, slots=True)
class InstitutionCard:
    """An institution in a list."""

    code: str
    name: str
    state: InstitutionState
    place: str | None


def get_institution(institution_id: int) -> Institution:
    """One institution, or 404."""
    institution = db.session.get(Institution, institution_id)
    if institution is None:
        raise NotFound("institution")
    return institution


def lock_institution(institution_id: int) -> Institution:
    """One institution, held until the unit of work ends, as it is now."""
    institution = db.session.scalar(
        select(Institution)
        .where(Institution.id == institution_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if institution is None:
        raise NotFound("institution")
    return institution


def find_institution_by_code(code: str) -> Institution | None:
    """By its public code."""
    return db.session.scalar(select(Institution).where(Institution.code == code))


def find_public_institution(code: str) -> Institution | None:
    """One institution the public may know: it was accredited once, and nothing is held back."""
    rows = ask(_PUBLIC, {"code": code})
    return next_object(Institution, iter(rows[0])) if rows else None


_PUBLIC = Direct(
    select(table_of(Institution)).where(
        Institution.code == bindparam("code", type_=Text),
        Institution.state != InstitutionState.APPLIED,
        Institution.quarantine_reason.is_(None),
    )
)
"""Read for every page of an institution: built once."""


def find_institution_by_uscc(uscc: str) -> Institution | None:
    """By its unified social credit code."""
    return db.session.scalar(select(Institution).where(Institution.uscc == uscc))


def find_institution_by_source(source: str, source_key: str) -> Institution | None:
    """By the id its source knows it by."""
    return db.session.scalar(
        select(Institution).where(
            Institution.source == source, Institution.source_key == source_key
        )
    )


def list_institution_names(institution_ids: Iterable[int]) -> dict[int, str]:
    """Names by id, for lists that show whose something is."""
    ids = sorted(set(institution_ids))
    rows = db.session.execute(
        select(Institution.id, Institution.name)
        .where(Institution.id.in_(ids))
        .order_by(Institution.id)
        .limit(len(ids))
    )
    return {row.id: row.name for row in rows}


def list_public_institutions(name_part: str, page: PageRequest) -> Page[InstitutionCard]:
    """Accredited, not quarantined institutions whose name or city contains the words."""
    wanted = _cards().where(
        Institution.state == InstitutionState.ACCREDITED, Institution.quarantine_reason.is_(None)
    )
    for word in tidy(name_part).split()[:8]:
        wanted = wanted.where(
            or_(
                Institution.name.icontains(word, autoescape=True),
                Institution.city.icontains(word, autoescape=True),
            )
        )
    return _page_of_cards(wanted, page)


def list_memberships_of_user(user_id: int) -> Sequence[InstitutionMember]:
    """Institutions a login works for now, oldest first."""
    return db.session.scalars(
        select(InstitutionMember)
        .where(InstitutionMember.user_id == user_id, InstitutionMember.left_at.is_(None))
        .order_by(InstitutionMember.id)
        .limit(20)
    ).all()


def list_members(institution_id: int) -> Sequence[InstitutionMember]:
    """Who works for an institution now, oldest first."""
    return db.session.scalars(
        select(InstitutionMember)
        .where(
            InstitutionMember.institution_id == institution_id,
            InstitutionMember.left_at.is_(None),
        )
        .order_by(InstitutionMember.id)
        .limit(500)
    ).all()


def list_manager_ids(institution_id: int) -> list[int]:
    """The logins that sign for an institution."""
    members = list_members(institution_id)
    return [member.user_id for member in members if member.role == MemberRole.MANAGER]


def find_institution_in(code: str, paths: Sequence[str]) -> Institution | None:
    """An institution by its code, if it is in these jurisdictions."""
    return db.session.scalar(
        select(Institution)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .where(Institution.code == code, in_subtrees(paths))
    )


def list_institutions_in(
    paths: Sequence[str], name_part: str, page: PageRequest
) -> Page[InstitutionCard]:
    """Institutions of these jurisdictions in any state, by name."""
    wanted = _cards().where(in_subtrees(paths))
    for word in tidy(name_part).split()[:8]:
        wanted = wanted.where(Institution.name.icontains(word, autoescape=True))
    return _page_of_cards(wanted, page)


def in_subtrees(paths: Sequence[str]) -> ColumnElement[bool]:
    """Rows whose joined jurisdiction lies in one of the subtrees; '' is the whole deployment."""
    if "" in paths:
        return true()
    return or_(false(), *(Jurisdiction.path.startswith(path, autoescape=True) for path in paths))


def _cards() -> Select[*tuple[Any, ...]]:
    place = func.coalesce(Institution.city, Jurisdiction.name)
    return select(Institution.code, Institution.name, Institution.state, place).outerjoin(
        Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id
    )


def _page_of_cards(wanted: Select[*tuple[Any, ...]], page: PageRequest) -> Page[InstitutionCard]:
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = db.session.execute(
        wanted.order_by(Institution.name, Institution.id).offset(page.offset).limit(page.limit)
    )
    return Page([InstitutionCard(*row) for row in rows], total, page.number, page.limit)
