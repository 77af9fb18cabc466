"""Lines of claims beside the evidence they rest on, and what the automatic check finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from marketplace.catalog.models import CourseRun
from marketplace.claims.models import Claim, ClaimLine
from marketplace.claims.rules.lines import LineFacts, refusals_for_claim_line
from marketplace.claims.states import IN_REVIEW, ClaimLineState, ClaimState
from marketplace.enrollment.dispute_queries import open_disputes_of
from marketplace.enrollment.models import Completion, Enrollment
from marketplace.enrollment.queries import RUN_SIZE_MAX
from marketplace.evidence.queries import list_hold_refusals
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound, Refusal
from marketplace.foundation.money import Money
from marketplace.foundation.text import mask_name
from marketplace.people.models import Worker
from marketplace.redemption.models import Redemption, Reservation
from marketplace.redemption.part_rules import Part, reason_for_part
from marketplace.redemption.queries.leavers import Leaver, leaver_of, list_leavers_evidence
from marketplace.redemption.queries.redemptions import find_part, is_in_settlement
from marketplace.redemption.rules import CompletionEvidence, redemption_terms
from marketplace.vouchers.models import Quote, SchemeVersion, Voucher
from marketplace.vouchers.queries.schemes import get_policy_of

LINES_MAX = RUN_SIZE_MAX * 2


@dataclass(frozen=True, slots=True)
class Evidence:
    """A redemption of a class with what it rests on."""

    redemption_id: int
    redemption_code: str
    voucher_code: str
    enrollment_code: str
    learner: str
    """Masked."""
    redeemed_on: date
    entry_id: int
    facts: LineFacts
    part: Part | None = None
    """What the redemption says it is of the quoted amount."""

    @property
    def amount(self) -> Money:
        return self.facts.amount

    @property
    def findings(self) -> tuple[Refusal, ...]:
        """Everything the automatic check has against it, with clauses; empty: in order."""
        return refusals_for_claim_line(self.facts)

    @property
    def part_reason(self) -> Refusal | None:
        """Why it is a part of the quoted amount; none: it is all of it."""
        return reason_for_part(self.part, reserved=self.facts.quoted) if self.part else None


@dataclass(frozen=True, slots=True)
class ClaimLineView:
    """A line of a claim as pages show it."""

    line: ClaimLine
    evidence: Evidence
    claim_state: ClaimState
    returned_reason: str | None = None
    """Why an earlier claim got this redemption back, if one did."""

    @property
    def findings(self) -> tuple[Refusal, ...]:
        """Of a standing line while nothing is decided; later its settlement is no finding."""
        is_open = self.claim_state in (ClaimState.DRAFT, *IN_REVIEW)
        is_asked = self.line.state is ClaimLineState.STANDING
        return self.evidence.findings if is_open and is_asked else ()


def list_claimable(course_run_id: int) -> list[Evidence]:
    """Standing redemptions of a class that are in no settlement and no claim beyond a draft."""
    held = (
        select(ClaimLine.id)
        .join(Claim, Claim.id == ClaimLine.claim_id)
        .where(
            ClaimLine.redemption_id == Redemption.id,
            ClaimLine.released_at.is_(None),
            Claim.state != ClaimState.DRAFT,
        )
    )
    rows = db.session.execute(
        _evidence()
        .where(
            Enrollment.course_run_id == course_run_id,
            Redemption.reversal_entry_id.is_(None),
            ~is_in_settlement(),
            ~held.exists(),
        )
        .order_by(Redemption.id)
        .limit(LINES_MAX)
    )
    return _evidences(rows.all())


def list_claim_lines(claim_id: int) -> list[ClaimLineView]:
    """The lines of a claim, oldest redemption first, with what each rests on today."""
    rows = db.session.execute(
        _evidence()
        .add_columns(ClaimLine, Claim.state.label("claim_state"), _returned_before())
        .join(ClaimLine, ClaimLine.redemption_id == Redemption.id)
        .join(Claim, Claim.id == ClaimLine.claim_id)
        .where(ClaimLine.claim_id == claim_id)
        .order_by(ClaimLine.id)
        .limit(LINES_MAX)
        .execution_options(populate_existing=True)
    ).all()
    return [
        ClaimLineView(row.ClaimLine, evidence, row.claim_state, row.returned_before)
        for row, evidence in zip(rows, _evidences(rows), strict=True)
    ]


def list_standing_lines(claim_id: int) -> Sequence[ClaimLine]:
    """The lines that are still asked for."""
    return db.session.scalars(
        select(ClaimLine)
        .where(ClaimLine.claim_id == claim_id, ClaimLine.released_at.is_(None))
        .order_by(ClaimLine.id)
        .limit(LINES_MAX)
        .execution_options(populate_existing=True)
    ).all()


def get_claim_line(line_id: int, *, claim_id: int) -> ClaimLine:
    """One line of a claim; a line of another one does not exist."""
    line = db.session.scalar(
        select(ClaimLine)
        .where(ClaimLine.id == line_id, ClaimLine.claim_id == claim_id)
        .execution_options(populate_existing=True)
    )
    if line is None:
        raise NotFound("claim_line", line_id)
    return line


def _returned_before() -> ColumnElement[Any]:
    earlier = ClaimLine.__table__.alias("earlier")
    return (
        select(earlier.c.reason)
        .where(
            earlier.c.redemption_id == Redemption.id,
            earlier.c.state == ClaimLineState.RETURNED.value,
            earlier.c.id < ClaimLine.id,
        )
        .order_by(earlier.c.id.desc())
        .limit(1)
        .correlate(Redemption, ClaimLine)
        .scalar_subquery()
        .label("returned_before")
    )


def _evidence() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Redemption,
            Voucher.code.label("voucher_code"),
            Voucher.expires_on,
            Enrollment.code.label("enrollment_code"),
            Enrollment.state.label("enrollment_state"),
            Enrollment.exit_reason,
            Enrollment.changed_at.label("left_at"),
            Worker,
            Reservation.amount_fen.label("quoted_fen"),
            Quote.currency,
            SchemeVersion.id.label("version_id"),
            SchemeVersion.content_sha256,
            CourseRun.id.label("run_id"),
            CourseRun.ends_on,
            Completion.completed_on,
            Completion.rate_percent,
            Completion.assessment,
            open_disputes_of(Enrollment.id).label("open_disputes"),
            is_in_settlement().label("is_settled"),
        )
        .select_from(Redemption)
        .join(Voucher, Voucher.id == Redemption.voucher_id)
        .join(Reservation, Reservation.id == Redemption.reservation_id)
        .join(Quote, Quote.id == Reservation.quote_id)
        .join(SchemeVersion, SchemeVersion.id == Quote.scheme_version_id)
        .join(Enrollment, Enrollment.id == Redemption.enrollment_id)
        .join(Worker, Worker.id == Enrollment.worker_id)
        .join(CourseRun, CourseRun.id == Enrollment.course_run_id)
        .outerjoin(Completion, Completion.enrollment_id == Enrollment.id)
    )


def _evidences(rows: Sequence[Any]) -> list[Evidence]:
    held = list_hold_refusals({row.run_id for row in rows})
    left = list_leavers_evidence(_leaver(row) for row in rows)
    return [
        _row(row, held.get(row.run_id, {}), left.get(row.Redemption.enrollment_id)) for row in rows
    ]


def _leaver(row: Any) -> Leaver | None:
    enrollment_id = row.Redemption.enrollment_id
    return leaver_of(enrollment_id, row.run_id, row.enrollment_state, row.exit_reason, row.left_at)


def _row(
    row: Any, held: Mapping[int, Sequence[Refusal]], completion: CompletionEvidence | None
) -> Evidence:
    redemption: Redemption = row.Redemption
    if completion is None and row.completed_on is not None:
        completion = CompletionEvidence(row.completed_on, row.rate_percent, row.assessment)
    facts = LineFacts(
        amount=Money(redemption.amount_fen, row.currency),
        quoted=Money(row.quoted_fen, row.currency),
        is_reversed=redemption.reversal_entry_id is not None,
        is_settled=bool(row.is_settled),
        completion=completion,
        open_disputes=int(row.open_disputes),
        terms=redemption_terms(
            get_policy_of(row.version_id, row.content_sha256),
            expires_on=row.expires_on,
            run_ends_on=row.ends_on,
        ),
        holds=(*held.get(redemption.enrollment_id, ()), *held.get(0, ())),
    )
    return Evidence(
        redemption.id,
        redemption.code,
        row.voucher_code,
        row.enrollment_code,
        mask_name(row.Worker.name),
        redemption.redeemed_on,
        redemption.entry_id,
        facts,
        find_part(redemption),
    )
