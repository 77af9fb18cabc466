"""Withheld shares against the books, their redemptions and clawbacks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from sqlalchemy import func, or_, select

from marketplace.foundation.db import db
from marketplace.foundation.violations import VIOLATIONS_SHOWN_MAX, Check, Violation
from marketplace.institutions.models import Institution
from marketplace.ledger.queries import get_balances_fen, get_booked
from marketplace.redemption.models import Redemption
from marketplace.retentions.models import Retention, RetentionDeadline
from marketplace.retentions.queries.terms import get_planned_shares
from marketplace.retentions.states import DeadlineState, RetentionState
from marketplace.vouchers.states import Milestone

NAME = "withheld"
AT_ONCE = 500
STANDING = (RetentionState.HELD, RetentionState.RELEASED, RetentionState.RETURNED,
            RetentionState.CLAWED_BACK)  # fmt: skip


def withheld_is_what_is_held() -> Iterator[Violation]:
    """retention:institution is the sum of the shares that are held, to the fen: what was withheld
    less what was released, returned and clawed back."""
    held: dict[str, int] = defaultdict(int)
    rows = db.session.execute(
        select(Institution.code, func.sum(Retention.amount_fen - Retention.clawed_back_fen))
        .join(Institution, Institution.id == Retention.institution_id)
        .where(Retention.state == RetentionState.HELD)
        .group_by(Institution.code)
    )
    for code, fen in rows:
        held[code] += int(fen)
    balances = get_balances_fen("retention:institution")
    for code in sorted(set(held) | set(balances)):
        if held[code] != balances.get(code, 0):
            text = f"{balances.get(code, 0)} in the books, {held[code]} fen held"
            yield Violation(NAME, f"institution {code}", text)


def withheld_shares_are_booked() -> Iterator[Violation]:
    """17: what a settlement withholds has one entry of its sum; what was released or returned has
    its own entry of what was left, and each such entry its share."""
    rows = db.session.execute(
        select(Retention.entry_id, func.sum(Retention.amount_fen))
        .where(Retention.state.in_(STANDING))
        .group_by(Retention.entry_id)
    )
    withheld = {entry_id or 0: int(fen) for entry_id, fen in rows}
    for key, entry in sorted(get_booked("retention.held").items()):
        if withheld.pop(entry.entry_id, 0) != entry.amount_fen or entry.is_reversed:
            yield Violation("17 business cause", f"retention.held {key}", "has no such shares")
    for entry_id in sorted(withheld):
        yield Violation("17 business cause", f"entry {entry_id}", "withholds nothing")
    for state in (RetentionState.RELEASED, RetentionState.RETURNED):
        yield from _ended(state)


def _ended(state: RetentionState) -> Iterator[Violation]:
    kind = f"retention.{state}"
    booked = get_booked(kind)
    shares = db.session.scalars(
        select(Retention).where(Retention.state == state).order_by(Retention.id)
    )
    for share in shares:
        entry = booked.pop(share.code, None)
        found = (entry.entry_id, entry.amount_fen, entry.is_reversed) if entry else None
        if found != (share.end_entry_id, share.left_fen, False):
            yield Violation("17 business cause", f"share {share.code}", f"has no {kind} entry")
    for key in sorted(booked):
        yield Violation("17 business cause", f"{kind} {key}", "has no share")


def withheld_shares_are_what_the_policy_says() -> Iterator[Violation]:
    """A withheld share is the part of its redemption that its scheme version names, and belongs to
    the institution of a redemption that stands."""
    wrong = db.session.scalars(
        select(Retention.code)
        .join(Redemption, Redemption.id == Retention.redemption_id)
        .where(
            Retention.state.in_(STANDING),
            or_(
                Redemption.institution_id != Retention.institution_id,
                Redemption.reversal_entry_id.is_not(None),
            ),
        )
        .order_by(Retention.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code in wrong:
        yield Violation(NAME, f"share {code}", "is of no standing redemption of its institution")
    last_id = 0
    while rows := _next_shares(last_id):
        last_id = rows[-1].id
        planned = get_planned_shares({row.redemption_id for row in rows})
        due = {(one.redemption_id, one.waiting.milestone): one.amount_fen for one in planned}
        for row in rows:
            if due.get((row.redemption_id, row.milestone)) != row.amount_fen:
                text = f"{row.amount_fen} fen, its policy says otherwise"
                yield Violation(NAME, f"share {row.code}", text)


def _next_shares(after_id: int) -> list[Retention]:
    return list(
        db.session.scalars(
            select(Retention)
            .where(Retention.id > after_id, Retention.state != RetentionState.DROPPED)
            .order_by(Retention.id)
            .limit(AT_ONCE)
        )
    )


def evidence_came_in_time() -> Iterator[Violation]:
    """What was released was proven within its days; employment by work after the training."""
    rows = db.session.execute(
        select(Retention.code, Retention.milestone)
        .where(
            Retention.state == RetentionState.RELEASED,
            or_(
                Retention.proven_on < Retention.counts_from,
                Retention.proven_on > Retention.due_by,
                Retention.evidence.is_(None),
                Retention.milestone.not_in((Milestone.CERTIFICATE, Milestone.EMPLOYMENT)),
            ),
        )
        .order_by(Retention.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code, milestone in rows:
        yield Violation(NAME, f"share {code}", f"released without {milestone} in time")


def last_days_are_signed() -> Iterator[Violation]:
    """20: a last day that was changed is the newest one that two officers signed, each from the day
    that stood before it."""
    rows = db.session.execute(
        select(Retention.code, Retention.due_by, RetentionDeadline)
        .join(RetentionDeadline, RetentionDeadline.retention_id == Retention.id)
        .where(RetentionDeadline.state != DeadlineState.PREPARED)
        .order_by(RetentionDeadline.retention_id, RetentionDeadline.id)
    )
    stands: dict[str, tuple[date, date]] = {}
    for code, due_by, deadline in rows:
        if deadline.decided_by in (None, deadline.prepared_by):
            yield Violation(
                "20 two people", f"deadline {deadline.code}", "not signed by two people"
            )
        if deadline.state is not DeadlineState.APPROVED:
            continue
        before = stands.get(code, (deadline.former_due_by, due_by))[0]
        if before != deadline.former_due_by:
            yield Violation(NAME, f"share {code}", f"was due by {before}, not as it says")
        stands[code] = (deadline.due_by, due_by)
    for code, (signed, due_by) in stands.items():
        if signed != due_by:
            yield Violation(NAME, f"share {code}", f"due by {due_by}, signed {signed}")


CHECKS: tuple[Check, ...] = (
    withheld_is_what_is_held,
    withheld_shares_are_booked,
    withheld_shares_are_what_the_policy_says,
    evidence_came_in_time,
    last_days_are_signed,
)
