"""The past of a scheme: vouchers given or used in a period, with the facts they were decided by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from marketplace.catalog.models import CourseRun
from marketplace.drafting.queries.past_people import PastPeople, list_past_people
from marketplace.drafting.rules.again import PastClass, PastVoucher
from marketplace.enrollment.models import Completion, Enrollment
from marketplace.enrollment.states import AssessmentResult, ExitReason
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.funds.models import Allotment
from marketplace.people.models import Worker
from marketplace.redemption.models import Redemption, Reservation
from marketplace.redemption.queries.reservations import is_standing
from marketplace.redemption.rules import CompletionEvidence
from marketplace.vouchers.models import ClaimDecision, Quote, SchemeVersion, Voucher
from marketplace.vouchers.queries.course_facts import COURSES_MAX, with_demand
from marketplace.vouchers.queries.schemes import get_policy_of
from marketplace.vouchers.rules.claim_facts import claim_facts_from_json
from marketplace.vouchers.rules.policy import Policy
from marketplace.vouchers.rules.quote_facts import facts_from_json
from marketplace.vouchers.rules.subjects import QuoteFacts


@dataclass(frozen=True, slots=True)
class Period:
    """A past period of a scheme."""

    scheme_id: int
    from_on: date
    until_on: date


@dataclass(frozen=True, slots=True)
class PastRow:
    """A voucher of the period and where its money came from."""

    voucher_id: int
    issued_on: date
    decided_on: date
    place_id: int
    allotment_id: int
    past: PastVoucher
    is_reconstructed: bool


def count_past_vouchers(period: Period) -> int:
    """Vouchers given or used in a period."""
    wanted = (
        select(func.count())
        .select_from(Voucher)
        .outerjoin(Reservation, _stands())
        .where(_in_period(period))
    )
    return db.session.scalar(wanted) or 0


def list_past_vouchers(period: Period, policy: Policy, *, after: int, limit: int) -> list[PastRow]:
    """The next vouchers of a period in the order they were given, ready to be decided again under
    a policy: if it asks for demand, the lists of the day of each quote say so."""
    rows = db.session.execute(
        _past(period).where(Voucher.id > after).order_by(Voucher.id).limit(limit)
    ).all()
    people = list_past_people([row.Voucher for row in rows if row.facts is None])
    past = [_past_row(row, period, people) for row in rows]
    return _with_demand(past, policy) if policy.asks_for_demand else past


def count_given_before(scheme_id: int, *, year: int, before: date) -> dict[str, int]:
    """Vouchers of a calendar year given before a day, by category, that were used or live then:
    what a cap of the category had counted."""
    used = Voucher.state.in_(("reserved", "redeemed"))
    rows = db.session.execute(
        select(Voucher.category, func.count())
        .where(
            Voucher.scheme_id == scheme_id,
            Voucher.category.is_not(None),
            Voucher.issued_on >= date(year, 1, 1),
            Voucher.issued_on < before,
            or_(used, Voucher.expires_on >= before),
        )
        .group_by(Voucher.category)
        .order_by(Voucher.category)
    )
    return {str(category): count for category, count in rows}


def _stands() -> ColumnElement[bool]:
    return and_(Reservation.voucher_id == Voucher.id, is_standing())


def _in_period(period: Period) -> ColumnElement[bool]:
    given = Voucher.issued_on.between(period.from_on, period.until_on)
    return and_(Voucher.scheme_id == period.scheme_id, or_(given, _used_in(period)))


def _used_in(period: Period) -> ColumnElement[bool]:
    first, after = _start_of(period.from_on), _start_of(period.until_on + timedelta(days=1))
    return and_(Reservation.reserved_at >= first, Reservation.reserved_at < after)


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=clock.zone()).astimezone(UTC)


def _past(period: Period) -> Select[Any]:
    return (
        select(
            Voucher,
            ClaimDecision.facts,
            Worker.born_on,
            Worker.sex,
            SchemeVersion.content_sha256,
            Reservation.amount_fen,
            Reservation.reserved_at,
            Quote.facts.label("quote_facts"),
            Quote.scheme_version_id.label("quote_version_id"),
            CourseRun.ends_on,
            Redemption.id.label("redemption_id"),
            Redemption.amount_fen.label("redeemed_fen"),
            Redemption.part_rate_percent,
            Enrollment.exit_reason,
            Enrollment.changed_at.label("left_at"),
            Completion.completed_on,
            Completion.rate_percent,
            Completion.assessment,
            Allotment.jurisdiction_id,
        )
        .join(Worker, Worker.id == Voucher.worker_id)
        .join(SchemeVersion, SchemeVersion.id == Voucher.scheme_version_id)
        .join(Allotment, Allotment.id == Voucher.allotment_id)
        .outerjoin(ClaimDecision, ClaimDecision.voucher_id == Voucher.id)
        .outerjoin(Reservation, _stands())
        .outerjoin(Quote, Quote.id == Reservation.quote_id)
        .outerjoin(CourseRun, CourseRun.id == Quote.course_run_id)
        .outerjoin(
            Redemption,
            and_(
                Redemption.reservation_id == Reservation.id,
                Redemption.reversal_entry_id.is_(None),
            ),
        )
        .outerjoin(Completion, Completion.enrollment_id == Reservation.enrollment_id)
        .outerjoin(Enrollment, Enrollment.id == Reservation.enrollment_id)
        .where(_in_period(period))
    )


def _past_row(row: Any, period: Period, people: PastPeople) -> PastRow:
    voucher: Voucher = row.Voucher
    policy = get_policy_of(voucher.scheme_version_id, row.content_sha256)
    if row.facts is None:
        claim = people.claim_facts(voucher, policy, born_on=row.born_on, sex=row.sex)
    else:
        claim = claim_facts_from_json(row.facts, policy=policy, born_on=row.born_on, sex=row.sex)
    reserved_on = clock.local_date(row.reserved_at) if row.reserved_at else None
    is_used = reserved_on is not None and period.from_on <= reserved_on <= period.until_on
    return PastRow(
        voucher_id=voucher.id,
        issued_on=voucher.issued_on,
        decided_on=reserved_on if is_used and reserved_on else voucher.issued_on,
        place_id=row.jurisdiction_id,
        allotment_id=voucher.allotment_id,
        past=PastVoucher(claim, _past_class(row, policy) if is_used else None),
        is_reconstructed=row.facts is None,
    )


def _past_class(row: Any, policy: Policy) -> PastClass:
    completion = None
    if row.redemption_id is not None and row.completed_on is not None:
        completion = CompletionEvidence(row.completed_on, row.rate_percent, row.assessment)
    elif row.part_rate_percent is not None:
        completion = CompletionEvidence(
            clock.local_date(row.left_at),
            row.part_rate_percent,
            AssessmentResult.NOT_ASSESSED,
            ExitReason(row.exit_reason),
        )
    return PastClass(
        quote=facts_from_json(row.quote_facts, policy=policy),
        paid_fen=row.amount_fen if row.redeemed_fen is None else row.redeemed_fen,
        completion=completion,
        ends_on=row.ends_on,
    )


def _with_demand(rows: Sequence[PastRow], policy: Policy) -> list[PastRow]:
    """Quotes of policies that did not ask for demand, with what the lists of their day say."""
    unknown: dict[date, list[PastRow]] = {}
    for row in rows:
        used = row.past.used
        if used and not used.quote.policy.asks_for_demand:
            unknown.setdefault(used.quote.on, []).append(row)
    known: dict[int, QuoteFacts] = {}
    for day, asked in sorted(unknown.items()):
        for start in range(0, len(asked), COURSES_MAX):
            known |= _demand_on(day, asked[start : start + COURSES_MAX])
    return [_with_quote(row, known) for row in rows]


def _demand_on(day: date, rows: Sequence[PastRow]) -> dict[int, QuoteFacts]:
    quotes = {row.voucher_id: row.past.used.quote for row in rows if row.past.used}
    courses = with_demand({key: quote.course for key, quote in quotes.items()}, on=day)
    return {key: replace(quote, course=courses[key]) for key, quote in quotes.items()}


def _with_quote(row: PastRow, known: Mapping[int, QuoteFacts]) -> PastRow:
    used = row.past.used
    if used is None or row.voucher_id not in known:
        return row
    used = replace(used, quote=known[row.voucher_id])
    return replace(row, past=replace(row.past, used=used))
