"""How far vouchers came on the way from issue to use, by population; one query per question."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select

from marketplace.audit.models import AuditEvent
from marketplace.campaigns.models import Campaign, CampaignMember
from marketplace.campaigns.queries.stuck import waits_at, was_seen
from marketplace.campaigns.states import StuckStep
from marketplace.enrollment.models import Attendance
from marketplace.enrollment.states import AttendanceState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import N_
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.people.labels import CATEGORY_LABELS
from marketplace.people.models import CategoryFact, Worker
from marketplace.people.states import CategoryFactState, WorkerCategory
from marketplace.redemption.models import Reservation
from marketplace.redemption.queries.reservations import is_standing
from marketplace.reporting.funnel_steps import Funnel, FunnelStep, funnel_of
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.queries.vouchers import paid_within
from marketplace.vouchers.states import VoucherKind, VoucherOrigin, VoucherState

POPULATIONS_MAX = 100


class FunnelBy(StrEnum):
    """By what the vouchers are told apart."""

    CATEGORY = "category"
    PLACE = "place"
    CAMPAIGN = "campaign"
    ORIGIN = "origin"


BY_LABELS = {
    FunnelBy.CATEGORY: N_("Category"),
    FunnelBy.PLACE: N_("Place of residence"),
    FunnelBy.CAMPAIGN: N_("Campaign"),
    FunnelBy.ORIGIN: N_("How it was given"),
}
ORIGIN_LABELS = {
    VoucherOrigin.CLAIMED: N_("claimed by the person"),
    VoucherOrigin.ISSUED: N_("issued by the authority"),
    VoucherOrigin.QUOTA: N_("named by the employer"),
}
NO_CAMPAIGN = N_("without a campaign")
NO_PLACE = N_("no place of residence")


@dataclass(frozen=True, slots=True)
class FunnelScope:
    """Which vouchers are meant; empty fields ask for all."""

    paths: tuple[str, ...] = ("",)
    scheme_id: int | None = None
    campaign_id: int | None = None
    issued_from: date | None = None
    issued_until: date | None = None
    records_only: bool = False
    """Over many schemes: those that only record training instead of those that pay; so use is not
    flattered by vouchers that cost nobody anything. One scheme or campaign is of one kind."""


def get_funnel(scope: FunnelScope) -> Funnel:
    """All vouchers of a scope together; over many schemes those that pay, or those that record."""
    row = db.session.execute(_counted(select(), scope)).one()
    return _funnel("all", "", row)


def list_funnels(scope: FunnelScope, by: FunnelBy) -> list[Funnel]:
    """The same told apart, the largest population first.

    A person of two categories counts in both, so categories may add up to more than all.
    """
    keyed, key, label = _told_apart(by)
    rows = db.session.execute(
        _counted(keyed, scope)
        .group_by(key, label)
        .order_by(func.count(Voucher.id).desc(), key)
        .limit(POPULATIONS_MAX)
    )
    return [_funnel(str(row.key or ""), _label(by, row.key, row.label), row) for row in rows]


def count_stuck(scope: FunnelScope) -> dict[StuckStep, int]:
    """Vouchers still valid that wait for their holder, by the step at which they wait."""
    row = db.session.execute(
        select(
            *(
                func.coalesce(func.sum(case((waits_at(step), 1), else_=0)), 0).label(step.value)
                for step in StuckStep
            )
        ).where(*_meant(scope), Voucher.expires_on >= clock.today())
    ).one()
    return {step: int(getattr(row, step.value)) for step in StuckStep}


def reached(step: FunnelStep) -> ColumnElement[bool]:
    """The condition on a query of vouchers that one reached a step or a later one."""
    redeemed = Voucher.state == VoucherState.REDEEMED
    if step is FunnelStep.REDEEMED:
        return redeemed
    if step is FunnelStep.ATTENDED:
        return or_(redeemed, _was_present())
    tied = or_(redeemed, Voucher.state == VoucherState.RESERVED)
    if step is FunnelStep.RESERVED:
        return tied
    claimed = or_(
        tied,
        Voucher.state == VoucherState.ACTIVE,
        Voucher.origin == VoucherOrigin.CLAIMED,
        _was_accepted(),
    )
    if step is FunnelStep.CLAIMED:
        return claimed
    return or_(claimed, was_seen())


def _was_present() -> ColumnElement[bool]:
    """A standing reservation whose learner was at a lesson."""
    return (
        select(Reservation.id)
        .join(Attendance, Attendance.enrollment_id == Reservation.enrollment_id)
        .where(
            Reservation.voucher_id == Voucher.id,
            is_standing(),
            Attendance.state == AttendanceState.PRESENT,
        )
        .correlate(Voucher)
        .exists()
    )


def _was_accepted() -> ColumnElement[bool]:
    """Over by now, but its holder had accepted it: only the trail remembers."""
    accepted = (
        select(AuditEvent.id)
        .where(
            AuditEvent.subject_kind == "voucher",
            AuditEvent.subject_code == Voucher.code,
            AuditEvent.event == "voucher.accepted",
        )
        .correlate(Voucher)
        .exists()
    )
    return and_(Voucher.state.in_((VoucherState.EXPIRED, VoucherState.REVOKED)), accepted)


def _counted(wanted: Select[Any], scope: FunnelScope) -> Select[Any]:
    sums = [
        func.coalesce(func.sum(case((reached(step), 1), else_=0)), 0).label(step.value)
        for step in FunnelStep
        if step is not FunnelStep.ISSUED
    ]
    return wanted.add_columns(func.count(Voucher.id).label(FunnelStep.ISSUED.value), *sums).where(
        *_meant(scope)
    )


def _meant(scope: FunnelScope) -> list[ColumnElement[bool]]:
    conditions = [paid_within(scope.paths)]
    if scope.scheme_id is None and scope.campaign_id is None:
        is_sign_in = Voucher.kind == VoucherKind.SIGN_IN
        conditions.append(is_sign_in if scope.records_only else ~is_sign_in)
    if scope.scheme_id is not None:
        conditions.append(Voucher.scheme_id == scope.scheme_id)
    if scope.campaign_id is not None:
        conditions.append(
            Voucher.id.in_(
                select(CampaignMember.voucher_id).where(
                    CampaignMember.campaign_id == scope.campaign_id
                )
            )
        )
    if scope.issued_from is not None:
        conditions.append(Voucher.issued_on >= scope.issued_from)
    if scope.issued_until is not None:
        conditions.append(Voucher.issued_on <= scope.issued_until)
    return conditions


def _told_apart(by: FunnelBy) -> tuple[Select[Any], Any, Any]:
    """A query of vouchers with `key` and `label`, and what to group by."""
    if by is FunnelBy.CATEGORY:
        key: Any = CategoryFact.category
        in_force = and_(
            CategoryFact.worker_id == Voucher.worker_id,
            CategoryFact.state == CategoryFactState.VERIFIED,
            CategoryFact.valid_from <= Voucher.issued_on,
            or_(CategoryFact.valid_until.is_(None), CategoryFact.valid_until >= Voucher.issued_on),
        )
        return _by(key, key).join(CategoryFact, in_force), key, key
    if by is FunnelBy.PLACE:
        query = (
            _by(Jurisdiction.code, Jurisdiction.name)
            .join(Worker, Worker.id == Voucher.worker_id)
            .outerjoin(Jurisdiction, Jurisdiction.id == Worker.residence_id)
        )
        return query, Jurisdiction.code, Jurisdiction.name
    if by is FunnelBy.CAMPAIGN:
        query = (
            _by(Campaign.code, Campaign.title)
            .outerjoin(CampaignMember, CampaignMember.voucher_id == Voucher.id)
            .outerjoin(Campaign, Campaign.id == CampaignMember.campaign_id)
        )
        return query, Campaign.code, Campaign.title
    return _by(Voucher.origin, Voucher.origin), Voucher.origin, Voucher.origin


def _by(key: Any, label: Any) -> Select[Any]:
    return select(key.label("key"), label.label("label")).select_from(Voucher)


def _label(by: FunnelBy, key: Any, label: Any) -> str:
    """As people read it; translated at the edge."""
    if by is FunnelBy.CATEGORY:
        return CATEGORY_LABELS[WorkerCategory(key)]
    if by is FunnelBy.ORIGIN:
        return ORIGIN_LABELS[VoucherOrigin(key)]
    nothing = NO_PLACE if by is FunnelBy.PLACE else NO_CAMPAIGN
    return str(label or nothing)


def _funnel(key: str, label: str, row: Any) -> Funnel:
    return funnel_of(key, label, {step: int(getattr(row, step.value)) for step in FunnelStep})
