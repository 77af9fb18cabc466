"""States of institutions and their facts."""

from enum import StrEnum


class InstitutionState(StrEnum):
    APPLIED = "applied"
    ACCREDITED = "accredited"
    SUSPENDED = "suspended"
    BARRED = "barred"
    WITHDRAWN = "withdrawn"


class AccreditationState(StrEnum):
    GRANTED = "granted"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


class MemberRole(StrEnum):
    MANAGER = "manager"
    TEACHER = "teacher"


class PayoutAccountState(StrEnum):
    PROPOSED = "proposed"
    VERIFIED = "verified"
    RETIRED = "retired"


INSTITUTION_TRANSITIONS: dict[InstitutionState, frozenset[InstitutionState]] = {
    InstitutionState.APPLIED: frozenset({InstitutionState.ACCREDITED, InstitutionState.WITHDRAWN}),
    InstitutionState.ACCREDITED: frozenset(
        {InstitutionState.SUSPENDED, InstitutionState.BARRED, InstitutionState.WITHDRAWN}
    ),
    InstitutionState.SUSPENDED: frozenset(
        {InstitutionState.ACCREDITED, InstitutionState.BARRED, InstitutionState.WITHDRAWN}
    ),
    InstitutionState.BARRED: frozenset({InstitutionState.ACCREDITED}),
    InstitutionState.WITHDRAWN: frozenset({InstitutionState.ACCREDITED}),
}
