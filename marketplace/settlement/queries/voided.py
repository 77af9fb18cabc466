"""Released shares whose certificate was voided since, and what is proposed about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from marketplace.catalog.models import CourseRun, CourseVersion
from marketplace.enrollment.models import Completion, Enrollment
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.money import Money
from marketplace.institutions.models import Institution
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.records.models import Certificate
from marketplace.records.states import CertificateState
from marketplace.redemption.models import Redemption
from marketplace.retentions.models import Retention
from marketplace.retentions.states import RetentionState
from marketplace.settlement.models import Clawback, ClawbackProposal
from marketplace.settlement.queries.months import in_subtrees
from marketplace.settlement.states import ProposalState
from marketplace.vouchers.states import Milestone

AT_ONCE_MAX = 200
WAITING = (ProposalState.OPEN, ProposalState.TO_DISMISS)


@dataclass(frozen=True, slots=True)
class VoidedShare:
    """A share that was released for a certificate which proves nothing any more."""

    retention: Retention
    certificate: str
    title: str
    run_code: str
    reason: str | None
    """Why the certificate was voided."""


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """A proposed clawback as lists show it."""

    proposal: ClawbackProposal
    institution_code: str
    institution_name: str
    title: str
    run_code: str
    redemption_code: str
    clawback_code: str | None

    @property
    def amount(self) -> Money:
        return Money(self.proposal.amount_fen, self.proposal.currency)


def lock_voided_shares(*, limit: int = AT_ONCE_MAX) -> list[VoidedShare]:
    """Released shares without a proposal whose training has a voided certificate and no valid one,
    oldest first, held."""
    other, last = aliased(Certificate), aliased(Certificate)
    valid = select(other.id).where(
        other.completion_id == Completion.id, other.state == CertificateState.VALID
    )
    newest = (
        select(func.max(last.id))
        .where(last.completion_id == Completion.id, last.state == CertificateState.VOIDED)
        .correlate(Completion)
        .scalar_subquery()
    )
    known = select(ClawbackProposal.id).where(ClawbackProposal.retention_id == Retention.id)
    rows = db.session.execute(
        select(
            Retention,
            Certificate.code,
            CourseVersion.title,
            CourseRun.code,
            Certificate.ended_reason,
        )
        .join(Redemption, Redemption.id == Retention.redemption_id)
        .join(Enrollment, Enrollment.id == Redemption.enrollment_id)
        .join(CourseRun, CourseRun.id == Enrollment.course_run_id)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .join(Completion, Completion.enrollment_id == Enrollment.id)
        .join(Certificate, Certificate.id == newest)
        .where(
            Retention.milestone == Milestone.CERTIFICATE,
            Retention.state == RetentionState.RELEASED,
            Retention.clawed_back_fen < Retention.amount_fen,
            ~valid.exists(),
            ~known.exists(),
        )
        .order_by(Retention.id)
        .limit(limit)
        .with_for_update(of=Retention)
    ).all()
    return [VoidedShare(*row) for row in rows]


def lock_proposal(proposal_id: int) -> ClawbackProposal:
    """A proposed clawback, held until the unit of work ends."""
    found = db.session.scalar(
        select(ClawbackProposal)
        .where(ClawbackProposal.id == proposal_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("clawback_proposal")
    return found


def find_proposal_of(clawback_id: int) -> ClawbackProposal | None:
    """The proposal that a clawback was prepared from."""
    return db.session.scalar(
        select(ClawbackProposal).where(ClawbackProposal.clawback_id == clawback_id)
    )


def get_proposed_clawback(code: str, *, paths: Sequence[str]) -> ProposalRow:
    """One for an officer of these subtrees; else it does not exist."""
    row = db.session.execute(
        _rows().where(ClawbackProposal.code == code, in_subtrees(paths))
    ).one_or_none()
    if row is None:
        raise NotFound("clawback_proposal", code)
    return ProposalRow(*row)


def list_proposed_clawbacks(
    paths: Sequence[str], *, institution_id: int | None = None
) -> list[ProposalRow]:
    """What is proposed and not decided in these subtrees, or of one institution (at most 200)."""
    wanted = _rows().where(ClawbackProposal.state.in_(WAITING), in_subtrees(paths))
    if institution_id is not None:
        wanted = wanted.where(ClawbackProposal.institution_id == institution_id)
    rows = db.session.execute(wanted.order_by(ClawbackProposal.id).limit(AT_ONCE_MAX))
    return [ProposalRow(*row) for row in rows]


def count_proposed_clawbacks(paths: Sequence[str]) -> int:
    """How many proposed clawbacks wait for officers of these subtrees."""
    wanted = _rows().where(ClawbackProposal.state.in_(WAITING), in_subtrees(paths))
    return db.session.scalar(wanted.with_only_columns(func.count())) or 0


def _rows() -> Select[*tuple[Any, ...]]:
    return (
        select(
            ClawbackProposal,
            Institution.code,
            Institution.name,
            CourseVersion.title,
            CourseRun.code,
            Redemption.code,
            Clawback.code,
        )
        .select_from(ClawbackProposal)
        .join(Institution, Institution.id == ClawbackProposal.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .join(Redemption, Redemption.id == ClawbackProposal.redemption_id)
        .join(Enrollment, Enrollment.id == Redemption.enrollment_id)
        .join(CourseRun, CourseRun.id == Enrollment.course_run_id)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .outerjoin(Clawback, Clawback.id == ClawbackProposal.clawback_id)
    )
