"""States of an application, its documents and its steps."""

from enum import StrEnum


class ApplicationState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    GRANTED = "granted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Step(StrEnum):
    """What an application consists of; reasons for a return are given by step."""

    LEGAL = "legal"
    SITES = "sites"
    TRAINERS = "trainers"
    SCOPE = "scope"
    DOCUMENTS = "documents"
    DECLARATION = "declaration"


class DocumentKind(StrEnum):
    LICENSE = "license"
    PREMISES = "premises"
    SAFETY = "safety"
    TRAINERS = "trainers"
    PLAN = "plan"
    OTHER = "other"


class EventKind(StrEnum):
    """What happened to an application; never changed, never deleted."""

    BEGUN = "begun"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    GRANTED = "granted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


OPEN_STATES = (ApplicationState.DRAFT, ApplicationState.SUBMITTED, ApplicationState.RETURNED)
EDITABLE_STATES = (ApplicationState.DRAFT, ApplicationState.RETURNED)

APPLICATION_TRANSITIONS: dict[ApplicationState, frozenset[ApplicationState]] = {
    ApplicationState.DRAFT: frozenset({ApplicationState.SUBMITTED, ApplicationState.WITHDRAWN}),
    ApplicationState.SUBMITTED: frozenset(
        {
            ApplicationState.RETURNED,
            ApplicationState.GRANTED,
            ApplicationState.REJECTED,
            ApplicationState.WITHDRAWN,
        }
    ),
    ApplicationState.RETURNED: frozenset({ApplicationState.SUBMITTED, ApplicationState.WITHDRAWN}),
    ApplicationState.GRANTED: frozenset(),
    ApplicationState.REJECTED: frozenset(),
    ApplicationState.WITHDRAWN: frozenset(),
}
