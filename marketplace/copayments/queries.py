"""Reading co-payments: one, an institution's, what is open, what is under way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, column, func, select, table

from marketplace.catalog.models import CourseRun, CourseVersion
from marketplace.copayments.entries import held, payable, receivable, refundable
from marketplace.copayments.models import Copayment, CopaymentPayment, CopaymentRefund
from marketplace.copayments.states import Party, PaymentChannel, PaymentState
from marketplace.employers.models import EmployerAgreement
from marketplace.enrollment.models import Enrollment
from marketplace.enrollment.states import ENDED
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.institutions.models import Institution
from marketplace.ledger.queries import get_balance_fen, list_balances_fen
from marketplace.vouchers.models import Quote, SchemeVersion

# Redemption is the room above this one, so its tables are named here, not its models.
_reservation = table(
    "reservation", column("id"), column("enrollment_id"), column("quote_id"), column("state")
)
_redemption = table(
    "redemption",
    column("id"),
    column("enrollment_id"),
    column("reversal_entry_id"),
    column("part_own_percent"),
)

PAYMENTS_MAX = 100
"""Of one co-payment."""
ROUND_MAX = 500
"""What one round of the background work looks at."""


def find_copayment(enrollment_id: int) -> Copayment | None:
    """The co-payment of an enrollment, if its voucher leaves anything over."""
    return db.session.scalar(select(Copayment).where(Copayment.enrollment_id == enrollment_id))


def lock_copayment(copayment_id: int) -> Copayment:
    """A co-payment, ours until the end of the unit of work."""
    found = db.session.scalar(
        select(Copayment)
        .where(Copayment.id == copayment_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("copayment", copayment_id)
    return found


def get_copayment_of_institution(code: str, institution_id: int) -> Copayment:
    """An institution's own; anybody else's is not found."""
    found = db.session.scalar(
        select(Copayment).where(Copayment.code == code, Copayment.institution_id == institution_id)
    )
    if found is None:
        raise NotFound("copayment")
    return found


def get_payment(code: str) -> CopaymentPayment:
    """A payment by our reference, read anew."""
    found = db.session.scalar(
        select(CopaymentPayment)
        .where(CopaymentPayment.code == code)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("copayment_payment")
    return found


def find_payment_by_intent(intent_id: str) -> CopaymentPayment | None:
    """The payment that has this number at Stripe."""
    return db.session.scalar(
        select(CopaymentPayment).where(CopaymentPayment.intent_id == intent_id)
    )


def find_payment_code(reference: str | None) -> str | None:
    """Our reference, if a payment over the internet has it."""
    return db.session.scalar(
        select(CopaymentPayment.code).where(
            CopaymentPayment.code == reference,
            CopaymentPayment.channel == PaymentChannel.ONLINE,
        )
    )


def find_receipt(institution_id: int, number: str) -> CopaymentPayment | None:
    """The payment an institution wrote this receipt for."""
    return db.session.scalar(
        select(CopaymentPayment).where(
            CopaymentPayment.institution_id == institution_id,
            CopaymentPayment.receipt_number == number,
            CopaymentPayment.channel == PaymentChannel.COUNTER,
        )
    )


def list_payments(copayment_id: int) -> Sequence[CopaymentPayment]:
    """Everything paid or tried, oldest first."""
    return db.session.scalars(
        select(CopaymentPayment)
        .where(CopaymentPayment.copayment_id == copayment_id)
        .order_by(CopaymentPayment.id)
        .limit(PAYMENTS_MAX)
    ).all()


def find_refund(payment_id: int) -> CopaymentRefund | None:
    """What goes back of a payment."""
    return db.session.scalar(
        select(CopaymentRefund)
        .where(CopaymentRefund.payment_id == payment_id)
        .execution_options(populate_existing=True)
    )


def open_fen(copayment: Copayment, party: Party) -> int:
    """What a party has still to pay, by the books."""
    return get_balance_fen(receivable(copayment.code, party))


def find_pending(copayment_id: int, party: Party) -> CopaymentPayment | None:
    """The payment over the internet that is under way for this share."""
    return db.session.scalar(
        select(CopaymentPayment).where(
            CopaymentPayment.copayment_id == copayment_id,
            CopaymentPayment.party == party,
            CopaymentPayment.state == PaymentState.PENDING,
        )
    )


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """A payment with what goes back of it."""

    payment: CopaymentPayment
    refund: CopaymentRefund | None


@dataclass(frozen=True, slots=True)
class CopaymentView:
    """A co-payment with what is open and what was paid of each share. Amounts in fen."""

    copayment: Copayment
    agreement: EmployerAgreement | None
    open: dict[Party, int]
    lines: Sequence[PaymentLine]

    @property
    def paid(self) -> dict[Party, int]:
        """What has arrived of each share."""
        return {
            party: sum(
                line.payment.amount_fen
                for line in self.lines
                if line.payment.party is party and line.payment.state is PaymentState.SUCCEEDED
            )
            for party in Party
        }

    @property
    def pending(self) -> CopaymentPayment | None:
        """The learner's payment over the internet that is under way."""
        return next(
            (line.payment for line in self.lines if line.payment.state is PaymentState.PENDING),
            None,
        )


def view_copayment(copayment: Copayment) -> CopaymentView:
    """Everything a page shows of a co-payment."""
    rows = db.session.execute(
        select(CopaymentPayment, CopaymentRefund)
        .outerjoin(CopaymentRefund, CopaymentRefund.payment_id == CopaymentPayment.id)
        .where(CopaymentPayment.copayment_id == copayment.id)
        .order_by(CopaymentPayment.id)
        .limit(PAYMENTS_MAX)
    )
    agreement_id = copayment.agreement_id
    return CopaymentView(
        copayment,
        db.session.get(EmployerAgreement, agreement_id) if agreement_id else None,
        {party: open_fen(copayment, party) for party in Party},
        [PaymentLine(payment, refund) for payment, refund in rows],
    )


@dataclass(frozen=True, slots=True)
class CopaymentItem:
    """A line of an institution's list. Amounts in fen."""

    copayment: Copayment
    enrollment: Enrollment
    title: str
    open_fen: int
    to_give_back: int
    """Refunds at the counter that wait for the institution."""


def list_copayments(institution_id: int, page: PageRequest) -> Page[CopaymentItem]:
    """An institution's co-payments, the newest first."""
    total = db.session.scalar(
        select(func.count()).where(Copayment.institution_id == institution_id)
    )
    rows = db.session.execute(
        select(Copayment, Enrollment, CourseVersion.title)
        .join(Enrollment, Enrollment.id == Copayment.enrollment_id)
        .join(CourseRun, CourseRun.id == Enrollment.course_run_id)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .where(Copayment.institution_id == institution_id)
        .order_by(Copayment.id.desc())
        .offset(page.offset)
        .limit(page.limit)
    ).all()
    names = [receivable(row[0].code, party) for row in rows for party in Party]
    balances = list_balances_fen(names)
    waiting = _refunds_waiting([row[0].id for row in rows])
    items = [
        CopaymentItem(
            copayment,
            enrollment,
            title,
            sum(balances[receivable(copayment.code, party)] for party in Party),
            waiting.get(copayment.id, 0),
        )
        for copayment, enrollment, title in rows
    ]
    return Page(items, total or 0, page.number, page.limit)


def _refunds_waiting(copayment_ids: Sequence[int]) -> dict[int, int]:
    rows = db.session.execute(
        select(CopaymentPayment.copayment_id, func.count())
        .join(CopaymentRefund, CopaymentRefund.payment_id == CopaymentPayment.id)
        .where(
            CopaymentPayment.copayment_id.in_(copayment_ids),
            CopaymentPayment.channel == PaymentChannel.COUNTER,
            CopaymentRefund.state == PaymentState.PENDING,
        )
        .group_by(CopaymentPayment.copayment_id)
        .order_by(CopaymentPayment.copayment_id)
    )
    return {copayment_id: int(count) for copayment_id, count in rows}


def is_earned() -> ColumnElement[bool]:
    """The enrollment is over and nothing of what was paid can still go back: a condition.

    Where the scheme pays parts, that is known once the voucher is redeemed or released, and where
    it paid one, once the co-payment was divided by it.
    """
    part = SchemeVersion.policy["completion"]["partial"]["clause"].as_string()
    waits = (
        select(_reservation.c.id)
        .join(Quote, Quote.id == _reservation.c.quote_id)
        .join(SchemeVersion, SchemeVersion.id == Quote.scheme_version_id)
        .where(
            _reservation.c.enrollment_id == Enrollment.id,
            _reservation.c.state == "held",
            part.is_not(None),
        )
        .correlate(Enrollment)
        .exists()
    )
    undivided = (
        select(_redemption.c.id)
        .where(
            _redemption.c.enrollment_id == Enrollment.id,
            _redemption.c.reversal_entry_id.is_(None),
            _redemption.c.part_own_percent < 100,
            Copayment.ended_at.is_(None),
        )
        .correlate(Enrollment, Copayment)
        .exists()
    )
    return and_(Enrollment.state.in_(ENDED), ~waits, ~undivided)


def list_earned_payments(institution_id: int) -> Sequence[tuple[Copayment, CopaymentPayment]]:
    """Payments at the counter of learners whose enrollment is over that are not passed on."""
    rows = db.session.execute(
        select(Copayment, CopaymentPayment)
        .join(CopaymentPayment, CopaymentPayment.copayment_id == Copayment.id)
        .join(Enrollment, Enrollment.id == Copayment.enrollment_id)
        .where(
            Copayment.institution_id == institution_id,
            CopaymentPayment.channel == PaymentChannel.COUNTER,
            CopaymentPayment.state == PaymentState.SUCCEEDED,
            CopaymentPayment.passed_on_reference.is_(None),
            is_earned(),
        )
        .order_by(CopaymentPayment.id)
        .limit(ROUND_MAX)
    )
    return [(copayment, payment) for copayment, payment in rows]


def keepable_fens(payment_codes: Sequence[str]) -> dict[str, int]:
    """What of each payment is still in keeping and not owed back, by the books."""
    names = [made(code) for code in payment_codes for made in (held, refundable)]
    found = list_balances_fen(names)
    return {code: found[held(code)] - found[refundable(code)] for code in payment_codes}


def payable_fen(copayment: Copayment) -> int:
    """What the institution is still to get of a co-payment."""
    return get_balance_fen(payable(copayment.code))


def list_payments_under_way() -> Sequence[str]:
    """References of payments over the internet that have neither succeeded nor failed."""
    return db.session.scalars(
        select(CopaymentPayment.code)
        .where(CopaymentPayment.state == PaymentState.PENDING)
        .order_by(CopaymentPayment.id)
        .limit(ROUND_MAX)
    ).all()


def list_refunds_under_way() -> Sequence[str]:
    """References of payments over the internet of which something has to go back."""
    return db.session.scalars(
        select(CopaymentPayment.code)
        .join(
            CopaymentRefund,
            and_(
                CopaymentRefund.payment_id == CopaymentPayment.id,
                CopaymentRefund.state == PaymentState.PENDING,
            ),
        )
        .where(CopaymentPayment.channel == PaymentChannel.ONLINE)
        .order_by(CopaymentPayment.id)
        .limit(ROUND_MAX)
    ).all()


def list_institutions_with_earnings() -> Sequence[str]:
    """Codes of institutions that have earned what they took at their counter."""
    return db.session.scalars(
        select(Institution.code)
        .join(Copayment, Copayment.institution_id == Institution.id)
        .join(CopaymentPayment, CopaymentPayment.copayment_id == Copayment.id)
        .join(Enrollment, Enrollment.id == Copayment.enrollment_id)
        .where(
            CopaymentPayment.channel == PaymentChannel.COUNTER,
            CopaymentPayment.state == PaymentState.SUCCEEDED,
            CopaymentPayment.passed_on_reference.is_(None),
            is_earned(),
        )
        .distinct()
        .order_by(Institution.code)
        .limit(ROUND_MAX)
    ).all()
