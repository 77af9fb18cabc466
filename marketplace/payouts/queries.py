"""What can be paid, what is on its way, what arrived."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.money import Money
from marketplace.foundation.paging import Page, PageRequest
from marketplace.foundation.text import mask_bank_account
from marketplace.institutions.models import Institution, PayoutAccount
from marketplace.institutions.states import InstitutionState, PayoutAccountState
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.payouts.batch_scope import reaching_outside as reaching_outside
from marketplace.payouts.models import Payout, PayoutAttempt, PayoutBatch
from marketplace.payouts.rails.protocol import RailPayee
from marketplace.payouts.rules import DepartureFacts, PayableFacts
from marketplace.payouts.states import PayeeKind, PayoutBatchState, PayoutState
from marketplace.people.models import User
from marketplace.settlement.models import Settlement
from marketplace.settlement.queries import in_subtrees
from marketplace.settlement.states import SettlementState

BATCH_MAX = 1_000
HELD_STATES = (InstitutionState.SUSPENDED, InstitutionState.BARRED)


@dataclass(frozen=True, slots=True)
class PayableSettlement:
    """An approved settlement that no live payout carries, with what may stop it."""

    settlement_id: int
    settlement_code: str
    period_code: str
    institution_id: int
    institution_code: str
    institution_name: str
    institution_state: InstitutionState
    amount: Money
    is_approved: bool
    payout_id: int | None
    payout_code: str | None
    payout_is_busy: bool
    payout_account_id: int | None
    payable_from: date | None
    connected_account: str | None

    def payee(self) -> RailPayee:
        """What a channel asks."""
        return RailPayee(self.institution_name, self.connected_account, self.amount.currency)

    def facts(self) -> PayableFacts:
        """What the rules ask."""
        return PayableFacts(
            settlement_code=self.settlement_code,
            institution_name=self.institution_name,
            institution_held=self.institution_state in HELD_STATES,
            is_approved=self.is_approved,
            currency=self.amount.currency,
            busy_payout_code=self.payout_code if self.payout_is_busy else None,
            payout_account_id=self.payout_account_id,
            payable_from=self.payable_from,
            is_netted=self.amount.fen == 0,
        )


@dataclass(frozen=True, slots=True)
class BatchPayout:
    """One payout of a batch, as tried there."""

    payout: Payout
    attempt: PayoutAttempt
    payout_account: PayoutAccount
    institution_code: str
    institution_name: str
    institution_state: InstitutionState
    settlement_code: str
    period_code: str
    verified_payout_account_id: int | None
    payable_from: date | None

    @property
    def amount(self) -> Money:
        return Money(self.payout.amount_fen, self.payout.currency)

    @property
    def masked_number(self) -> str:
        """The payee's bank account as pages may show it."""
        return mask_bank_account(self.payout_account.number)

    def payee(self) -> RailPayee:
        """What a channel asks."""
        connected = self.payout_account.connected_account
        return RailPayee(self.institution_name, connected, self.payout.currency)

    def departure_facts(self) -> DepartureFacts:
        """What the rules ask before it leaves."""
        return DepartureFacts(
            institution_name=self.institution_name,
            institution_held=self.institution_state in HELD_STATES,
            payout_account_id=self.payout_account.id,
            verified_payout_account_id=self.verified_payout_account_id,
            payable_from=self.payable_from,
        )

    @property
    def is_present_attempt(self) -> bool:
        return self.payout.attempt == self.attempt.number


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch as lists show it, with the people named."""

    batch: PayoutBatch
    total: Money
    prepared_by_login: str
    decided_by_login: str | None
    sent_by_login: str | None


def _payables() -> Select[
    Settlement, Institution, Payout, str | None, int, date | None, str | None
]:
    return (
        select(
            Settlement,
            Institution,
            Payout,
            PayoutAttempt.outcome,
            PayoutAccount.id,
            PayoutAccount.payable_from,
            PayoutAccount.connected_account,
        )
        .join(Institution, Institution.id == Settlement.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .outerjoin(Payout, Payout.settlement_id == Settlement.id)
        .outerjoin(
            PayoutAttempt,
            (PayoutAttempt.payout_id == Payout.id) & (PayoutAttempt.number == Payout.attempt),
        )
        .outerjoin(
            PayoutAccount,
            (PayoutAccount.institution_id == Institution.id)
            & (PayoutAccount.state == PayoutAccountState.VERIFIED),
        )
    )


def _is_busy(payout: Payout | None, outcome: str | None) -> bool:
    """A returned payout, or one whose batch was rejected, may be tried again."""
    if payout is None or payout.state == PayoutState.RETURNED:
        return False
    return not (payout.state == PayoutState.PREPARED and outcome == "rejected")


def _payable(
    settlement: Settlement,
    institution: Institution,
    payout: Payout | None,
    outcome: str | None,
    payout_account_id: int | None,
    payable_from: date | None,
    connected_account: str | None,
) -> PayableSettlement:
    return PayableSettlement(
        settlement.id,
        settlement.code,
        settlement.period_code,
        institution.id,
        institution.code,
        institution.name,
        institution.state,
        Money(settlement.amount_fen - settlement.netted_fen, settlement.currency),
        settlement.state == SettlementState.APPROVED,
        payout.id if payout else None,
        payout.code if payout else None,
        _is_busy(payout, outcome),
        payout_account_id,
        payable_from,
        connected_account,
    )


def list_payables(settlement_ids: Collection[int]) -> list[PayableSettlement]:
    """The given settlements with all that decides whether they can be paid."""
    rows = db.session.execute(
        _payables()
        .where(Settlement.id.in_(settlement_ids))
        .order_by(Settlement.id)
        .limit(BATCH_MAX)
        .execution_options(populate_existing=True)
    )
    return [_payable(*row) for row in rows]


def list_settlements_to_pay(paths: Sequence[str]) -> list[PayableSettlement]:
    """Approved settlements that no live payout carries, oldest first (at most 1,000)."""
    retry = (Payout.state == PayoutState.PREPARED) & (PayoutAttempt.outcome == "rejected")
    rows = db.session.execute(
        _payables()
        .where(
            Settlement.state == SettlementState.APPROVED,
            Settlement.netted_fen < Settlement.amount_fen,
            in_subtrees(paths),
            Payout.id.is_(None) | (Payout.state == PayoutState.RETURNED) | retry,
        )
        .order_by(Settlement.id)
        .limit(BATCH_MAX)
    )
    return [_payable(*row) for row in rows]


def lock_settlements_to_pay(settlement_ids: Collection[int]) -> None:
    """Hold settlements, lowest number first, so that no two batches take the same one."""
    db.session.execute(
        select(Settlement.id)
        .where(Settlement.id.in_(settlement_ids))
        .order_by(Settlement.id)
        .limit(BATCH_MAX)
        .with_for_update()
    ).all()


def lock_payout_batch(batch_id: int) -> PayoutBatch:
    """A batch, held until the unit of work ends."""
    found = db.session.scalar(
        select(PayoutBatch)
        .where(PayoutBatch.id == batch_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("payout_batch")
    return found


def lock_payout(payout_id: int) -> Payout:
    """A payout, held until the unit of work ends."""
    found = db.session.scalar(
        select(Payout)
        .where(Payout.id == payout_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("payout")
    return found


def find_attempt(end_to_end_id: str) -> PayoutAttempt | None:
    """The try that carries a reference."""
    return db.session.scalar(
        select(PayoutAttempt)
        .where(PayoutAttempt.end_to_end_id == end_to_end_id)
        .execution_options(populate_existing=True)
    )


def list_payouts_of_batch(batch_id: int) -> list[BatchPayout]:
    """The payouts of a batch with payee accounts, in the order of the file."""
    verified = aliased(PayoutAccount)
    rows = db.session.execute(
        select(
            Payout,
            PayoutAttempt,
            PayoutAccount,
            Institution.code,
            Institution.name,
            Institution.state,
            Settlement.code,
            Settlement.period_code,
            verified.id,
            verified.payable_from,
        )
        .select_from(PayoutAttempt)
        .join(Payout, Payout.id == PayoutAttempt.payout_id)
        .join(PayoutAccount, PayoutAccount.id == PayoutAttempt.payout_account_id)
        .join(Institution, Institution.id == Payout.institution_id)
        .join(Settlement, Settlement.id == Payout.settlement_id)
        .outerjoin(
            verified,
            (verified.institution_id == Institution.id)
            & (verified.state == PayoutAccountState.VERIFIED),
        )
        .where(PayoutAttempt.batch_id == batch_id)
        .order_by(PayoutAttempt.id)
        .limit(BATCH_MAX)
        .execution_options(populate_existing=True)
    )
    return [BatchPayout(*tuple(row)) for row in rows]


def find_batch_of_settlements(
    settlement_ids: Collection[int], *, prepared_by: int
) -> PayoutBatch | None:
    """The waiting batch that holds exactly these settlements: the answer to a second click."""
    batch_ids = db.session.scalars(
        select(PayoutAttempt.batch_id)
        .join(Payout, Payout.id == PayoutAttempt.payout_id)
        .where(Payout.settlement_id.in_(settlement_ids), PayoutAttempt.outcome.is_(None))
        .distinct()
        .order_by(PayoutAttempt.batch_id)
        .limit(2)
    ).all()
    if len(batch_ids) != 1:
        return None
    batch = db.session.get(PayoutBatch, batch_ids[0])
    same = (
        batch is not None
        and batch.state == PayoutBatchState.PREPARED
        and batch.prepared_by == prepared_by
        and batch.payout_count == len(settlement_ids)
    )
    return batch if same else None


def _batch_rows() -> Select[PayoutBatch, str, str, str]:
    prepared, decided, sent = aliased(User), aliased(User), aliased(User)
    return (
        select(PayoutBatch, prepared.login, decided.login, sent.login)
        .join(prepared, prepared.id == PayoutBatch.prepared_by)
        .outerjoin(decided, decided.id == PayoutBatch.decided_by)
        .outerjoin(sent, sent.id == PayoutBatch.sent_by)
    )


def _batch_row(
    batch: PayoutBatch, prepared: str, decided: str | None, sent: str | None
) -> BatchRow:
    return BatchRow(batch, Money(batch.control_sum_fen, batch.currency), prepared, decided, sent)


def list_payout_batches(
    page: PageRequest,
    *,
    paths: Sequence[str],
    state: PayoutBatchState | None = None,
    payee: PayeeKind | None = None,
) -> Page[BatchRow]:
    """Batches wholly inside these subtrees, newest first; of one kind of payee, where named."""
    wanted = _batch_rows().where(PayoutBatch.id.not_in(reaching_outside(paths)))
    if payee is not None:
        wanted = wanted.where(PayoutBatch.payee == payee)
    if state is not None:
        wanted = wanted.where(PayoutBatch.state == state)
    total = db.session.scalar(
        select(func.count()).select_from(wanted.with_only_columns(PayoutBatch.id).subquery())
    )
    rows = db.session.execute(
        wanted.order_by(PayoutBatch.id.desc()).offset(page.offset).limit(page.limit)
    )
    return Page([_batch_row(*row) for row in rows], total or 0, page.number, page.limit)


def get_batch_row(code: str, *, paths: Sequence[str]) -> BatchRow:
    """One batch for an officer of these subtrees; else it does not exist."""
    row = db.session.execute(
        _batch_rows().where(
            PayoutBatch.code == code, PayoutBatch.id.not_in(reaching_outside(paths))
        )
    ).one_or_none()
    if row is None:
        raise NotFound("payout_batch", code)
    return _batch_row(*row)


def find_batch_by_code(code: str) -> PayoutBatch | None:
    """A batch by its public code."""
    return db.session.scalar(select(PayoutBatch).where(PayoutBatch.code == code))


def count_batches(state: PayoutBatchState, *, paths: Sequence[str]) -> int:
    """How many batches are in a state."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(PayoutBatch)
            .where(PayoutBatch.state == state, PayoutBatch.id.not_in(reaching_outside(paths)))
        )
        or 0
    )
