"""States of a vacancy and of a referral, and what proves an employment."""

from enum import StrEnum


class VacancyState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class ReferralState(StrEnum):
    MADE = "made"
    WITHDRAWN = "withdrawn"
    """The worker took the consent back."""
    EMPLOYED = "employed"
    NOT_EMPLOYED = "not_employed"


class EmploymentEvidence(StrEnum):
    """What proves that somebody works; the institution that trained them cannot be its source."""

    CONTRACT = "contract"
    SOCIAL_INSURANCE = "social_insurance"
    EMPLOYER_CONFIRMED = "employer_confirmed"
    SELF_DECLARED = "self_declared"
    """The worker says so; counted apart from what others prove."""


class FitReason(StrEnum):
    """Why a vacancy is shown to somebody."""

    SAME_OCCUPATION = "same_occupation"
    RELATED_OCCUPATION = "related_occupation"
    LEVEL_SUFFICES = "level_suffices"
    LEVEL_BELOW = "level_below"
    SAME_COUNTY = "same_county"
    SAME_CITY = "same_city"
