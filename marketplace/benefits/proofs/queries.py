"""Receipts, and the trainings whose fee is given back against one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, Text, cast, func, select
from sqlalchemy.orm import aliased

from marketplace.benefits.models import Benefit
from marketplace.benefits.proofs.models import FeeProof
from marketplace.benefits.proofs.states import FeeProofState
from marketplace.benefits.states import BenefitKind, BenefitState
from marketplace.catalog.models import CourseRun, CourseVersion
from marketplace.enrollment.models import Enrollment
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.money import Money
from marketplace.foundation.paging import Page, PageRequest
from marketplace.funds.models import Allotment
from marketplace.institutions.queries import in_subtrees
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.people.models import User, Worker
from marketplace.redemption.models import Reservation
from marketplace.redemption.queries.reservations import is_standing
from marketplace.vouchers.models import Quote, SchemeVersion, Voucher
from marketplace.vouchers.queries.schemes import get_policy_of
from marketplace.vouchers.rules.amounts import allowance_line
from marketplace.vouchers.rules.policy import WHAT_WAS_PAID

FEE_LINE = allowance_line(BenefitKind.ASSESSMENT_FEE)
SHOWN_MAX = 100


@dataclass(frozen=True, slots=True)
class FeePromise:
    """A training whose quote gives the assessment fee back as it was paid, and its receipt."""

    enrollment_id: int
    enrollment_code: str
    worker_id: int
    title: str
    enrolled_on: date
    most_fen: int
    currency: str
    rule: str
    allotment_id: int
    is_decided: bool
    proof: FeeProof | None
    """The newest."""

    @property
    def takes_proof(self) -> bool:
        """Whether a receipt is still wanted."""
        is_there = self.proof is not None and self.proof.state is not FeeProofState.REJECTED
        return not self.is_decided and not is_there


@dataclass(frozen=True, slots=True)
class FeeProofRow:
    """A receipt as the office sees it."""

    proof: FeeProof
    worker_code: str
    title: str
    enrollment_code: str
    handed_in_by_login: str
    decided_by_login: str | None

    @property
    def amount(self) -> Money:
        return Money(self.proof.amount_fen, self.proof.currency)


def list_fee_promises(worker_id: int) -> list[FeePromise]:
    """Trainings of a person whose fee is given back against a receipt, newest first."""
    rows = db.session.execute(
        _promises()
        .where(Enrollment.worker_id == worker_id)
        .order_by(Enrollment.id.desc(), Reservation.id.desc())
        .limit(SHOWN_MAX)
    )
    return _read_promises(rows.all())


def find_fee_promise(enrollment_code: str) -> FeePromise | None:
    """The promise of one training, by the code of its enrollment."""
    rows = db.session.execute(
        _promises()
        .where(Enrollment.code == enrollment_code)
        .order_by(Reservation.id.desc())
        .limit(SHOWN_MAX)
    )
    found = _read_promises(rows.all())
    return found[0] if found else None


def get_paid_fees(enrollment_ids: Collection[int]) -> dict[int, int]:
    """Enrollment -> what was paid for its assessment, as an officer has checked it, in fen."""
    rows = db.session.execute(
        select(FeeProof.enrollment_id, FeeProof.amount_fen)
        .where(FeeProof.enrollment_id.in_(enrollment_ids), FeeProof.state == FeeProofState.ACCEPTED)
        .order_by(FeeProof.id)
        .limit(len(enrollment_ids) or 1)
    )
    return {enrollment_id: fen for enrollment_id, fen in rows}


def is_receipt_used(number: str, *, enrollment_id: int) -> bool:
    """Whether a receipt stands for another training."""
    found = select(FeeProof.id).where(
        FeeProof.receipt_number == number,
        FeeProof.enrollment_id != enrollment_id,
        FeeProof.state != FeeProofState.REJECTED,
    )
    return db.session.scalar(found.limit(1)) is not None


def lock_fee_proof(proof_id: int) -> FeeProof:
    """A receipt, held until the unit of work ends."""
    found = db.session.scalar(
        select(FeeProof)
        .where(FeeProof.id == proof_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("fee_proof")
    return found


def get_fee_proof(code: str, *, paths: Sequence[str]) -> FeeProofRow:
    """A receipt for an officer of these subtrees; else it does not exist."""
    row = db.session.execute(_rows().where(FeeProof.code == code, in_subtrees(paths))).one_or_none()
    if row is None:
        raise NotFound("fee_proof", code)
    return FeeProofRow(*row)


def list_fee_proofs(
    page: PageRequest, *, paths: Sequence[str], state: FeeProofState | None
) -> Page[FeeProofRow]:
    """Receipts of these subtrees, those handed in first on top."""
    wanted = _rows().where(in_subtrees(paths))
    if state is not None:
        wanted = wanted.where(FeeProof.state == state)
    total = db.session.scalar(
        select(func.count()).select_from(wanted.with_only_columns(FeeProof.id).subquery())
    )
    rows = db.session.execute(wanted.order_by(FeeProof.id).offset(page.offset).limit(page.limit))
    return Page([FeeProofRow(*row) for row in rows], total or 0, page.number, page.limit)


def count_fee_proofs_to_check(paths: Sequence[str]) -> int:
    """How many receipts wait for an officer of these subtrees."""
    wanted = _rows().where(FeeProof.state == FeeProofState.HANDED_IN, in_subtrees(paths))
    return db.session.scalar(wanted.with_only_columns(func.count())) or 0


def _promises() -> Select[*tuple[Any, ...]]:
    """Trainings whose quote has the line of a fee, with their newest receipt."""
    decided = select(Benefit.id).where(
        Benefit.enrollment_id == Enrollment.id,
        Benefit.kind == BenefitKind.ASSESSMENT_FEE,
        Benefit.state != BenefitState.WITHDRAWN,
    )
    newest = (
        select(func.max(FeeProof.id))
        .where(FeeProof.enrollment_id == Enrollment.id)
        .correlate(Enrollment)
        .scalar_subquery()
    )
    proof = aliased(FeeProof)
    return (
        select(
            Enrollment,
            CourseVersion.title,
            Quote.lines,
            Quote.currency,
            SchemeVersion.id,
            SchemeVersion.content_sha256,
            Voucher.allotment_id,
            decided.exists(),
            proof,
        )
        .join(Reservation, Reservation.enrollment_id == Enrollment.id)
        .join(Quote, Quote.id == Reservation.quote_id)
        .join(SchemeVersion, SchemeVersion.id == Quote.scheme_version_id)
        .join(Voucher, Voucher.id == Reservation.voucher_id)
        .join(CourseRun, CourseRun.id == Enrollment.course_run_id)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .outerjoin(proof, proof.id == newest)
        .where(
            is_standing(),
            cast(Quote.lines, Text).contains(f'"{FEE_LINE}"', autoescape=True),
        )
    )


def _read_promises(rows: Sequence[Any]) -> list[FeePromise]:
    """Those whose policy gives back what was paid, each training once."""
    found: dict[int, FeePromise] = {}
    for enrollment, title, lines, currency, version_id, digest, allotment_id, is_over, one in rows:
        policy = get_policy_of(version_id, digest)
        as_paid = {
            policy.cite(row)
            for row in policy.allowances
            if row.kind == BenefitKind.ASSESSMENT_FEE and row.at_most == WHAT_WAS_PAID
        }
        promised = [line for line in lines if line["code"] == FEE_LINE and line["rule"] in as_paid]
        if promised and enrollment.id not in found:
            found[enrollment.id] = FeePromise(
                enrollment.id,
                enrollment.code,
                enrollment.worker_id,
                title,
                clock.local_date(enrollment.created_at),
                sum(line["amount_fen"] for line in promised),
                currency,
                promised[0]["rule"],
                allotment_id,
                is_over,
                one,
            )
    return list(found.values())


def _rows() -> Select[*tuple[Any, ...]]:
    giver, checker = aliased(User), aliased(User)
    return (
        select(
            FeeProof, Worker.code, CourseVersion.title, Enrollment.code, giver.login, checker.login
        )
        .select_from(FeeProof)
        .join(Worker, Worker.id == FeeProof.worker_id)
        .join(Enrollment, Enrollment.id == FeeProof.enrollment_id)
        .join(CourseRun, CourseRun.id == Enrollment.course_run_id)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .join(Allotment, Allotment.id == FeeProof.allotment_id)
        .join(Jurisdiction, Jurisdiction.id == Allotment.jurisdiction_id)
        .join(giver, giver.id == FeeProof.handed_in_by)
        .outerjoin(checker, checker.id == FeeProof.decided_by)
    )
