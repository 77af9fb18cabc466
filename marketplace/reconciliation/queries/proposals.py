"""Proposals for differences: what they are made of, the checker's worklist, one with its rows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from marketplace.benefits.models import Benefit
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.funds.models import Allotment, BankAccount
from marketplace.funds.queries import in_bank_accounts
from marketplace.institutions.models import Institution
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.payouts.models import Payout, PayoutAttempt, StripeMovement
from marketplace.people.models import User, Worker
from marketplace.reconciliation.models import (
    BankStatement,
    BreakProposal,
    ReconciliationBreak,
    ReconciliationMatch,
    ReconciliationShare,
    StatementLine,
)
from marketplace.reconciliation.queries.repayments import codes_in, find_named_clawbacks
from marketplace.reconciliation.queries.stripe_lines import (
    list_handover_facts,
    list_stripe_facts,
)
from marketplace.reconciliation.rules.proposals import BreakFacts
from marketplace.reconciliation.rules.stripe_lines import (
    BankFacts,
    handover_for,
    stripe_lines_for,
)
from marketplace.reconciliation.states import BreakState, ProposalState
from marketplace.settlement.queries import in_subtrees

EVERYWHERE = ("",)
AT_ONCE_MAX = 200


@dataclass(frozen=True, slots=True)
class BreakLine:
    """A difference with the bank's line and where it came from."""

    item: ReconciliationBreak
    line: StatementLine
    bank_account: str
    statement_code: str
    currency: str
    place_code: str | None
    """The place whose office keeps the bank account."""


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """A proposal with the difference and the two people."""

    proposal: BreakProposal
    item: ReconciliationBreak
    line: StatementLine
    bank_account: str
    payout_code: str | None
    institution_name: str | None
    proposed_by_login: str
    decided_by_login: str | None
    movement_id: str | None
    """Stripe's number of the movement it is about."""


@dataclass(frozen=True, slots=True)
class NamedPayout:
    """A payout that a proposal is about."""

    payout: Payout
    institution_code: str | None
    worker_code: str | None
    """Its payee is one or the other."""
    end_to_end_id: str
    """Of its present attempt."""


def list_break_lines(
    codes: Collection[str], *, paths: Sequence[str] = EVERYWHERE
) -> list[BreakLine]:
    """Differences by code on accounts under some paths (at most 200), oldest first."""
    rows = db.session.execute(
        _break_lines()
        .where(
            ReconciliationBreak.code.in_(sorted(codes)[:AT_ONCE_MAX]),
            in_bank_accounts(BankStatement.bank_account, paths),
        )
        .order_by(ReconciliationBreak.id)
        .limit(AT_ONCE_MAX)
    )
    return [BreakLine(*row) for row in rows]


def list_open_break_lines(*, paths: Sequence[str] = EVERYWHERE) -> list[BreakLine]:
    """The oldest open differences for which nothing is proposed yet (at most 200)."""
    waits = select(BreakProposal.break_id).where(BreakProposal.state == ProposalState.PROPOSED)
    rows = db.session.execute(
        _break_lines()
        .where(
            ReconciliationBreak.state == BreakState.OPEN,
            ReconciliationBreak.id.not_in(waits),
            in_bank_accounts(BankStatement.bank_account, paths),
        )
        .order_by(ReconciliationBreak.id)
        .limit(AT_ONCE_MAX)
    )
    return [BreakLine(*row) for row in rows]


def _break_lines() -> Select[ReconciliationBreak, StatementLine, str, str, str, str | None]:
    return (
        select(
            ReconciliationBreak,
            StatementLine,
            BankStatement.bank_account,
            BankStatement.code,
            BankStatement.currency,
            Jurisdiction.code,
        )
        .join(StatementLine, StatementLine.id == ReconciliationBreak.statement_line_id)
        .join(BankStatement, BankStatement.id == StatementLine.statement_id)
        .outerjoin(BankAccount, BankAccount.code == BankStatement.bank_account)
        .outerjoin(Jurisdiction, Jurisdiction.id == BankAccount.jurisdiction_id)
    )


def list_break_facts(
    rows: Sequence[BreakLine], *, returned: dict[str, str]
) -> dict[int, BreakFacts]:
    """What the rules ask about differences; `returned`: line code → the payout it brings back."""
    references = {row.line.end_to_end_id for row in rows if row.line.end_to_end_id}
    named = {
        reference: code
        for reference, code in db.session.execute(
            select(PayoutAttempt.end_to_end_id, Payout.code)
            .join(Payout, Payout.id == PayoutAttempt.payout_id)
            .where(PayoutAttempt.end_to_end_id.in_(references))
            .order_by(PayoutAttempt.id)
            .limit(len(references))
        )
    }
    owed = find_named_clawbacks(
        {code for row in rows for code in codes_in(row.line.remittance or "")}, paths=EVERYWHERE
    )
    amounts = {row.item.amount_fen for row in rows}
    lines = {row.item.id: _bank_facts(row) for row in rows}
    stripe = stripe_lines_for(lines, list_stripe_facts(amounts))
    handovers = list_handover_facts(amounts)
    return {
        row.item.id: BreakFacts(
            row.item.cause,
            row.item.amount_fen,
            _words(row),
            named.get(row.line.end_to_end_id or ""),
            returned.get(row.line.code),
            next((one for one in codes_in(row.line.remittance or "") if one in owed), None),
            stripe.get(row.item.id),
            handover_for(lines[row.item.id], handovers.get(row.item.amount_fen, [])),
        )
        for row in rows
    }


def _bank_facts(row: BreakLine) -> BankFacts:
    line = row.line
    words = f"{line.end_to_end_id or ''} {line.bank_reference or ''} {_words(row)}"
    return BankFacts(row.item.amount_fen, row.currency, line.booked_on, words)


def _words(row: BreakLine) -> str:
    return f"{row.line.remittance or ''} {row.line.counterparty or ''}"


def find_named_payout(code: str, *, paths: Sequence[str] = EVERYWHERE) -> NamedPayout | None:
    """A payout to an institution, or from an allotment, under some paths, with its present
    attempt."""
    row = db.session.execute(
        select(Payout, Institution.code, Worker.code, PayoutAttempt.end_to_end_id)
        .outerjoin(Institution, Institution.id == Payout.institution_id)
        .outerjoin(Benefit, Benefit.id == Payout.benefit_id)
        .outerjoin(Worker, Worker.id == Benefit.worker_id)
        .outerjoin(Allotment, Allotment.id == Benefit.allotment_id)
        .join(
            PayoutAttempt,
            (PayoutAttempt.payout_id == Payout.id) & (PayoutAttempt.number == Payout.attempt),
        )
        .outerjoin(
            Jurisdiction,
            Jurisdiction.id
            == func.coalesce(Institution.jurisdiction_id, Allotment.jurisdiction_id),
        )
        .where(Payout.code == code, in_subtrees(paths))
    ).one_or_none()
    return None if row is None else NamedPayout(*row)


def find_waiting_proposal(break_id: int) -> BreakProposal | None:
    """The proposal of a difference that waits for its checker."""
    return db.session.scalar(
        select(BreakProposal).where(
            BreakProposal.break_id == break_id, BreakProposal.state == ProposalState.PROPOSED
        )
    )


def is_entry_matched(entry_id: int) -> bool:
    """Whether another bank line stands behind an entry already."""
    matched = select(ReconciliationMatch.id).where(ReconciliationMatch.entry_id == entry_id)
    shared = select(ReconciliationShare.id).where(ReconciliationShare.entry_id == entry_id)
    return bool(db.session.scalar(select(matched.exists() | shared.exists())))


def list_waiting_break_ids(break_ids: Collection[int]) -> set[int]:
    """Which of some differences have a proposal that waits for its checker."""
    return set(
        db.session.scalars(
            select(BreakProposal.break_id)
            .where(
                BreakProposal.break_id.in_(break_ids),
                BreakProposal.state == ProposalState.PROPOSED,
            )
            .order_by(BreakProposal.break_id)
            .limit(len(break_ids))
        )
    )


def count_proposals_of(break_id: int) -> int:
    """How many proposals a difference has had."""
    found = select(func.count()).where(BreakProposal.break_id == break_id)
    return db.session.scalar(found) or 0


def lock_lines_of_proposals(codes: Collection[str]) -> None:
    """Hold the bank lines that some proposals are about, lowest first, before anything else of
    them: matching takes the line first too, so that neither waits for the other in a ring."""
    db.session.execute(
        select(StatementLine.id)
        .join(ReconciliationBreak, ReconciliationBreak.statement_line_id == StatementLine.id)
        .join(BreakProposal, BreakProposal.break_id == ReconciliationBreak.id)
        .where(BreakProposal.code.in_(sorted(codes)[:AT_ONCE_MAX]))
        .order_by(StatementLine.id)
        .limit(AT_ONCE_MAX)
        .with_for_update(of=StatementLine)
    )


def lock_lines_of_breaks(break_ids: Collection[int]) -> None:
    """The same for the lines of some differences."""
    db.session.execute(
        select(StatementLine.id)
        .join(ReconciliationBreak, ReconciliationBreak.statement_line_id == StatementLine.id)
        .where(ReconciliationBreak.id.in_(break_ids))
        .order_by(StatementLine.id)
        .limit(AT_ONCE_MAX)
        .with_for_update(of=StatementLine)
    )


def lock_proposals(codes: Collection[str]) -> list[BreakProposal]:
    """Proposals by code, lowest first, held until the unit of work ends."""
    return list(
        db.session.scalars(
            select(BreakProposal)
            .where(BreakProposal.code.in_(sorted(codes)[:AT_ONCE_MAX]))
            .order_by(BreakProposal.id)
            .limit(AT_ONCE_MAX)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def get_proposal_by_code(code: str, *, paths: Sequence[str] = EVERYWHERE) -> ProposalRow:
    """One proposal on an account under some paths."""
    row = db.session.execute(_rows(paths).where(BreakProposal.code == code)).one_or_none()
    if row is None:
        raise NotFound("proposal", code)
    return ProposalRow(*row)


def list_proposals_of_break(break_id: int) -> list[ProposalRow]:
    """The story of a difference, newest first (at most 50)."""
    rows = db.session.execute(
        _rows(EVERYWHERE)
        .where(BreakProposal.break_id == break_id)
        .order_by(BreakProposal.id.desc())
        .limit(50)
    )
    return [ProposalRow(*row) for row in rows]


def list_waiting_proposals(
    page: PageRequest, *, kind: str | None = None, paths: Sequence[str] = EVERYWHERE
) -> Page[ProposalRow]:
    """The checker's worklist: oldest first."""
    wanted = _rows(paths).where(BreakProposal.state == ProposalState.PROPOSED)
    if kind:
        wanted = wanted.where(BreakProposal.kind == kind)
    total = db.session.scalar(
        select(func.count()).select_from(wanted.with_only_columns(BreakProposal.id).subquery())
    )
    rows = db.session.execute(
        wanted.order_by(BreakProposal.id).offset(page.offset).limit(page.limit)
    )
    return Page([ProposalRow(*row) for row in rows], total or 0, page.number, page.limit)


def count_waiting_proposals(*, paths: Sequence[str] = EVERYWHERE) -> int:
    """How many proposals wait for a checker."""
    return list_waiting_proposals(PageRequest(1, 1), paths=paths).total


def _rows(
    paths: Sequence[str],
) -> Select[
    BreakProposal,
    ReconciliationBreak,
    StatementLine,
    str,
    str | None,
    str | None,
    str,
    str | None,
    str | None,
]:
    maker, checker = aliased(User), aliased(User)
    return (
        select(
            BreakProposal,
            ReconciliationBreak,
            StatementLine,
            BankStatement.bank_account,
            Payout.code,
            Institution.name,
            maker.login,
            checker.login,
            StripeMovement.movement_id,
        )
        .join(ReconciliationBreak, ReconciliationBreak.id == BreakProposal.break_id)
        .join(StatementLine, StatementLine.id == ReconciliationBreak.statement_line_id)
        .join(BankStatement, BankStatement.id == StatementLine.statement_id)
        .join(maker, maker.id == BreakProposal.proposed_by)
        .outerjoin(checker, checker.id == BreakProposal.decided_by)
        .outerjoin(StripeMovement, StripeMovement.id == BreakProposal.stripe_movement_id)
        .outerjoin(Payout, Payout.id == BreakProposal.payout_id)
        .outerjoin(Institution, Institution.id == Payout.institution_id)
        .where(in_bank_accounts(BankStatement.bank_account, paths))
    )
