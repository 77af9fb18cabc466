"""Reading drafts of schemes."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Select, false, func, or_, select, true

from marketplace.drafting.models import SchemeDraft
from marketplace.drafting.states import OPEN_STATES, DraftState
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.funds.queries import paths_upwards
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.people.models import RoleGrant, User
from marketplace.people.states import Role, UserState

OFFICERS_MAX = 50
"""Officers told of one draft; an office has a handful."""


def get_draft(draft_id: int) -> SchemeDraft:
    """A draft, or not found."""
    if (draft := db.session.get(SchemeDraft, draft_id)) is None:
        raise NotFound("draft", draft_id)
    return draft


def find_draft_by_code(code: str) -> SchemeDraft | None:
    """A draft by its public code."""
    return db.session.scalar(select(SchemeDraft).where(SchemeDraft.code == code))


def find_draft_in_scope(
    code: str, paths: Collection[str]
) -> tuple[SchemeDraft, Jurisdiction] | None:
    """A draft whose scheme holds within the reader's subtrees, with its place."""
    row = db.session.execute(_in_scope(paths).where(SchemeDraft.code == code)).one_or_none()
    return (row[0], row[1]) if row else None


def find_open_draft(scheme_code: str) -> SchemeDraft | None:
    """The draft of a scheme that is not decided yet; there is one at most."""
    return db.session.scalar(
        select(SchemeDraft).where(
            SchemeDraft.scheme_code == scheme_code, SchemeDraft.state.in_(OPEN_STATES)
        )
    )


def lock_draft(draft_id: int) -> SchemeDraft:
    """A draft, held until the end of the unit of work."""
    draft = db.session.scalar(
        select(SchemeDraft)
        .where(SchemeDraft.id == draft_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if draft is None:
        raise NotFound("draft", draft_id)
    return draft


def list_drafts(
    paths: Collection[str], page: PageRequest, *, states: Collection[DraftState] = OPEN_STATES
) -> Page[tuple[SchemeDraft, Jurisdiction]]:
    """The drafts of the reader's places in some states, those that wait first."""
    wanted = _in_scope(paths).where(SchemeDraft.state.in_(states))
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    waits_first = SchemeDraft.state != DraftState.SUBMITTED
    rows = db.session.execute(
        wanted.order_by(waits_first, SchemeDraft.id.desc()).offset(page.offset).limit(page.limit)
    )
    return Page([(draft, place) for draft, place in rows], total, page.number, page.limit)


def list_drafts_of_scheme(scheme_code: str) -> Sequence[SchemeDraft]:
    """All drafts of a scheme, newest first."""
    return db.session.scalars(
        select(SchemeDraft)
        .where(SchemeDraft.scheme_code == scheme_code)
        .order_by(SchemeDraft.id.desc())
        .limit(200)
    ).all()


def count_drafts_to_decide(paths: Collection[str], *, user_id: int) -> int:
    """Submitted drafts of the reader's places that somebody else wrote and submitted."""
    wanted = _in_scope(paths).where(
        SchemeDraft.state == DraftState.SUBMITTED,
        SchemeDraft.submitted_by != user_id,
        SchemeDraft.written_by != user_id,
    )
    return db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0


def list_officer_ids(place_path: str, *, besides: Collection[int]) -> Sequence[int]:
    """Logins of the fund officers whose area holds a place, without those named."""
    return db.session.scalars(
        select(User.id)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .join(Jurisdiction, Jurisdiction.id == RoleGrant.jurisdiction_id)
        .where(
            RoleGrant.role == Role.FUND_OFFICER,
            RoleGrant.revoked_at.is_(None),
            User.state == UserState.ACTIVE,
            Jurisdiction.path.in_(paths_upwards(place_path)),
            User.id.not_in(set(besides)),
        )
        .distinct()
        .order_by(User.id)
        .limit(OFFICERS_MAX)
    ).all()


def _in_scope(paths: Collection[str]) -> Select[SchemeDraft, Jurisdiction]:
    return (
        select(SchemeDraft, Jurisdiction)
        .join(Jurisdiction, Jurisdiction.id == SchemeDraft.jurisdiction_id)
        .where(within(paths))
    )


def within(paths: Collection[str]) -> ColumnElement[bool]:
    """Places inside the reader's subtrees; '' is everywhere."""
    if "" in paths:
        return true()
    inside = [Jurisdiction.path.startswith(path, autoescape=True) for path in paths]
    return or_(false(), *inside)
