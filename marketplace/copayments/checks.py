"""The book of co-payments, proved again from rows and postings; never mixed with fund money."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import select, text

from marketplace.copayments.models import Copayment, CopaymentPayment, CopaymentRefund
from marketplace.copayments.states import Party, PaymentState
from marketplace.foundation.db import db, dialect_name
from marketplace.foundation.violations import Check, Violation
from marketplace.ledger.queries import (
    get_balances_fen,
    get_booked,
    list_mixed_entries,
)

FAMILY = "copayment"
GUARDS = (
    "copayment_unmixed",
    "copayment_stays",
    "copayment_payment_stays",
    "copayment_refund_stays",
)


def never_mixed_with_funds() -> Iterator[Violation]:
    """An entry touches accounts of co-payments only, or none of them."""
    for entry_id, kind in list_mixed_entries(FAMILY):
        yield Violation("co-payments unmixed", f"entry {entry_id}", f"{kind} touches other money")


def payments_are_booked() -> Iterator[Violation]:
    """Each payment that arrived has its entry with its amount, and each entry its payment."""
    rows = db.session.execute(
        select(CopaymentPayment.code, CopaymentPayment.amount_fen).where(
            CopaymentPayment.state == PaymentState.SUCCEEDED
        )
    )
    yield from _compared("copayment.received", {code: int(fen) for code, fen in rows})


def refunds_are_booked() -> Iterator[Violation]:
    """Each refund that was made has its entry, and each entry its refund."""
    rows = db.session.execute(
        select(CopaymentRefund.code, CopaymentRefund.amount_fen).where(
            CopaymentRefund.state == PaymentState.SUCCEEDED
        )
    )
    yield from _compared("copayment.refunded", {code: int(fen) for code, fen in rows})


def _compared(kind: str, rows: dict[str, int]) -> Iterator[Violation]:
    booked = {key: one.amount_fen for key, one in get_booked(kind).items()}
    for code in sorted(rows.keys() | booked.keys()):
        if rows.get(code) != booked.get(code):
            yield Violation(
                "co-payments booked", f"{kind} {code}",
                f"{rows.get(code)} fen in its row, {booked.get(code)} booked",
            )  # fmt: skip


def books_follow_the_rows() -> Iterator[Violation]:
    """What is open, kept and owed back by the books is what the rows add up to."""
    arrived: dict[tuple[int, Party], int] = defaultdict(int)
    kept = get_balances_fen("held:copayment")
    back = get_balances_fen("refundable:copayment")
    passed_on = get_booked("copayment.passed_on")
    rows = db.session.execute(
        select(CopaymentPayment, CopaymentRefund)
        .outerjoin(CopaymentRefund, CopaymentRefund.payment_id == CopaymentPayment.id)
        .where(CopaymentPayment.state == PaymentState.SUCCEEDED)
        .order_by(CopaymentPayment.id)
    )
    for payment, refund in rows:
        back_fen = refund.amount_fen if refund else 0
        waits = bool(refund) and refund.state is not PaymentState.SUCCEEDED
        gone = passed_on[payment.code].amount_fen if payment.code in passed_on else 0
        gone += back_fen if not waits else 0
        arrived[payment.copayment_id, payment.party] += payment.amount_fen - back_fen
        found = (kept.get(payment.code, 0), back.get(payment.code, 0))
        wanted = (payment.amount_fen - gone, back_fen if waits else 0)
        if found != wanted:
            yield Violation("co-payments kept", f"payment {payment.code}", f"{found}, not {wanted}")
    yield from _open_shares(arrived)


def _open_shares(arrived: dict[tuple[int, Party], int]) -> Iterator[Violation]:
    open_ = get_balances_fen("receivable:copayment")
    for copayment in db.session.scalars(select(Copayment).order_by(Copayment.id)):
        total = 0
        for party in Party:
            fen = open_.get(f"{copayment.code}:{party.value}", 0)
            total += fen + arrived[copayment.id, party]
            if copayment.ended_at is None and (
                fen + arrived[copayment.id, party] != copayment.share_fen(party)
            ):
                yield Violation(
                    "co-payments open", f"co-payment {copayment.code}", f"{party}: {fen} fen open"
                )
        if copayment.ended_at is not None and total != copayment.kept_fen:
            yield Violation(
                "co-payments open",
                f"co-payment {copayment.code}",
                f"{total} fen asked for or kept, not {copayment.kept_fen}",
            )


def copayments_are_guarded() -> Iterator[Violation]:
    """The triggers that keep co-payments and their book apart exist and are on."""
    if dialect_name() == "sqlite":
        query = text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    else:
        query = text("SELECT tgname FROM pg_trigger WHERE tgenabled IN ('O', 'A')")
    present = set(db.session.scalars(query))
    for name in GUARDS:
        if name not in present:
            yield Violation("co-payments guarded", f"trigger {name}", "missing or switched off")


CHECKS: tuple[Check, ...] = (
    never_mixed_with_funds,
    payments_are_booked,
    refunds_are_booked,
    books_follow_the_rows,
    copayments_are_guarded,
)
