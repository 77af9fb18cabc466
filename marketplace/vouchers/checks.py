"""Vouchers against the books (invariants 8 and 17, see docs/trust.md)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import func, or_, select

from marketplace.foundation.db import db
from marketplace.foundation.violations import VIOLATIONS_SHOWN_MAX, Check, Violation
from marketplace.funding.models import FundingShare
from marketplace.funds.models import Allotment
from marketplace.ledger.queries import get_booked
from marketplace.vouchers.models import Declaration, IssueBatch, Voucher
from marketplace.vouchers.states import DeclarationState, VoucherKind, VoucherState

ENDED_UNUSED = {
    "voucher.expired": VoucherState.EXPIRED,
    "voucher.revoked": VoucherState.REVOKED,
}


def face_values_were_committed_at_issue() -> Iterator[Violation]:
    """17: a face-value voucher has the entry of its issue, of its amount, and the reverse; those
    of a batch are proved with their batch."""
    issued = get_booked("voucher.issued")
    valued = db.session.execute(
        select(Voucher.code, Voucher.value_fen).where(
            Voucher.kind == VoucherKind.FACE_VALUE,
            Voucher.value_fen > 0,
            Voucher.batch_id.is_(None),
        )
    )
    known = {code: value_fen for code, value_fen in valued}
    for code in sorted(set(known) | set(issued)):
        booked_fen = issued[code].amount_fen if code in issued else None
        if booked_fen != known.get(code):
            yield Violation(
                "17 business cause",
                f"voucher {code}",
                f"worth {known.get(code)}, booked {booked_fen}",
            )


def batches_committed_what_they_issued() -> Iterator[Violation]:
    """17: the entries of a batch commit, allotment by allotment, the face value of its vouchers,
    or its shares where several funds pay; its counts are those of its rows."""
    booked: dict[tuple[str, str], int] = defaultdict(int)
    for key, entry in get_booked("voucher.batch_issued").items():
        batch_code, _slice, allotment_code = key.split(":", 2)
        booked[batch_code, allotment_code] += entry.amount_fen
    issued = db.session.execute(
        select(IssueBatch.code, Allotment.code, func.sum(Voucher.value_fen))
        .join(Voucher, Voucher.batch_id == IssueBatch.id)
        .join(Allotment, Allotment.id == Voucher.allotment_id)
        .where(Voucher.kind == VoucherKind.FACE_VALUE, ~Voucher.is_pooled)
        .group_by(IssueBatch.code, Allotment.code)
    )
    shared = db.session.execute(
        select(IssueBatch.code, Allotment.code, func.sum(FundingShare.amount_fen))
        .join(Voucher, Voucher.batch_id == IssueBatch.id)
        .join(FundingShare, FundingShare.voucher_id == Voucher.id)
        .join(Allotment, Allotment.id == FundingShare.allotment_id)
        .where(Voucher.kind == VoucherKind.FACE_VALUE)
        .group_by(IssueBatch.code, Allotment.code)
    )
    owed = {
        (batch, allotment): int(fen or 0)
        for rows in (issued, shared)
        for batch, allotment, fen in rows
    }
    for batch, allotment in sorted(owed.keys() | booked.keys()):
        worth, committed = owed.get((batch, allotment), 0), booked.get((batch, allotment), 0)
        if worth != committed:
            detail = f"{committed} committed of {allotment}, its vouchers are worth {worth} fen"
            yield Violation("17 business cause", f"batch {batch}", detail)
    counted = db.session.execute(
        select(IssueBatch.code, IssueBatch.issued, func.count(Voucher.id))
        .outerjoin(Voucher, Voucher.batch_id == IssueBatch.id)
        .group_by(IssueBatch.code, IssueBatch.issued)
        .having(func.count(Voucher.id) != IssueBatch.issued)
        .order_by(IssueBatch.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for batch, said, found in counted:
        yield Violation("17 business cause", f"batch {batch}", f"says {said}, has {found} vouchers")


def broken_promises_hold_no_voucher() -> Iterator[Violation]:
    """19: what was found untrue leaves no voucher that could still be claimed for a class."""
    rows = db.session.execute(
        select(Voucher.code, Voucher.state)
        .join(Declaration, Declaration.voucher_id == Voucher.id)
        .where(
            Declaration.state == DeclarationState.BROKEN,
            Voucher.state.in_((VoucherState.OFFERED, VoucherState.ACTIVE)),
        )
        .order_by(Voucher.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code, state in rows:
        yield Violation("19 state", f"voucher {code}", f"{state}, but its promise was broken")


def ended_vouchers_gave_their_value_back() -> Iterator[Violation]:
    """17: an entry that ends a voucher belongs to a voucher that ended so."""
    for kind, state in ENDED_UNUSED.items():
        ended = set(db.session.scalars(select(Voucher.code).where(Voucher.state == state)))
        for code in sorted(set(get_booked(kind)) - ended):
            yield Violation("17 business cause", f"voucher {code}", f"{kind} booked, not {state}")
    for kind, state in ENDED_UNUSED.items():
        booked = set(get_booked(kind))
        unbooked = db.session.scalars(
            select(Voucher.code)
            .where(
                Voucher.state == state,
                Voucher.kind == VoucherKind.FACE_VALUE,
                Voucher.value_fen > 0,
            )
            .order_by(Voucher.code)
        )
        for code in unbooked:
            if code not in booked:
                yield Violation("17 business cause", f"voucher {code}", f"{state} without {kind}")


def values_and_states_agree() -> Iterator[Violation]:
    """19: a face-value voucher has a value; an unused entitlement has none yet."""
    rows = db.session.execute(
        select(Voucher.code, Voucher.kind, Voucher.state)
        .where(Voucher.kind == VoucherKind.FACE_VALUE, Voucher.value_fen.is_(None))
        .order_by(Voucher.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code, kind, state in rows:
        yield Violation("19 state", f"voucher {code}", f"{kind}, {state}, has no value")


def sign_in_vouchers_are_worth_nothing() -> Iterator[Violation]:
    """8, 17: a sign-in voucher has no value, no fund shares it, and nothing was booked for it."""
    rows = db.session.execute(
        select(Voucher.code, Voucher.value_fen)
        .outerjoin(FundingShare, FundingShare.voucher_id == Voucher.id)
        .where(
            Voucher.kind == VoucherKind.SIGN_IN,
            or_(
                func.coalesce(Voucher.value_fen, -1) != 0,
                Voucher.is_pooled,
                FundingShare.id.is_not(None),
            ),
        )
        .order_by(Voucher.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code, value_fen in rows:
        yield Violation("8 sign-in only", f"voucher {code}", f"worth {value_fen}, or shared")
    booked = {key for kind in ENDED_UNUSED for key in get_booked(kind)}
    codes = db.session.scalars(
        select(Voucher.code)
        .where(Voucher.kind == VoucherKind.SIGN_IN, Voucher.state.in_(ENDED_UNUSED.values()))
        .order_by(Voucher.code)
    )
    for code in codes:
        if code in booked:
            yield Violation("17 business cause", f"voucher {code}", "sign-in only, yet booked")


CHECKS: tuple[Check, ...] = (
    sign_in_vouchers_are_worth_nothing,
    face_values_were_committed_at_issue,
    batches_committed_what_they_issued,
    broken_promises_hold_no_voucher,
    ended_vouchers_gave_their_value_back,
    values_and_states_agree,
)
