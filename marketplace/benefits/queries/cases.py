"""What quotes promised to people whose training is redeemed, and is not decided yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, cast, select
from sqlalchemy.orm import aliased

from marketplace.assessments.queries import list_independent_results
from marketplace.assessments.states import ResultKind
from marketplace.benefits.models import Benefit
from marketplace.benefits.proofs.queries import get_paid_fees
from marketplace.benefits.states import BenefitKind, BenefitState
from marketplace.catalog.models import CourseRun, CourseVersion
from marketplace.enrollment.models import Completion, Enrollment
from marketplace.enrollment.states import AssessmentResult, EnrollmentState
from marketplace.foundation.db import db
from marketplace.funds.models import Allotment, Fund
from marketplace.people.models import Worker
from marketplace.redemption.models import Redemption, Reservation
from marketplace.redemption.queries.reservations import is_standing
from marketplace.vouchers.models import Quote, SchemeVersion
from marketplace.vouchers.rules.amounts import allowance_line

PROMISED_MAX = 100


@dataclass(frozen=True, slots=True)
class BenefitCase:
    """A promise of one kind whose training is completed and redeemed."""

    redemption_id: int
    enrollment_id: int
    rate_percent: int
    quote_id: int
    lines: Sequence[Any]
    quote_facts: dict[str, Any]
    scheme_id: int
    scheme_version_id: int
    content_sha256: str
    worker_id: int
    worker_code: str
    user_id: int | None
    title: str
    allotment_id: int
    allotment_code: str
    currency: str
    paid_fee_fen: int | None = None
    """What was paid for the assessment, by a checked receipt."""

    @property
    def course_hours(self) -> int | None:
        """As the quote knew them."""
        hours: int | None = self.quote_facts["course"].get("hours")
        return hours

    def lines_of(self, kind: BenefitKind) -> list[Any]:
        """What the quote promised of a kind."""
        return [line for line in self.lines if line["code"] == allowance_line(kind)]


def lock_due_cases(
    kind: BenefitKind, *, after: int, limit: int
) -> tuple[list[BenefitCase], int | None]:
    """Redeemed promises of a kind that nobody has decided, the oldest after a redemption first,
    and the last redemption looked at (none: there is nothing more). Their redemptions are held,
    so that none is decided twice or taken back meanwhile."""
    versions = _list_versions_with(kind)
    if not versions:
        return [], None
    wanted = select(Redemption.id).join(Reservation, Reservation.id == Redemption.reservation_id)
    ids = db.session.scalars(
        _joined(wanted)
        .where(
            Redemption.id > after,
            Quote.scheme_version_id.in_(versions),
            *_undecided(kind),
        )
        .order_by(Redemption.id)
        .limit(limit)
        .with_for_update(of=Redemption)
    ).all()
    if not ids:
        return [], None
    # Asked again now that they are ours: somebody else may have decided them while we waited.
    rows = db.session.execute(
        _joined(_cases()).where(Redemption.id.in_(ids), *_undecided(kind)).order_by(Redemption.id)
    ).all()
    # Decided once for an enrollment, however many redemptions it has.
    first = {row[1]: BenefitCase(*row) for row in reversed(rows)}
    cases = sorted(first.values(), key=lambda case: case.redemption_id)
    if kind is BenefitKind.ASSESSMENT_FEE:
        results = list_independent_results([case.enrollment_id for case in cases])
        passed = ResultKind.PASSED
        paid = get_paid_fees([case.enrollment_id for case in cases])
        cases = [
            replace(case, paid_fee_fen=paid.get(case.enrollment_id))
            for case in cases
            if results.get(case.enrollment_id, passed) is passed
        ]
    return cases, ids[-1]


def _list_versions_with(kind: BenefitKind) -> list[int]:
    """Scheme versions that promise a kind at all: nothing is looked for where none does."""
    rows = db.session.execute(
        select(SchemeVersion.id, SchemeVersion.policy).order_by(SchemeVersion.id).limit(10_000)
    )
    return [
        version_id
        for version_id, pack in rows
        if any(row["kind"] == kind for row in pack.get("allowances", ()))
    ]


def _cases() -> Select[Any]:
    return select(
        Redemption.id,
        Redemption.enrollment_id,
        Completion.rate_percent,
        Quote.id,
        Quote.lines,
        Quote.facts,
        SchemeVersion.scheme_id,
        SchemeVersion.id,
        SchemeVersion.content_sha256,
        Worker.id,
        Worker.code,
        Worker.user_id,
        CourseVersion.title,
        Allotment.id,
        Allotment.code,
        Fund.currency,
    ).join(Reservation, Reservation.id == Redemption.reservation_id)


def _joined(wanted: Select[Any]) -> Select[Any]:
    return (
        wanted.join(Quote, Quote.id == Reservation.quote_id)
        .join(SchemeVersion, SchemeVersion.id == Quote.scheme_version_id)
        .join(Enrollment, Enrollment.id == Redemption.enrollment_id)
        .join(Completion, Completion.enrollment_id == Enrollment.id)
        .join(Worker, Worker.id == Enrollment.worker_id)
        .join(CourseRun, CourseRun.id == Enrollment.course_run_id)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .join(Allotment, Allotment.id == Redemption.allotment_id)
        .join(Fund, Fund.id == Allotment.fund_id)
    )


def _undecided(kind: BenefitKind) -> list[ColumnElement[bool]]:
    decided = aliased(Benefit)
    found = select(decided.id).where(
        decided.enrollment_id == Redemption.enrollment_id,
        decided.kind == kind,
        decided.state != BenefitState.WITHDRAWN,
    )
    asked = [
        Redemption.reversal_entry_id.is_(None),
        Enrollment.state == EnrollmentState.COMPLETED,
        _promises(kind),
        ~found.exists(),
    ]
    if kind is BenefitKind.ASSESSMENT_FEE:
        asked.append(Completion.assessment == AssessmentResult.PASSED)
    return asked


def _promises(kind: BenefitKind) -> ColumnElement[bool]:
    """The quote has a line of the kind; the lines are JSON on both engines."""
    return cast(Quote.lines, Text).contains(f'"{allowance_line(kind)}"', autoescape=True)


@dataclass(frozen=True, slots=True)
class PromisedLine:
    """What a person may look forward to when they complete a class."""

    kind: BenefitKind
    title: str
    enrollment_code: str
    amount_fen: int
    currency: str
    rule: str


def list_promised_lines(worker_id: int) -> list[PromisedLine]:
    """What the quotes of a person's running classes promise, and nobody has decided yet."""
    decided = select(Benefit.id).where(
        Benefit.enrollment_id == Enrollment.id, Benefit.state != BenefitState.WITHDRAWN
    )
    rows = db.session.execute(
        select(Quote.lines, Quote.currency, CourseVersion.title, Enrollment.code)
        .join(Reservation, Reservation.quote_id == Quote.id)
        .join(Enrollment, Enrollment.id == Reservation.enrollment_id)
        .join(CourseRun, CourseRun.id == Enrollment.course_run_id)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .where(
            and_(Enrollment.worker_id == worker_id, ~decided.exists()),
            is_standing(),
        )
        .order_by(Reservation.id.desc())
        .limit(PROMISED_MAX)
    )
    kinds = {allowance_line(kind): kind for kind in BenefitKind}
    return [
        PromisedLine(kinds[line["code"]], title, code, line["amount_fen"], currency, line["rule"])
        for lines, currency, title, code in rows
        for line in lines
        if line["code"] in kinds
    ]
