"""Claims as their institution, the officers and the public see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from marketplace.catalog.models import CourseRun, CourseVersion
from marketplace.catalog.states import CourseRunState
from marketplace.claims.models import Claim, ClaimLine, ClaimObjection
from marketplace.claims.states import IN_REVIEW, ClaimState, RiskTier
from marketplace.enrollment.models import Enrollment
from marketplace.foundation import clock
from marketplace.foundation.bulk import is_among
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.money import Money
from marketplace.foundation.paging import Page, PageRequest
from marketplace.institutions.models import Institution
from marketplace.institutions.queries import in_subtrees
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.redemption.models import Redemption
from marketplace.redemption.queries.redemptions import is_in_settlement

OVER = (CourseRunState.FINISHED, CourseRunState.CLAIMED, CourseRunState.CANCELED)
"""Nobody is taught any more; what was redeemed can be claimed."""
WORK_MAX = 500


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A claim in a list."""

    claim: Claim
    run_code: str
    title: str
    starts_on: date
    ends_on: date
    institution_code: str
    institution_name: str
    line_count: int

    @property
    def amount(self) -> Money:
        return Money(self.claim.amount_fen, self.claim.currency)


@dataclass(frozen=True, slots=True)
class RunToClaim:
    """A finished class with redemptions that no claim beyond a draft asks for."""

    course_run_id: int
    run_code: str
    institution_id: int
    title: str
    ends_on: date
    redemption_count: int
    amount_fen: int


def lock_claim(claim_id: int) -> Claim:
    """A claim, held until the unit of work ends."""
    found = db.session.scalar(
        select(Claim)
        .where(Claim.id == claim_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("claim")
    return found


def find_draft(course_run_id: int) -> Claim | None:
    """The claim of a class that is not submitted yet."""
    return db.session.scalar(
        select(Claim).where(Claim.course_run_id == course_run_id, Claim.state == ClaimState.DRAFT)
    )


def get_last_number(course_run_id: int) -> int:
    """How many claims a class has had."""
    found = select(func.max(Claim.number)).where(Claim.course_run_id == course_run_id)
    return db.session.scalar(found) or 0


def list_runs_to_claim(institution_id: int) -> list[RunToClaim]:
    """Finished classes of an institution with something to claim, oldest first."""
    rows = db.session.execute(
        _to_claim()
        .where(CourseRun.institution_id == institution_id)
        .order_by(CourseRun.ends_on, CourseRun.id)
        .limit(WORK_MAX)
    )
    return [_run(row) for row in rows]


def list_runs_without_draft(limit: int) -> list[RunToClaim]:
    """The same of all institutions, where no draft has been put together yet."""
    draft = select(Claim.id).where(
        Claim.course_run_id == CourseRun.id, Claim.state == ClaimState.DRAFT
    )
    rows = db.session.execute(
        _to_claim().where(~draft.exists()).order_by(CourseRun.ends_on, CourseRun.id).limit(limit)
    )
    return [_run(row) for row in rows]


def list_due_claims(limit: int = WORK_MAX) -> list[int]:
    """Claims of low risk whose next step is overdue: time may move them on."""
    return list(
        db.session.scalars(
            select(Claim.id)
            .where(
                Claim.state.in_(IN_REVIEW),
                Claim.tier == RiskTier.LOW,
                Claim.due_on < clock.today(),
            )
            .order_by(Claim.due_on, Claim.id)
            .limit(limit)
        )
    )


def list_claims_of(institution_id: int, page: PageRequest) -> Page[ClaimRow]:
    """An institution's claims, newest first."""
    return _page(_rows().where(Claim.institution_id == institution_id), page)


def list_open_drafts(institution_id: int) -> list[ClaimRow]:
    """Claims that wait for a manager of the institution, oldest first."""
    rows = db.session.execute(
        _rows()
        .where(Claim.institution_id == institution_id, Claim.state == ClaimState.DRAFT)
        .order_by(Claim.id)
        .limit(50)
    )
    return [_row(row) for row in rows]


def list_claims(
    page: PageRequest, *, paths: Sequence[str], state: ClaimState | None = None
) -> Page[ClaimRow]:
    """Submitted claims of these subtrees; what waits longest comes first."""
    wanted = _rows().where(in_subtrees(paths), Claim.state != ClaimState.DRAFT)
    if state is not None:
        wanted = wanted.where(Claim.state == state)
    return _page(wanted, page, first=Claim.state.not_in(IN_REVIEW))


def list_publicised(page: PageRequest) -> Page[ClaimRow]:
    """Claims the public may object to now, those that end soonest first."""
    return _page(_rows().where(_is_public()), page, first=Claim.notice_until)


def get_claim_row(
    code: str, *, paths: Sequence[str] = (), institution_id: int | None = None
) -> ClaimRow:
    """One claim for an officer of these subtrees (no drafts) or for its institution; else 404."""
    if institution_id is not None:
        mine: ColumnElement[bool] = Claim.institution_id == institution_id
    else:
        mine = and_(in_subtrees(paths), Claim.state != ClaimState.DRAFT)
    row = db.session.execute(_rows().where(Claim.code == code, mine)).one_or_none()
    if row is None:
        raise NotFound("claim", code)
    return _row(row)


def get_publicised(code: str) -> ClaimRow:
    """One claim while it is publicised; before and after, the public finds nothing."""
    row = db.session.execute(_rows().where(Claim.code == code, _is_public())).one_or_none()
    if row is None:
        raise NotFound("claim", code)
    return _row(row)


def count_claims_to_decide(paths: Sequence[str]) -> int:
    """Claims that wait for an officer: to be checked, or publicised long enough."""
    ready = or_(
        Claim.state.in_((ClaimState.SUBMITTED, ClaimState.CHECKED)),
        and_(Claim.state == ClaimState.NOTICED, Claim.notice_until < clock.today()),
    )
    found = (
        select(func.count())
        .select_from(Claim)
        .join(Institution, Institution.id == Claim.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .where(ready, in_subtrees(paths))
    )
    return db.session.scalar(found) or 0


def list_objections(claim_id: int) -> Sequence[ClaimObjection]:
    """What was said against a claim, oldest first."""
    return db.session.scalars(
        select(ClaimObjection)
        .where(ClaimObjection.claim_id == claim_id)
        .order_by(ClaimObjection.id)
        .limit(200)
    ).all()


def get_objection(objection_id: int, *, claim_id: int) -> ClaimObjection:
    """One objection to a claim."""
    found = db.session.scalar(
        select(ClaimObjection).where(
            ClaimObjection.id == objection_id, ClaimObjection.claim_id == claim_id
        )
    )
    if found is None:
        raise NotFound("claim_objection", objection_id)
    return found


def list_claims_holding(redemption_ids: Sequence[int]) -> Sequence[int]:
    """The claims in which these redemptions stand, by number."""
    return db.session.scalars(
        select(ClaimLine.claim_id)
        .where(is_among(ClaimLine.redemption_id, redemption_ids), ClaimLine.released_at.is_(None))
        .distinct()
        .order_by(ClaimLine.claim_id)
        .limit(len(redemption_ids) or 1)
    ).all()


def _to_claim() -> Select[*tuple[Any, ...]]:
    held = (
        select(ClaimLine.id)
        .join(Claim, Claim.id == ClaimLine.claim_id)
        .where(
            ClaimLine.redemption_id == Redemption.id,
            ClaimLine.released_at.is_(None),
            Claim.state != ClaimState.DRAFT,
        )
    )
    return (
        select(
            CourseRun.id,
            CourseRun.code,
            CourseRun.institution_id,
            CourseVersion.title,
            CourseRun.ends_on,
            func.count(),
            func.sum(Redemption.amount_fen),
        )
        .select_from(Redemption)
        .join(Enrollment, Enrollment.id == Redemption.enrollment_id)
        .join(CourseRun, CourseRun.id == Enrollment.course_run_id)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .where(
            CourseRun.state.in_(OVER),
            Redemption.reversal_entry_id.is_(None),
            ~is_in_settlement(),
            ~held.exists(),
        )
        .group_by(
            CourseRun.id,
            CourseRun.code,
            CourseRun.institution_id,
            CourseVersion.title,
            CourseRun.ends_on,
        )
    )


def _run(row: Any) -> RunToClaim:
    run_id, code, institution_id, title, ends_on, count, fen = row
    return RunToClaim(run_id, code, institution_id, title, ends_on, int(count), int(fen))


def _is_public() -> ColumnElement[bool]:
    return and_(Claim.state == ClaimState.NOTICED, Claim.notice_until >= clock.today())


def _rows() -> Select[*tuple[Any, ...]]:
    lines = (
        select(func.count(ClaimLine.id))
        .where(ClaimLine.claim_id == Claim.id, ClaimLine.released_at.is_(None))
        .scalar_subquery()
    )
    return (
        select(
            Claim,
            CourseRun.code,
            CourseVersion.title,
            CourseRun.starts_on,
            CourseRun.ends_on,
            Institution.code,
            Institution.name,
            lines,
        )
        .join(CourseRun, CourseRun.id == Claim.course_run_id)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .join(Institution, Institution.id == Claim.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
    )


def _row(row: Any) -> ClaimRow:
    return ClaimRow(*row)


def _page(
    wanted: Select[*tuple[Any, ...]], page: PageRequest, *, first: Any = None
) -> Page[ClaimRow]:
    total = db.session.scalar(
        select(func.count()).select_from(wanted.with_only_columns(Claim.id).subquery())
    )
    order = [Claim.id.desc()] if first is None else [first, Claim.due_on, Claim.id.desc()]
    rows = db.session.execute(wanted.order_by(*order).offset(page.offset).limit(page.limit))
    return Page([_row(row) for row in rows], total or 0, page.number, page.limit)
