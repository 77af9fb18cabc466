"""Words of disputed lines, as both sides read them, and of settlements signed together."""

from marketplace.foundation.errors import N_
from marketplace.settlement.rounds.rules import LookFirst
from marketplace.settlement.states import (
    DisputeGrounds,
    DisputeState,
    FollowUp,
    RoundAct,
    RoundOutcome,
)

DISPUTE_LABELS: dict[DisputeState, tuple[str, str]] = {
    DisputeState.OPEN: (N_("Waits for the fund office"), "waiting"),
    DisputeState.ACCEPTED: (N_("Dispute accepted"), "done"),
    DisputeState.REJECTED: (N_("Rejected with reasons"), "decision"),
    DisputeState.WITHDRAWN: (N_("Withdrawn"), "neutral"),
}

GROUNDS_LABELS: dict[DisputeGrounds, str] = {
    DisputeGrounds.AMOUNT_WRONG: N_("The amount is wrong"),
    DisputeGrounds.MISSING: N_("Something that belongs here is missing"),
    DisputeGrounds.NOT_OURS: N_("This is not ours"),
    DisputeGrounds.TWICE: N_("This is here twice"),
    DisputeGrounds.NOT_RECEIVED: N_("Booked as paid, but not received"),
    DisputeGrounds.KEPT_BACK: N_("Too much was kept back"),
    DisputeGrounds.OTHER: N_("Something else"),
}

FOLLOW_UP_LABELS: dict[FollowUp, str] = {
    FollowUp.CORRECTED: N_("A correction is booked: name its entry"),
    FollowUp.LINE_RETURNED: N_("The claim line is returned now, to be claimed again"),
    FollowUp.NEXT_SETTLEMENT: N_("It is put right in the next settlement"),
}

LOOK_FIRST_LABELS: dict[LookFirst, str] = {
    LookFirst.FIRST_MONTH: N_("First month of this institution"),
    LookFirst.GROWN: N_("More than twice its last month"),
    LookFirst.DISPUTED: N_("It disputes a line of its account"),
    LookFirst.HELD: N_("Institution suspended or barred"),
}
ROUND_ACT_LABELS: dict[RoundAct, str] = {
    RoundAct.PREPARE: N_("Settlements prepared"),
    RoundAct.APPROVE: N_("Settlements signed"),
}
ROUND_OUTCOME_LABELS: dict[RoundOutcome, tuple[str, str]] = {
    RoundOutcome.WAITING: (N_("Not reached yet"), "waiting"),
    RoundOutcome.DONE: (N_("Done"), "done"),
    RoundOutcome.REFUSED: (N_("Not possible"), "decision"),
}
