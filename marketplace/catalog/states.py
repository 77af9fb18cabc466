"""States of courses and course runs, and the moves allowed between them."""

from enum import StrEnum


class CourseState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    LISTED = "listed"
    DELISTED = "delisted"


class CourseDecisionKind(StrEnum):
    """What was done about a course: each is a dated row that nobody changes."""

    SUBMITTED = "submitted"
    LISTED = "listed"
    RETURNED = "returned"
    DELISTED = "delisted"
    RELISTED = "relisted"


class CourseSide(StrEnum):
    """Who decided about a course."""

    INSTITUTION = "institution"
    OFFICE = "office"


class LateFilingState(StrEnum):
    """A class filed too shortly before it begins waits for an officer."""

    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"


class CourseMode(StrEnum):
    ONSITE = "onsite"
    ONLINE = "online"
    BLENDED = "blended"


class WageKind(StrEnum):
    """How the wages of many people were made into one figure."""

    MEDIAN = "median"
    AVERAGE = "average"


class CourseRunState(StrEnum):
    PLANNED = "planned"
    FILED = "filed"
    OPEN = "open"
    FULL = "full"
    RUNNING = "running"
    FINISHED = "finished"
    CLAIMED = "claimed"
    CANCELED = "canceled"


class ShortageTier(StrEnum):
    """Whose list it is: the region's, a city's, or the exceptions of smaller places."""

    PROVINCE = "province"
    CITY = "city"
    LOCAL = "local"


class ShortageEntryKind(StrEnum):
    """An entry puts an occupation on the list for its place, or takes it off there."""

    ADD = "add"
    EXCEPT = "except"


class ShortageEditionState(StrEnum):
    DRAFT = "draft"
    PROPOSED = "proposed"
    PUBLISHED = "published"
    DISCARDED = "discarded"


class SynonymState(StrEnum):
    ACTIVE = "active"
    RETIRED = "retired"


COURSE_TRANSITIONS: dict[CourseState, frozenset[CourseState]] = {
    CourseState.DRAFT: frozenset({CourseState.SUBMITTED}),
    CourseState.SUBMITTED: frozenset({CourseState.LISTED, CourseState.RETURNED}),
    CourseState.RETURNED: frozenset({CourseState.SUBMITTED}),
    CourseState.LISTED: frozenset({CourseState.DELISTED}),
    CourseState.DELISTED: frozenset({CourseState.LISTED}),
}

COURSE_RUN_TRANSITIONS: dict[CourseRunState, frozenset[CourseRunState]] = {
    CourseRunState.PLANNED: frozenset({CourseRunState.FILED, CourseRunState.CANCELED}),
    CourseRunState.FILED: frozenset({CourseRunState.OPEN, CourseRunState.CANCELED}),
    CourseRunState.OPEN: frozenset(
        {CourseRunState.FULL, CourseRunState.RUNNING, CourseRunState.CANCELED}
    ),
    CourseRunState.FULL: frozenset(
        {CourseRunState.OPEN, CourseRunState.RUNNING, CourseRunState.CANCELED}
    ),
    CourseRunState.RUNNING: frozenset({CourseRunState.FINISHED, CourseRunState.CANCELED}),
    CourseRunState.FINISHED: frozenset({CourseRunState.CLAIMED}),
    CourseRunState.CLAIMED: frozenset(),
    CourseRunState.CANCELED: frozenset(),
}
