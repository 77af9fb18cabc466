"""Everything the checklist asks, and what was kept of earlier checks and packs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from marketplace.closing.models import PeriodCheck, PeriodPack
from marketplace.closing.rules import PeriodFacts, StatementFacts
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.funds.models import Allotment, BankAccount
from marketplace.institutions.queries import in_subtrees
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.ledger.sealing.verify import verify_seals
from marketplace.payouts.models import PayoutAttempt, PayoutBatch
from marketplace.payouts.states import RailName
from marketplace.reconciliation.models import BankStatement, StatementLine
from marketplace.reconciliation.queries.statements import COUNTS
from marketplace.reconciliation.states import StatementLineState
from marketplace.reporting.invariants import check_books
from marketplace.reporting.periods import find_open_period_before

if TYPE_CHECKING:
    from marketplace.ledger.models import Period

STATEMENTS_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Proofs:
    """What the costly proofs found."""

    seal_height: int
    seal_head: str
    facts: PeriodFacts


def get_period_facts(period: Period) -> PeriodFacts:
    """What can be asked at once; seals and invariants are proved at a signature."""
    earlier = find_open_period_before(period.first_on)
    return PeriodFacts(
        period_code=period.code,
        first_on=period.first_on,
        last_on=period.last_on,
        today=clock.today(),
        earlier_open=earlier.code if earlier else None,
        bank_accounts=tuple(_bank_accounts(period)),
        statements=tuple(_statements(period)),
        payouts_sent=_count_payouts_sent(period),
        open_differences=_count_lines(period, StatementLineState.BREAK),
        unmatched_lines=_count_lines(period, StatementLineState.IMPORTED),
        seal_findings=None,
        violations=None,
    )


def prove_period(period: Period) -> Proofs:
    """The same with every seal recomputed and every invariant checked: reads all books."""
    seals = verify_seals()
    facts = replace(
        get_period_facts(period),
        seal_findings=len(seals.violations),
        violations=len(check_books().violations),
    )
    return Proofs(seals.height, seals.head, facts)


def find_last_check(period_id: int) -> PeriodCheck | None:
    """The newest run of the whole checklist."""
    return db.session.scalar(
        select(PeriodCheck)
        .where(PeriodCheck.period_id == period_id)
        .order_by(PeriodCheck.id.desc())
        .limit(1)
    )


def find_pack(period_id: int) -> PeriodPack | None:
    """The pack of a closed month; months closed by command before packs have none."""
    return db.session.scalar(select(PeriodPack).where(PeriodPack.period_id == period_id))


def has_books_outside(paths: Sequence[str]) -> bool:
    """Whether the books hold an allotment of a place outside these subtrees."""
    outside = (
        select(Allotment.id)
        .join(Jurisdiction, Jurisdiction.id == Allotment.jurisdiction_id)
        .where(~in_subtrees(paths))
        .limit(1)
    )
    return db.session.execute(outside).first() is not None


def _bank_accounts(period: Period) -> list[str]:
    """Those opened by the last day, and those of which a statement of the month is here. A name
    under which every statement was set aside is as if nobody had ever used it."""
    has_any = select(BankStatement.id).where(BankStatement.bank_account == BankAccount.code)
    kept = db.session.execute(
        select(BankAccount.code, BankAccount.opened_at)
        .where(~has_any.exists() | has_any.where(COUNTS).exists())
        .order_by(BankAccount.code)
        .limit(1_000)
    )
    names = {code for code, at in kept if clock.local_date(at) <= period.last_on}
    seen = db.session.scalars(
        select(BankStatement.bank_account)
        .where(
            BankStatement.from_on <= period.last_on, BankStatement.to_on >= period.first_on, COUNTS
        )
        .distinct()
        .order_by(BankStatement.bank_account)
        .limit(1_000)
    )
    return sorted(names | set(seen))


def _statements(period: Period) -> list[StatementFacts]:
    rows = db.session.execute(
        select(
            BankStatement.bank_account,
            BankStatement.from_on,
            BankStatement.to_on,
            BankStatement.opening_fen,
            BankStatement.closing_fen,
        )
        .where(COUNTS)
        .order_by(BankStatement.from_on.desc(), BankStatement.id)
        .limit(STATEMENTS_MAX)
    )
    return [StatementFacts(*row) for row in rows]


def _count_payouts_sent(period: Period) -> int:
    rows = db.session.scalars(
        select(PayoutBatch.sent_at)
        .join(PayoutAttempt, PayoutAttempt.batch_id == PayoutBatch.id)
        .where(PayoutBatch.sent_at.is_not(None), PayoutBatch.rail == RailName.BANK_FILE)
    )
    days = (clock.local_date(sent_at) for sent_at in rows if sent_at)
    return sum(period.first_on <= day <= period.last_on for day in days)


def _count_lines(period: Period, state: StatementLineState) -> int:
    """Lines in one of the states of open ones."""
    found = (
        select(func.count())
        .select_from(StatementLine)
        .where(
            StatementLine.is_open,
            StatementLine.state == state,
            StatementLine.booked_on <= period.last_on,
        )
    )
    return db.session.scalar(found) or 0
