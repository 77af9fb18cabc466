"""Vouchers against the books (invariants 8 and 17, see docs/trust.md)."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from marketplace.foundation.db import db
from marketplace.foundation.violations import VIOLATIONS_SHOWN_MAX, Check, Violation
from marketplace.ledger.queries import get_booked
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.states import VoucherKind, VoucherState

ENDED_UNUSED = {
    "voucher.expired": VoucherState.EXPIRED,
    "voucher.revoked": VoucherState.REVOKED,
}


def face_values_were_committed_at_issue() -> Iterator[Violation]:
    """17: a face-value voucher has the entry of its issue, of its amount, and the reverse."""
    issued = get_booked("voucher.issued")
    valued = db.session.execute(
        select(Voucher.code, Voucher.value_fen).where(
            Voucher.kind == VoucherKind.FACE_VALUE, Voucher.value_fen > 0
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


CHECKS: tuple[Check, ...] = (
    face_values_were_committed_at_issue,
    ended_vouchers_gave_their_value_back,
    values_and_states_agree,
)
