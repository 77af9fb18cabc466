"""Objections from the public: the worklist, one of them, and the answer for its receipt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from marketplace.catalog.models import CourseRun, CourseVersion
from marketplace.claims.models import Claim, PublicObjection
from marketplace.claims.states import ObjectionState
from marketplace.foundation import crypto
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.institutions.models import Institution
from marketplace.institutions.queries import in_subtrees
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.people.models import User

RECEIPT_PURPOSE = "public_objection.receipt"


@dataclass(frozen=True, slots=True)
class ObjectionRow:
    """An objection with the claim it holds."""

    objection: PublicObjection
    claim: Claim
    title: str
    institution_name: str
    owner_login: str | None


def list_public_objections(
    paths: Sequence[str], page: PageRequest, *, is_open: bool = True
) -> Page[ObjectionRow]:
    """Objections to claims of institutions under some paths: open ones by deadline, or decided
    ones newest first."""
    open_only = PublicObjection.state == ObjectionState.OPEN
    wanted = _rows().where(in_subtrees(paths), open_only if is_open else ~open_only)
    total = db.session.scalar(
        select(func.count()).select_from(wanted.with_only_columns(PublicObjection.id).subquery())
    )
    order = (
        (PublicObjection.due_on, PublicObjection.id) if is_open else (PublicObjection.id.desc(),)
    )
    rows = db.session.execute(wanted.order_by(*order).offset(page.offset).limit(page.limit))
    return Page([ObjectionRow(*row) for row in rows], total or 0, page.number, page.limit)


def count_open_public_objections(paths: Sequence[str]) -> int:
    """How many wait for a decision."""
    return list_public_objections(paths, PageRequest(1, 1)).total


def get_public_objection(code: str, *, paths: Sequence[str]) -> ObjectionRow:
    """One objection to a claim under some paths."""
    row = db.session.execute(
        _rows().where(PublicObjection.code == code, in_subtrees(paths))
    ).one_or_none()
    if row is None:
        raise NotFound("public_objection", code)
    return ObjectionRow(*row)


def find_objection_by_receipt(receipt: str) -> ObjectionRow | None:
    """The objection of a receipt, for whoever holds it."""
    index = crypto.blind_index(receipt, purpose=RECEIPT_PURPOSE)
    row = db.session.execute(_rows().where(PublicObjection.receipt_index == index)).one_or_none()
    return None if row is None else ObjectionRow(*row)


def list_objections_to_claim(claim_id: int) -> Sequence[PublicObjection]:
    """What the public said against a claim, oldest first (at most 200)."""
    return db.session.scalars(
        select(PublicObjection)
        .where(PublicObjection.claim_id == claim_id)
        .order_by(PublicObjection.id)
        .limit(200)
    ).all()


def count_open_objections_to_claim(claim_id: int) -> int:
    """How many objections from the public hold a claim."""
    found = select(func.count()).where(
        PublicObjection.claim_id == claim_id, PublicObjection.state == ObjectionState.OPEN
    )
    return db.session.scalar(found) or 0


def is_objection_known(claim_id: int, statement_index: str) -> bool:
    """Whether exactly these words were said of a claim already."""
    found = select(PublicObjection.id).where(
        PublicObjection.claim_id == claim_id, PublicObjection.statement_index == statement_index
    )
    return db.session.scalar(found) is not None


def lock_public_objection(objection_id: int) -> PublicObjection:
    """An objection, held until the unit of work ends."""
    found = db.session.scalar(
        select(PublicObjection)
        .where(PublicObjection.id == objection_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("public_objection", objection_id)
    return found


def _rows() -> Select[*tuple[Any, ...]]:
    return (
        select(PublicObjection, Claim, CourseVersion.title, Institution.name, User.login)
        .join(Claim, Claim.id == PublicObjection.claim_id)
        .join(CourseRun, CourseRun.id == Claim.course_run_id)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .join(Institution, Institution.id == Claim.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .outerjoin(User, User.id == PublicObjection.owner_id)
    )
