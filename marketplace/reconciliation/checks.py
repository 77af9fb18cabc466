"""Bank statements against payouts (invariants 14 and 15)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import and_, func, or_, select, union_all

from marketplace.clearing.queries import get_approved_nets
from marketplace.foundation.db import db
from marketplace.foundation.violations import VIOLATIONS_SHOWN_MAX, Check, Violation
from marketplace.funds.models import BankAccount
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.ledger.queries import get_booked, get_sums_fen
from marketplace.payouts.models import Payout, PayoutAttempt, StripeMovement
from marketplace.payouts.states import PayoutState
from marketplace.reconciliation.entries import WITHOUT_OWN_ENTRY, other_bank
from marketplace.reconciliation.models import (
    BankStatement,
    BreakProposal,
    MatchUndoing,
    ReconciliationBreak,
    ReconciliationMatch,
    ReconciliationShare,
    StatementLine,
    StatementLineSighting,
    StatementSetAside,
)
from marketplace.reconciliation.queries.stripe_lines import WAS_BANK
from marketplace.reconciliation.states import (
    BreakState,
    ProposalKind,
    ProposalState,
    SetAsideState,
    StatementLineState,
    UndoingState,
)

MATCH_COUNTS = ReconciliationMatch.undone_id.is_(None)
SHARE_COUNTS = ReconciliationShare.undone_id.is_(None)


def statements_add_up() -> Iterator[Violation]:
    """15: opening balance plus lines, those known from before included, is the closing balance."""
    own = union_all(
        select(StatementLine.statement_id, StatementLine.amount_fen),
        select(StatementLineSighting.statement_id, StatementLine.amount_fen).join(
            StatementLine, StatementLine.id == StatementLineSighting.statement_line_id
        ),
    ).subquery()
    total = func.coalesce(func.sum(own.c.amount_fen), 0)
    moved = BankStatement.closing_fen - BankStatement.opening_fen
    rows = db.session.execute(
        select(BankStatement.code, moved, total)
        .outerjoin(own, own.c.statement_id == BankStatement.id)
        .group_by(
            BankStatement.id,
            BankStatement.code,
            BankStatement.opening_fen,
            BankStatement.closing_fen,
        )
        .having(moved != total)
        .order_by(BankStatement.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code, moved_fen, lines_fen in rows:
        yield Violation(
            "15 statement", f"statement {code}", f"moved {moved_fen}, lines {lines_fen}"
        )


def aside_lines_agree() -> Iterator[Violation]:
    """15, 20: what is set aside was signed by two people, with all its lines and no other."""
    signed = select(StatementSetAside.id).where(
        StatementSetAside.statement_id == BankStatement.id,
        StatementSetAside.state == SetAsideState.SIGNED,
        StatementSetAside.decided_by != StatementSetAside.proposed_by,
    )
    is_aside = BankStatement.set_aside_at.is_not(None)
    unsigned = db.session.scalars(
        select(BankStatement.code)
        .where(is_aside != signed.exists())
        .order_by(BankStatement.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code in unsigned:
        yield Violation("20 two people", f"statement {code}", "set aside without two signatures")
    lines = db.session.execute(
        select(StatementLine.code, StatementLine.state)
        .join(BankStatement, BankStatement.id == StatementLine.statement_id)
        .where(is_aside != (StatementLine.state == StatementLineState.SET_ASIDE))
        .order_by(StatementLine.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code, state in lines:
        yield Violation("15 statement", f"line {code}", f"{state}, unlike its statement")


def lines_are_matched_or_owned() -> Iterator[Violation]:
    """14: a matched line has its match, a break its owner's record, and never both."""
    shared = select(ReconciliationShare.id).where(
        and_(ReconciliationShare.statement_line_id == StatementLine.id, SHARE_COUNTS)
    )
    rows = db.session.execute(
        select(StatementLine.code, StatementLine.state)
        .outerjoin(
            ReconciliationMatch,
            (ReconciliationMatch.statement_line_id == StatementLine.id) & MATCH_COUNTS,
        )
        .outerjoin(ReconciliationBreak, ReconciliationBreak.statement_line_id == StatementLine.id)
        .where(
            or_(
                (StatementLine.state == StatementLineState.MATCHED)
                & ReconciliationMatch.id.is_(None)
                & ~shared.exists(),
                (StatementLine.state != StatementLineState.MATCHED)
                & (ReconciliationMatch.id.is_not(None) | shared.exists()),
                StatementLine.state.in_((StatementLineState.BREAK, StatementLineState.EXPLAINED))
                & ReconciliationBreak.id.is_(None),
            )
        )
        .order_by(StatementLine.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code, state in rows:
        yield Violation("14 one bank line", f"line {code}", f"{state} without its record")


def matched_lines_pay_their_payout() -> Iterator[Violation]:
    """14: a line that matched a payout moved exactly its amount."""
    rows = db.session.execute(
        select(StatementLine.code, StatementLine.amount_fen, Payout.code, Payout.amount_fen)
        .join(ReconciliationMatch, ReconciliationMatch.statement_line_id == StatementLine.id)
        .join(Payout, Payout.id == ReconciliationMatch.payout_id)
        .where(func.abs(StatementLine.amount_fen) != Payout.amount_fen, MATCH_COUNTS)
        .order_by(StatementLine.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code, moved_fen, payout_code, amount_fen in rows:
        yield Violation(
            "14 one bank line", f"line {code}", f"{moved_fen} for {payout_code} of {amount_fen}"
        )


def shared_lines_are_used_up() -> Iterator[Violation]:
    """14: the shares of a line are all of it, and those of an entry all of its payout."""
    shared_fen = func.sum(ReconciliationShare.amount_fen)
    lines = db.session.execute(
        select(StatementLine.code, StatementLine.amount_fen, shared_fen)
        .join(ReconciliationShare, ReconciliationShare.statement_line_id == StatementLine.id)
        .where(SHARE_COUNTS)
        .group_by(StatementLine.id, StatementLine.code, StatementLine.amount_fen)
        .having(func.abs(StatementLine.amount_fen) != shared_fen)
        .order_by(StatementLine.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code, moved_fen, total_fen in lines:
        yield Violation("14 one bank line", f"line {code}", f"{moved_fen}, shared {total_fen}")
    payouts = db.session.execute(
        select(Payout.code, Payout.amount_fen, shared_fen)
        .join(ReconciliationShare, ReconciliationShare.payout_id == Payout.id)
        .where(SHARE_COUNTS)
        .group_by(Payout.id, Payout.code, Payout.amount_fen, ReconciliationShare.entry_id)
        .having(Payout.amount_fen != shared_fen)
        .order_by(Payout.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code, amount_fen, total_fen in payouts:
        yield Violation("14 one bank line", f"payout {code}", f"{amount_fen}, paid {total_fen}")


def confirmed_payouts_have_a_bank_line() -> Iterator[Violation]:
    """14: what the bank confirmed was seen on a statement."""
    matched = select(ReconciliationMatch.id).where(
        and_(ReconciliationMatch.payout_id == Payout.id, MATCH_COUNTS)
    )
    shared = select(ReconciliationShare.id).where(
        and_(ReconciliationShare.payout_id == Payout.id, SHARE_COUNTS)
    )
    rows = db.session.scalars(
        select(Payout.code)
        .where(Payout.state == PayoutState.CONFIRMED, ~matched.exists(), ~shared.exists())
        .order_by(Payout.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code in rows:
        yield Violation("14 one bank line", f"payout {code}", "confirmed without a bank line")


def matches_have_their_entry() -> Iterator[Violation]:
    """14, 17, 18: a match that counts stands on the entry of its payment, which is reversed only
    where the payment came back; one that was undone was signed by two people, and is reversed."""
    paid = {entry.entry_id: entry for entry in get_booked("payout.confirmed").values()}
    back = {entry.entry_id for entry in get_booked("payout.returned").values()}
    for line_code, amount_fen, entry_id, undone, came_back in _ties():
        entry = paid.get(entry_id)
        subject = f"line {line_code}"
        if undone is not None:
            if undone != UndoingState.SIGNED:
                yield Violation("20 two people", subject, f"undone, but {undone}")
            if entry is None or not entry.is_reversed:
                yield Violation("18 reversal", subject, f"undone, but entry {entry_id} stands")
        elif (entry is None) if amount_fen < 0 else (entry_id not in back):
            yield Violation("17 business cause", subject, f"matched by entry {entry_id}")
        elif entry is not None and entry.is_reversed and not came_back:
            yield Violation("18 reversal", subject, f"matched by the reversed entry {entry_id}")


def _ties() -> Iterator[tuple[str, int, int, UndoingState | None, bool]]:
    """Of each match: line, its amount, the entry, how it was undone, and whether a try of its
    payout came back."""
    for tie in (ReconciliationMatch, ReconciliationShare):
        came_back = (
            select(PayoutAttempt.id)
            .where(
                PayoutAttempt.payout_id == tie.payout_id, PayoutAttempt.outcome.like("returned%")
            )
            .exists()
        )
        rows = db.session.execute(
            select(
                StatementLine.code,
                StatementLine.amount_fen,
                tie.entry_id,
                MatchUndoing.state,
                came_back,
            )
            .join(StatementLine, StatementLine.id == tie.statement_line_id)
            .outerjoin(MatchUndoing, MatchUndoing.id == tie.undone_id)
            .order_by(tie.id)
        )
        for row in rows:
            yield row[0], row[1], row[2], row[3], bool(row[4])


def settled_differences_are_booked() -> Iterator[Violation]:
    """14, 17: an entry of a difference is one signed proposal of its amount, and the other way
    round; a difference settled by one is explained."""
    booked = get_booked("break.settled")
    known = set()
    for key, code, proposal, state in _settled():
        known.add(key)
        entry = booked.get(key)
        if entry is None or entry.amount_fen != abs(proposal.amount_fen):
            yield Violation("17 business cause", f"proposal {proposal.code}", "is not booked so")
        elif entry.is_reversed != (proposal.state == ProposalState.REVERSED):
            yield Violation("18 reversal", f"proposal {proposal.code}", f"is {proposal.state}")
        if proposal.state == ProposalState.POSTED and state != BreakState.EXPLAINED:
            yield Violation("14 one bank line", f"difference {code}", f"{state}, but settled")
    for key in sorted(booked.keys() - known):
        yield Violation("17 business cause", f"break.settled {key}", "has no signed proposal")


def _settled() -> Iterator[tuple[str, str, BreakProposal, str]]:
    rows = db.session.execute(
        select(ReconciliationBreak.code, BreakProposal, ReconciliationBreak.state)
        .join(BreakProposal, BreakProposal.break_id == ReconciliationBreak.id)
        .where(
            BreakProposal.state.in_((ProposalState.POSTED, ProposalState.REVERSED)),
            BreakProposal.kind.not_in(WITHOUT_OWN_ENTRY),
        )
        .order_by(BreakProposal.id)
    )
    for code, proposal, state in rows:
        yield f"{code}/{proposal.number}", code, proposal, state


def other_bank_movements_are_explained() -> Iterator[Violation]:
    """14: what moved on a bank account beside payouts is the sum of the lines settled so."""
    wanted: dict[str, int] = defaultdict(int)
    rows = db.session.execute(
        select(BankStatement.bank_account, BankStatement.currency, StatementLine.amount_fen)
        .join(StatementLine, StatementLine.statement_id == BankStatement.id)
        .join(ReconciliationBreak, ReconciliationBreak.statement_line_id == StatementLine.id)
        .join(BreakProposal, BreakProposal.break_id == ReconciliationBreak.id)
        .where(
            BreakProposal.state == ProposalState.POSTED,
            BreakProposal.kind.not_in(WITHOUT_OWN_ENTRY),
        )
    )
    for bank_account, currency, amount_fen in rows:
        wanted[other_bank(bank_account, currency).key] -= amount_fen
    balances = get_sums_fen("bank:other")
    for key in sorted(wanted.keys() | balances.keys()):
        if wanted[key] != balances.get(key, 0):
            yield Violation(
                "14 one bank line",
                f"bank:other {key}",
                f"{balances.get(key, 0)} in the books, lines {wanted[key]} fen",
            )


def region_balances_are_explained() -> Iterator[Violation]:
    """What a region owes others is what clearings say, less what the banks' lines transferred."""
    wanted: dict[str, int] = defaultdict(int, get_approved_nets())
    rows = db.session.execute(
        select(Jurisdiction.code, func.sum(BreakProposal.amount_fen))
        .select_from(BreakProposal)
        .join(ReconciliationBreak, ReconciliationBreak.id == BreakProposal.break_id)
        .join(StatementLine, StatementLine.id == ReconciliationBreak.statement_line_id)
        .join(BankStatement, BankStatement.id == StatementLine.statement_id)
        .join(BankAccount, BankAccount.code == BankStatement.bank_account)
        .join(Jurisdiction, Jurisdiction.id == BankAccount.jurisdiction_id)
        .where(
            BreakProposal.state == ProposalState.POSTED,
            BreakProposal.kind == ProposalKind.REGION_CLEARING,
        )
        .group_by(Jurisdiction.code)
    )
    for code, moved_fen in rows:
        wanted[code] += int(moved_fen)
    balances = get_sums_fen("clearing:region")
    for code in sorted(wanted.keys() | balances.keys()):
        if wanted[code] != balances.get(code, 0):
            yield Violation(
                "clearing",
                f"region {code}",
                f"{balances.get(code, 0)} in the books, {wanted[code]} fen owed",
            )


def stripe_transfers_have_two_sides() -> Iterator[Violation]:
    """14: a line between Stripe and the bank is the other side of one movement at Stripe, and
    `stripe:bank` holds what one side has shown and the other not yet."""
    wanted: dict[str, int] = defaultdict(int)
    movements = db.session.execute(
        select(StripeMovement.currency, func.sum(StripeMovement.amount_fen))
        .where(WAS_BANK, StripeMovement.entry_id.is_not(None))
        .group_by(StripeMovement.currency)
    )
    for currency, moved_fen in movements:
        wanted[currency] -= int(moved_fen)
    lines = db.session.execute(
        select(BreakProposal, StripeMovement)
        .outerjoin(StripeMovement, StripeMovement.id == BreakProposal.stripe_movement_id)
        .where(
            BreakProposal.state == ProposalState.POSTED,
            BreakProposal.kind == ProposalKind.STRIPE_BANK,
        )
        .order_by(BreakProposal.id)
    )
    for proposal, movement in lines:
        wanted[proposal.currency] -= proposal.amount_fen
        other = (movement.currency, -movement.amount_fen) if movement else None
        if other != (proposal.currency, proposal.amount_fen):
            yield Violation("14 one bank line", f"proposal {proposal.code}", f"Stripe has {other}")
    balances = get_sums_fen("stripe:bank")
    for currency in sorted(wanted.keys() | balances.keys()):
        if wanted[currency] != balances.get(currency, 0):
            yield Violation(
                "14 one bank line",
                f"stripe:bank {currency}",
                f"{balances.get(currency, 0)} in the books, {wanted[currency]} fen on its way",
            )


CHECKS: tuple[Check, ...] = (
    statements_add_up,
    aside_lines_agree,
    lines_are_matched_or_owned,
    matched_lines_pay_their_payout,
    shared_lines_are_used_up,
    confirmed_payouts_have_a_bank_line,
    matches_have_their_entry,
    settled_differences_are_booked,
    other_bank_movements_are_explained,
    region_balances_are_explained,
    stripe_transfers_have_two_sides,
)
