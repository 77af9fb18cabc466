"""States and kinds of the recommendation room."""

from enum import StrEnum


class SuggestionState(StrEnum):
    """Whether a person wants to be approached: suggestions on their pages, invitations, reminders.

    Off hides nothing that can be found by searching, and takes no entitlement away.
    """

    ON = "on"
    OFF = "off"


class SuggestionReason(StrEnum):
    """Why a course is suggested; each has its sentence in `labels.py`."""

    WANTED = "wanted"
    NEAR_WANTED = "near_wanted"
    NEXT_LEVEL = "next_level"
    NEAR_LEARNED = "near_learned"
    IN_DEMAND = "in_demand"
    SAME_COUNTY = "same_county"
    SAME_CITY = "same_city"
    ONLINE = "online"
    OUTSIDE_WORK_HOURS = "outside_work_hours"
    EMPLOYED = "employed"
    STARS = "stars"
    COMPANIONS = "companions"
    NOTHING_TO_PAY = "nothing_to_pay"
    STARTS_SOON = "starts_soon"
