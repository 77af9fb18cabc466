"""Co-payments of learners whose voucher leaves something over. Use in write_transaction."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from marketplace.copayments.models import Copayment
from marketplace.copayments.operations.shares import apply_agreement
from marketplace.copayments.queries import find_copayment
from marketplace.employers.models import EmployerAgreement
from marketplace.employers.operations.agreements import AgreementWish, record_agreement
from marketplace.foundation import clock
from tests.factories.redemption import Case, make_case


def make_copayment(**how: Any) -> tuple[Case, Copayment]:
    """A learner whose voucher does not cover the fee."""
    case = make_case(**how)
    copayment = find_copayment(case.enrollment.id)
    assert copayment is not None, "the voucher leaves something over"
    return case, copayment


def make_agreement(case: Case, *, is_standing: bool = False, **share: int) -> EmployerAgreement:
    """The learner's employer pays half of the own share, or what is given."""
    today = clock.today()
    agreement = record_agreement(
        AgreementWish(
            employer_name="鹤翔家政服务有限公司",
            uscc=None,
            percent=share.get("percent", None if "amount_fen" in share else 50),
            amount_fen=share.get("amount_fen"),
            document_number="2026-17",
            signed_on=today,
            standing_until=today + timedelta(days=300) if is_standing else None,
        ),
        worker_id=case.worker.id,
        institution_id=case.institution.id,
        enrollment_id=case.enrollment.id,
        has_ended=False,
        actor_id=case.staff.id,
    )
    copayment = find_copayment(case.enrollment.id)
    assert copayment is not None
    apply_agreement(copayment, agreement, actor_id=case.staff.id)
    return agreement
