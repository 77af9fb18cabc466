"""What an employer pays of the own share, and when such an agreement may be recorded. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from marketplace.employers import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.foundation.errors import Refusal
from marketplace.foundation.money import apportion_fen

STANDING_DAYS_MAX = 366
"""A standing consent is asked for anew every year."""


@dataclass(frozen=True, slots=True)
class EmployerShare:
    """What an employer has agreed to pay of the own share: a percentage, or a fixed amount."""

    agreement: str
    employer: str
    document_number: str
    signed_on: date
    percent: int | None = None
    amount_fen: int | None = None


def split_own_share(own_share_fen: int, share: EmployerShare | None) -> tuple[int, int]:
    """The employer's and the worker's part in fen; together exactly the own share.

    A percentage is divided by largest remainder, half a fen to the worker's relief; an amount is
    never more than there is to pay.
    """
    if share is None:
        return 0, own_share_fen
    if share.percent is not None:
        employer_fen, worker_fen = apportion_fen(
            own_share_fen, (share.percent, 100 - share.percent)
        )
        return employer_fen, worker_fen
    employer_fen = min(share.amount_fen or 0, own_share_fen)
    return employer_fen, own_share_fen - employer_fen


@dataclass(frozen=True, slots=True)
class AgreementFacts:
    """An agreement as somebody wants to record it."""

    today: date
    employer_name: str
    percent: int | None
    amount_fen: int | None
    document_number: str
    signed_on: date | None
    standing_until: date | None
    uscc_is_valid: bool
    has_ended: bool
    """The learner is not in the class any more."""


def refusals_for_agreement(facts: AgreementFacts) -> tuple[Refusal, ...]:
    """Every reason why an agreement cannot be recorded."""
    refusals = []
    if facts.has_ended:
        refusals.append(Refusal("enrollment_ended"))
    if not facts.employer_name:
        refusals.append(Refusal("agreement_employer_needed", field="employer_name"))
    if not facts.uscc_is_valid:
        refusals.append(Refusal("uscc_invalid", rule="GB 32100-2015", field="uscc"))
    has_percent = facts.percent is not None and 1 <= facts.percent <= 100
    has_amount = facts.amount_fen is not None and facts.amount_fen > 0
    is_one = (facts.percent is None) != (facts.amount_fen is None)
    if not (is_one and (has_percent or has_amount)):
        refusals.append(Refusal("agreement_share_needed", field="percent"))
    if not facts.document_number:
        refusals.append(Refusal("agreement_document_needed", field="document_number"))
    if facts.signed_on is None or facts.signed_on > facts.today:
        refusals.append(Refusal("agreement_day_needed", field="signed_on"))
    until = facts.standing_until
    latest = facts.today + timedelta(days=STANDING_DAYS_MAX)
    if until is not None and not facts.today <= until <= latest:
        refusals.append(Refusal("agreement_until_wrong", {"day": latest}, field="standing_until"))
    return tuple(refusals)
