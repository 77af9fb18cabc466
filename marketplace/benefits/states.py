"""Kinds and states of a benefit, and of the account it is paid to."""

from enum import StrEnum


class BenefitKind(StrEnum):
    """As the policy pack names them."""

    LIVING = "living"
    TRAVEL = "travel"
    ASSESSMENT_FEE = "assessment_fee"


class BenefitState(StrEnum):
    DUE = "due"
    """Decided and owed: its amount stands in payable:worker until it is paid."""
    UNFUNDED = "unfunded"
    """Decided, but the allotment could not carry it yet; asked again every day."""
    DECLINED = "declined"
    """Promised, but a limit of the policy leaves nothing of it."""
    WITHDRAWN = "withdrawn"
    """Its cause fell away before it was paid."""


BENEFIT_TRANSITIONS: dict[BenefitState, frozenset[BenefitState]] = {
    BenefitState.UNFUNDED: frozenset({BenefitState.DUE, BenefitState.WITHDRAWN}),
    BenefitState.DUE: frozenset({BenefitState.WITHDRAWN}),
    BenefitState.DECLINED: frozenset({BenefitState.WITHDRAWN}),
    BenefitState.WITHDRAWN: frozenset(),
}


class WorkerBankAccountState(StrEnum):
    IN_FORCE = "in_force"
    RETIRED = "retired"


BENEFIT_JOB = "benefits"
"""Kind of the job that decides what is due and reminds who has named no account."""
