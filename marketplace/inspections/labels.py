"""The words pages use for visits."""

from marketplace.foundation.errors import N_
from marketplace.inspections.states import Observation, VisitKind, VisitState

VISIT_KIND_LABELS: dict[VisitKind, str] = {
    VisitKind.ANNOUNCED: N_("Announced visit"),
    VisitKind.UNANNOUNCED: N_("Unannounced visit"),
}
VISIT_STATE_LABELS: dict[VisitState, str] = {
    VisitState.PLANNED: N_("Planned"),
    VisitState.OPEN: N_("Being carried out"),
    VisitState.SUBMITTED: N_("Submitted"),
    VisitState.CANCELED: N_("Canceled"),
}
VISIT_TONES: dict[VisitState, str] = {
    VisitState.PLANNED: "waiting",
    VisitState.OPEN: "decision",
    VisitState.SUBMITTED: "done",
    VisitState.CANCELED: "neutral",
}
OBSERVATION_LABELS: dict[Observation, str] = {
    Observation.IN_ORDER: N_("Everything in order"),
    Observation.GOOD_PRACTICE: N_("Good practice, worth showing others"),
    Observation.NOT_HELD: N_("The lesson was not held"),
    Observation.OTHER_TRAINER: N_("Another trainer than filed"),
    Observation.OTHER_ROOM: N_("Another room than filed"),
    Observation.OTHER_CONTENT: N_("Other content than the syllabus says"),
    Observation.ENDED_EARLY: N_("Began late or ended early"),
    Observation.SIGNED_FOR_OTHERS: N_("Somebody signed in for others"),
    Observation.CARDS_KEPT: N_("Vouchers or phones of learners kept by the institution"),
    Observation.FEES_BESIDES: N_("Fees taken besides the published ones"),
    Observation.EQUIPMENT: N_("Equipment missing or broken"),
    Observation.SAFETY: N_("Danger to learners"),
    Observation.ACCESS_REFUSED: N_("Access was refused"),
    Observation.OTHER: N_("Something else (say it in the comment)"),
}
