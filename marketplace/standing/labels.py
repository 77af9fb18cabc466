"""Kinds, grades, components and movements as people read them; translated at the edge."""

from __future__ import annotations

from collections.abc import Mapping

from marketplace.foundation.errors import N_
from marketplace.standing.states import (
    AppealState,
    Component,
    ComponentState,
    NewRuns,
    StandingKind,
)

KIND_LABELS: Mapping[StandingKind, str] = {
    StandingKind.COMMENDATION: N_("Commendation"),
    StandingKind.INSPECTION_PASSED: N_("Inspection without findings"),
    StandingKind.LATE_FILING: N_("Late filing"),
    StandingKind.COMPLAINT_UPHELD: N_("Complaint upheld"),
    StandingKind.DISPUTE_UPHELD: N_("Attendance dispute upheld"),
    StandingKind.INSPECTION_FAULT: N_("Inspection with findings"),
    StandingKind.EVIDENCE_UPHELD: N_("Records of a class found untrue"),
    StandingKind.SANCTION: N_("Sanction"),
    StandingKind.FALSE_RECORDS: N_("False records"),
    StandingKind.CORRECTION: N_("Correction after an appeal"),
    StandingKind.WITHDRAWAL: N_("Withdrawal of an earlier fact"),
}
COMPONENT_LABELS: Mapping[Component, str] = {
    Component.COMPLETION: N_("Completion"),
    Component.ASSESSMENT: N_("Passed assessments"),
    Component.EMPLOYMENT: N_("Employment after training"),
    Component.DISPUTES: N_("Learning without upheld disputes"),
    Component.REVIEWS: N_("Reviews of learners"),
}
COMPONENT_HELP: Mapping[Component, str] = {
    Component.COMPLETION: N_(
        "Of the learners who attended at least one lesson and whose training has ended: those "
        "whose attendance reached the share the policy asks for. Who left because they found work, "
        "and whoever's class was called off, is not counted."
    ),
    Component.ASSESSMENT: N_(
        "Of the learners who were assessed: those who passed. Who was not assessed is not counted."
    ),
    Component.EMPLOYMENT: N_(
        "Of the graduates followed up: those in work in the quarter the policy names. It comes "
        "from the newest imported outcomes. What the source suppresses is not counted."
    ),
    Component.DISPUTES: N_(
        "Of the learners who attended: those without a dispute about attendance that an officer "
        "upheld."
    ),
    Component.REVIEWS: N_(
        "Of the learners who reviewed their training after it ended: those who gave 4 or 5 of 5. "
        "Who gave no review is not counted."
    ),
}
COMPONENT_STATE_LABELS: Mapping[ComponentState, str] = {
    ComponentState.COUNTED: N_("Counted"),
    ComponentState.TOO_FEW: N_("Too few learners: not counted"),
    ComponentState.NO_DATA: N_("No data: not counted"),
}
APPEAL_LABELS: Mapping[AppealState, tuple[str, str]] = {
    AppealState.FILED: (N_("Waits for a decision"), "waiting"),
    AppealState.UPHELD: (N_("Upheld"), "done"),
    AppealState.REJECTED: (N_("Rejected"), "decision"),
}
NEW_RUNS_LABELS: Mapping[NewRuns, str] = {
    NewRuns.ALLOWED: N_("May file new course runs; vouchers pay for enrolling"),
    NewRuns.BARRED: N_("No new course runs; no voucher pays for enrolling"),
}
MOVEMENT_TEXTS: Mapping[str, str] = {
    "policy_changed": N_("The settings changed from version %(before)s to version %(after)s."),
    "component_begins": N_(
        "%(component)s begins to count: %(k_after)s of %(n_after)s. The weights of the others "
        "become smaller."
    ),
    "component_ends": N_(
        "%(component)s does not count any more (%(k_after)s of %(n_after)s). The weights of the "
        "others become larger."
    ),
    "component_not_counted": N_(
        "%(component)s: %(k_before)s of %(n_before)s became %(k_after)s of %(n_after)s, which is "
        "still too few to count."
    ),
    "counts_changed": N_(
        "%(component)s: %(k_before)s of %(n_before)s became %(k_after)s of %(n_after)s."
    ),
    "weight_changed": N_(
        "%(component)s: the counts are the same, but its weight changed because other components "
        "begin or cease to count."
    ),
    "peers_changed": N_(
        "%(component)s: the counts are the same, but the mean of all institutions changed."
    ),
    "record_added": N_("New in the file: %(kind)s (%(record)s)."),
    "record_ended": N_("No longer in force: %(kind)s (%(record)s)."),
}
