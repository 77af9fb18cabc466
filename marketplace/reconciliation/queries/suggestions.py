"""What suggestions are made of: open lines of an office and the payouts of its institutions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, select

from marketplace.benefits.models import Benefit
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.funds.models import Allotment
from marketplace.funds.queries import in_bank_accounts
from marketplace.institutions.models import Institution, PayoutAccount
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.payouts.models import Payout, PayoutAttempt, PayoutBatch
from marketplace.payouts.states import PayoutState
from marketplace.people.models import Worker
from marketplace.reconciliation.models import BankStatement, StatementLine
from marketplace.reconciliation.queries.matching import has_bank_line
from marketplace.reconciliation.rules.suggestions import RETURN_DAYS_AFTER, OpenLine, OpenPayout
from marketplace.reconciliation.states import StatementLineState
from marketplace.settlement.queries import in_subtrees

LINES_MAX = 2_000
PAYOUTS_MAX = 20_000
EVERYWHERE = ("",)


def list_open_lines(*, paths: Sequence[str] = EVERYWHERE) -> list[OpenLine]:
    """Differences still open on accounts under some paths, newest first (at most 2,000): a line
    belongs to a payout of the weeks before it."""
    rows = db.session.execute(
        select(StatementLine, BankStatement.currency)
        .join(BankStatement, BankStatement.id == StatementLine.statement_id)
        .where(
            StatementLine.is_open,
            StatementLine.state == StatementLineState.BREAK,
            in_bank_accounts(BankStatement.bank_account, paths),
        )
        .order_by(StatementLine.booked_on.desc(), StatementLine.id)
        .limit(LINES_MAX)
    )
    return [
        OpenLine(
            line.code,
            line.amount_fen,
            currency,
            line.booked_on,
            line.counterparty or "",
            line.end_to_end_id or "",
            line.remittance or "",
        )
        for line, currency in rows
    ]


def list_open_payouts(
    *, returned_fen: Collection[int], paths: Sequence[str] = EVERYWHERE
) -> list[OpenPayout]:
    """Payouts on their way under some paths, and confirmed ones of these amounts: they may be
    what came back (at most 20,000 to institutions and as many to people, newest first)."""
    since = clock.now() - timedelta(days=RETURN_DAYS_AFTER + 30)
    confirmed = (
        (Payout.state == PayoutState.CONFIRMED)
        & Payout.amount_fen.in_(sorted(returned_fen)[:LINES_MAX])
        & (PayoutBatch.sent_at >= since)
        & has_bank_line()
    )
    is_open = (Payout.state == PayoutState.SENT) | confirmed
    rows = db.session.execute(
        select(Payout, PayoutAttempt, PayoutAccount, PayoutBatch, Institution.name)
        .join(
            PayoutAttempt,
            (PayoutAttempt.payout_id == Payout.id) & (PayoutAttempt.number == Payout.attempt),
        )
        .join(PayoutBatch, PayoutBatch.id == PayoutAttempt.batch_id)
        .join(PayoutAccount, PayoutAccount.id == PayoutAttempt.payout_account_id)
        .join(Institution, Institution.id == Payout.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .where(is_open, in_subtrees(paths))
        .order_by(Payout.id.desc())
        .limit(PAYOUTS_MAX)
    )
    return [
        *(
            _open(payout, attempt, batch, names=(account.holder, institution))
            for payout, attempt, account, batch, institution in rows
        ),
        *_list_open_to_people(is_open, paths),
    ]


def _list_open_to_people(is_open: ColumnElement[bool], paths: Sequence[str]) -> list[OpenPayout]:
    rows = db.session.execute(
        select(Payout, PayoutAttempt, PayoutBatch, Worker)
        .join(
            PayoutAttempt,
            (PayoutAttempt.payout_id == Payout.id) & (PayoutAttempt.number == Payout.attempt),
        )
        .join(PayoutBatch, PayoutBatch.id == PayoutAttempt.batch_id)
        .join(Benefit, Benefit.id == Payout.benefit_id)
        .join(Worker, Worker.id == Benefit.worker_id)
        .join(Allotment, Allotment.id == Benefit.allotment_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Allotment.jurisdiction_id)
        .where(is_open, in_subtrees(paths))
        .order_by(Payout.id.desc())
        .limit(PAYOUTS_MAX)
    )
    return [
        _open(payout, attempt, batch, names=(worker.name,))
        for payout, attempt, batch, worker in rows
    ]


def _open(
    payout: Payout, attempt: PayoutAttempt, batch: PayoutBatch, *, names: tuple[str, ...]
) -> OpenPayout:
    return OpenPayout(
        attempt.end_to_end_id,
        payout.code,
        batch.code,
        payout.amount_fen,
        payout.currency,
        clock.local_date(batch.sent_at or payout.changed_at),
        names,
        payout.state == PayoutState.CONFIRMED,
    )


def lock_lines(codes: Collection[str]) -> dict[str, StatementLine]:
    """Lines by code, lowest first, held until the unit of work ends."""
    rows = db.session.scalars(
        select(StatementLine)
        .where(StatementLine.code.in_(sorted(codes)))
        .order_by(StatementLine.id)
        .limit(len(codes))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {line.code: line for line in rows}
