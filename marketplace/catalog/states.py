"""States of courses and course runs, and the moves allowed between them."""

from enum import StrEnum


class CourseState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    LISTED = "listed"
    DELISTED = "delisted"


class CourseMode(StrEnum):
    ONSITE = "onsite"
    ONLINE = "online"
    BLENDED = "blended"


class CourseRunState(StrEnum):
    PLANNED = "planned"
    FILED = "filed"
    OPEN = "open"
    FULL = "full"
    RUNNING = "running"
    FINISHED = "finished"
    CLAIMED = "claimed"
    CANCELED = "canceled"


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
