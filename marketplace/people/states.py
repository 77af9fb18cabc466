"""States and kinds of the people room."""

from enum import StrEnum


class UserState(StrEnum):
    ACTIVE = "active"
    LOCKED = "locked"
    """By an administrator, until unlocked; failed passwords lock by time instead."""
    CLOSED = "closed"


class Role(StrEnum):
    """What a login may do; institution staff and job seekers are known by membership instead."""

    FUND_OFFICER = "fund_officer"
    ADMINISTRATOR = "administrator"
    INSPECTOR = "inspector"


class Sex(StrEnum):
    FEMALE = "female"
    MALE = "male"


class WorkerCategory(StrEnum):
    """Why a worker is supported (人员类别)."""

    RURAL_MIGRANT = "rural_migrant"
    REGISTERED_UNEMPLOYED = "registered_unemployed"
    GRADUATE_OF_YEAR = "graduate_of_year"
    SCHOOL_LEAVER = "school_leaver"
    VETERAN = "veteran"
    DISABLED = "disabled"
    LIFTED_FROM_POVERTY = "lifted_from_poverty"
    HARD_TO_EMPLOY = "hard_to_employ"
    ENTERPRISE_EMPLOYEE = "enterprise_employee"


class PersonStatus(StrEnum):
    """What shuts a person out of a subsidy while it lasts (公职人员、全日制在校生、退休人员).

    The dead and the imprisoned (死亡、服刑) are shut out of every scheme: a voucher is used by its
    holder alone, who is then not there.
    """

    CIVIL_SERVANT = "civil_servant"
    FULL_TIME_STUDENT = "full_time_student"
    PENSIONER = "pensioner"
    DECEASED = "deceased"
    IMPRISONED = "imprisoned"


class EvidenceKind(StrEnum):
    DECLARED = "declared"
    DOCUMENT = "document"
    REGISTER_MATCH = "register_match"


class CategoryFactState(StrEnum):
    DECLARED = "declared"
    VERIFIED = "verified"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class CheckOutcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"


class DecisionReason(StrEnum):
    """Why an officer refused a category fact."""

    EVIDENCE_UNREADABLE = "evidence_unreadable"
    EVIDENCE_OF_ANOTHER = "evidence_of_another"
    EVIDENCE_EXPIRED = "evidence_expired"
    CONDITIONS_NOT_MET = "conditions_not_met"
    DATES_WRONG = "dates_wrong"
    OTHER = "other"


class SecondFactor(StrEnum):
    """What a login asks for after the password."""

    TOTP = "totp"
    PASSKEY = "passkey"


USER_TRANSITIONS: dict[UserState, frozenset[UserState]] = {
    UserState.ACTIVE: frozenset({UserState.LOCKED, UserState.CLOSED}),
    UserState.LOCKED: frozenset({UserState.ACTIVE, UserState.CLOSED}),
    UserState.CLOSED: frozenset(),
}

CATEGORY_FACT_TRANSITIONS: dict[CategoryFactState, frozenset[CategoryFactState]] = {
    CategoryFactState.DECLARED: frozenset(
        {CategoryFactState.VERIFIED, CategoryFactState.REFUSED, CategoryFactState.WITHDRAWN}
    ),
    CategoryFactState.VERIFIED: frozenset(),
    CategoryFactState.REFUSED: frozenset(),
    CategoryFactState.WITHDRAWN: frozenset(),
}


class ApiScope(StrEnum):
    """What a personal API token may do; never more than its user may."""

    READ = "read"
    REDEEM = "redeem"
    ATTENDANCE = "attendance"


class CalendarFeedKind(StrEnum):
    """What a private calendar address shows."""

    MY_CLASSES = "my_classes"
    INSTITUTION_LESSONS = "institution_lessons"


TOKEN_DAYS_MAX = 365
