"""How long work of a fund office waits, and which of it has a day: the oldest of each matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, func, or_, select

from marketplace.accreditation.models import AccreditationApplication
from marketplace.accreditation.states import ApplicationState
from marketplace.claims.models import Claim, PublicObjection
from marketplace.claims.states import ClaimState, ObjectionState
from marketplace.copayments.models import CopaymentHandover
from marketplace.copayments.states import HandoverState
from marketplace.evidence.models import EvidenceHold
from marketplace.evidence.states import HoldState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.funds.queries import in_bank_accounts
from marketplace.institutions.models import Institution, PayoutAccount
from marketplace.institutions.queries import in_subtrees
from marketplace.institutions.states import PayoutAccountState
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.payouts.models import PayoutBatch
from marketplace.payouts.queries import reaching_outside
from marketplace.payouts.states import PayoutBatchState
from marketplace.people.models import CategoryFact, Worker
from marketplace.people.queries.workers import in_subtrees as workers_in_subtrees
from marketplace.people.states import CategoryFactState
from marketplace.reconciliation.models import (
    BankStatement,
    BreakProposal,
    MatchUndoing,
    ReconciliationBreak,
    StatementLine,
)
from marketplace.reconciliation.states import BreakState, ProposalState, UndoingState
from marketplace.retentions.models import Retention
from marketplace.retentions.queries.listing import is_due_soon
from marketplace.settlement.models import Settlement, StatementDispute
from marketplace.settlement.states import DisputeState, SettlementState
from marketplace.standing.models import RatingAppeal
from marketplace.standing.states import AppealState


@dataclass(frozen=True, slots=True)
class Age:
    """Of a matter: since when its oldest piece waits, and the first day one is due."""

    since: date | None = None
    due_on: date | None = None

    def days_overdue(self, today: date) -> int:
        """Days past the day; 0 when it is not past, or there is none."""
        return max((today - self.due_on).days, 0) if self.due_on else 0

    def days_waiting(self, today: date) -> int:
        """Days since the oldest came."""
        return max((today - self.since).days, 0) if self.since else 0


NO_AGE = Age()


def get_ages(paths: Sequence[str]) -> dict[str, Age]:
    """The age of each matter whose pieces carry an instant, by the name the start page uses."""
    return {
        "claims": _of_institutions(
            Claim,
            paths,
            or_(
                Claim.state.in_((ClaimState.SUBMITTED, ClaimState.CHECKED)),
                and_(Claim.state == ClaimState.NOTICED, Claim.notice_until < clock.today()),
            ),
            since=Claim.submitted_at,
            due=Claim.due_on,
        ),
        "objections": _objections(paths),
        "disputed_lines": _of_institutions(
            StatementDispute,
            paths,
            StatementDispute.state == DisputeState.OPEN,
            since=StatementDispute.filed_at,
            due=StatementDispute.due_on,
        ),
        "applications": _of_institutions(
            AccreditationApplication,
            paths,
            AccreditationApplication.state == ApplicationState.SUBMITTED,
            since=AccreditationApplication.declared_at,
            due=AccreditationApplication.due_on,
        ),
        "appeals": _of_institutions(
            RatingAppeal,
            paths,
            RatingAppeal.state == AppealState.FILED,
            since=RatingAppeal.filed_at,
        ),
        "holds": _of_institutions(
            EvidenceHold, paths, EvidenceHold.state == HoldState.OPEN, since=EvidenceHold.opened_at
        ),
        "payee_accounts": _of_institutions(
            PayoutAccount,
            paths,
            PayoutAccount.state == PayoutAccountState.PROPOSED,
            since=PayoutAccount.proposed_at,
        ),
        **_money_ages(paths),
    }


def _money_ages(paths: Sequence[str]) -> dict[str, Age]:
    """The same of money on its way."""
    return {
        "withheld": _of_institutions(
            Retention, paths, is_due_soon(), since=Retention.planned_at, due=Retention.due_by
        ),
        "settlements": _of_institutions(
            Settlement,
            paths,
            Settlement.state == SettlementState.PREPARED,
            since=Settlement.prepared_at,
        ),
        "handovers": _of_institutions(
            CopaymentHandover,
            paths,
            CopaymentHandover.state == HandoverState.PREPARED,
            since=CopaymentHandover.prepared_at,
        ),
        "handovers_to_pay": _of_institutions(
            CopaymentHandover,
            paths,
            CopaymentHandover.state == HandoverState.APPROVED,
            since=CopaymentHandover.decided_at,
        ),
        "batches": _batches(paths, PayoutBatchState.PREPARED, PayoutBatch.prepared_at),
        "batches_to_send": _batches(paths, PayoutBatchState.APPROVED, PayoutBatch.decided_at),
        "differences": _differences(paths),
        "entries": _entries(paths),
        "match_undoings": _undoings(paths),
        "categories": _categories(paths),
    }


def _of_institutions(
    model: Any, paths: Sequence[str], waits: Any, *, since: Any, due: Any = None
) -> Age:
    columns = [func.min(since)] if due is None else [func.min(since), func.min(due)]
    row = db.session.execute(
        select(*columns)
        .select_from(model)
        .join(Institution, Institution.id == model.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .where(waits, in_subtrees(paths))
    ).one()
    return Age(_day(row[0]), row[1] if due is not None else None)


def _objections(paths: Sequence[str]) -> Age:
    since, due = db.session.execute(
        select(func.min(PublicObjection.filed_at), func.min(PublicObjection.due_on))
        .join(Claim, Claim.id == PublicObjection.claim_id)
        .join(Institution, Institution.id == Claim.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .where(PublicObjection.state == ObjectionState.OPEN, in_subtrees(paths))
    ).one()
    return Age(_day(since), due)


def _batches(paths: Sequence[str], state: PayoutBatchState, since: Any) -> Age:
    found = db.session.scalar(
        select(func.min(since)).where(
            PayoutBatch.state == state, PayoutBatch.id.not_in(reaching_outside(paths))
        )
    )
    return Age(_day(found))


def _differences(paths: Sequence[str]) -> Age:
    found = db.session.scalar(
        select(func.min(ReconciliationBreak.opened_at))
        .join(StatementLine, StatementLine.id == ReconciliationBreak.statement_line_id)
        .join(BankStatement, BankStatement.id == StatementLine.statement_id)
        .where(
            ReconciliationBreak.state == BreakState.OPEN,
            in_bank_accounts(BankStatement.bank_account, paths),
        )
    )
    return Age(_day(found))


def _entries(paths: Sequence[str]) -> Age:
    found = db.session.scalar(
        select(func.min(BreakProposal.proposed_at))
        .join(ReconciliationBreak, ReconciliationBreak.id == BreakProposal.break_id)
        .join(StatementLine, StatementLine.id == ReconciliationBreak.statement_line_id)
        .join(BankStatement, BankStatement.id == StatementLine.statement_id)
        .where(
            BreakProposal.state == ProposalState.PROPOSED,
            in_bank_accounts(BankStatement.bank_account, paths),
        )
    )
    return Age(_day(found))


def _undoings(paths: Sequence[str]) -> Age:
    found = db.session.scalar(
        select(func.min(MatchUndoing.proposed_at))
        .join(StatementLine, StatementLine.id == MatchUndoing.statement_line_id)
        .join(BankStatement, BankStatement.id == StatementLine.statement_id)
        .where(
            MatchUndoing.state == UndoingState.PROPOSED,
            in_bank_accounts(BankStatement.bank_account, paths),
        )
    )
    return Age(_day(found))


def _categories(paths: Sequence[str]) -> Age:
    found = db.session.scalar(
        select(func.min(CategoryFact.declared_at))
        .join(Worker, Worker.id == CategoryFact.worker_id)
        .where(CategoryFact.state == CategoryFactState.DECLARED, workers_in_subtrees(paths))
    )
    return Age(_day(found))


def _day(instant: datetime | None) -> date | None:
    return clock.local_date(instant) if instant else None
