"""The words of replays: outcomes, and what each reason is about."""

from __future__ import annotations

from marketplace.drafting.states import Outcome
from marketplace.foundation.errors import N_
from marketplace.vouchers.labels import QUOTE_LINE_LABELS

OUTCOME_LABELS: dict[Outcome, str] = {
    Outcome.GAINS: N_("Gains"),
    Outcome.LOSES: N_("Loses"),
    Outcome.REFUSED: N_("Would be refused"),
    Outcome.SAME: N_("Unchanged"),
}
OUTCOME_TONES: dict[Outcome, str] = {
    Outcome.GAINS: "done",
    Outcome.LOSES: "waiting",
    Outcome.REFUSED: "decision",
    Outcome.SAME: "neutral",
}
PEOPLE_LABELS: dict[str, str] = {
    "both": N_("May have a voucher, before and after"),
    "gained": N_("May have one only under the draft"),
    "lost": N_("May have one no longer"),
    "neither": N_("May have none, before and after"),
}
REASON_LABELS: dict[str, str] = {
    "scheme_not_open": N_("No longer claimed by people themselves"),
    "scheme_not_targeted": N_("No longer issued by officers"),
    "below_lower_age": N_("Below the lower age"),
    "above_upper_age": N_("Above the upper age"),
    "person_excluded": N_("Excluded by status"),
    "place_outside": N_("Neither lives nor works in the place"),
    "place_outside_residence": N_("Does not live in the place"),
    "place_outside_workplace": N_("Does not work in the place"),
    "category_not_verified": N_("Of none of the categories"),
    "year_limit_reached": N_("Vouchers of the year used up"),
    "lifetime_limit_reached": N_("Vouchers of a lifetime used up"),
    "other_voucher_live": N_("Holds another unused voucher"),
    "category_cap_reached": N_("Yearly budget of the category spoken for"),
    "voucher_expired": N_("Used later than its days allow"),
    "voucher_not_begun": N_("Used before its first day"),
    "no_rate": N_("No rate for the course"),
    "hours_too_few": N_("Too few hours"),
    "hours_unknown": N_("Hours of the course unknown"),
    "training_place_outside": N_("Trained outside the place"),
    "trained_before": N_("Same occupation and level again"),
    "higher_level_before": N_("Had a higher level before"),
    "other_subsidy_paid": N_("Another subsidy for the certificate"),
    "trainings_of_year_reached": N_("Trainings of the year used up"),
    "attendance_too_low": N_("Attendance too low"),
    "assessment_missing": N_("No assessment"),
    "assessment_failed": N_("Assessment failed"),
    "completed_late": N_("Completed too late"),
    "course_currency_differs": N_("Course in another currency"),
}


def reason_label(code: str) -> str:
    """What a reason of a replay is about."""
    if code.startswith("line:"):
        return QUOTE_LINE_LABELS.get(code.removeprefix("line:"), code)
    return REASON_LABELS.get(code, code)
