"""The words pages use for findings and holds."""

from marketplace.evidence.states import FindingKind, HoldState
from marketplace.foundation.errors import N_

KIND_LABELS: dict[FindingKind, str] = {
    FindingKind.PERSON_OVERLAP: N_("One person in two lessons at once"),
    FindingKind.TRAINER_OVERLAP: N_("One trainer in two lessons at once"),
    FindingKind.ROOM_OVERLAP: N_("One room for two lessons at once"),
    FindingKind.LONG_DAY: N_("More hours than a day of learning has"),
    FindingKind.SHARED_DEVICE: N_("One phone signs in several people"),
    FindingKind.EVEN_INTERVALS: N_("Sign-ins at equal intervals"),
    FindingKind.SAME_SECOND: N_("Sign-ins at the same second of every lesson"),
    FindingKind.ENTERED_LATE: N_("Entered after the class ended"),
    FindingKind.TOO_MANY: N_("More people than places"),
    FindingKind.TRAVEL: N_("A way that cannot be traveled in the time"),
    FindingKind.NOT_SEEN: N_("Signed in, but not seen by the inspector"),
    FindingKind.HEAD_COUNT: N_("Fewer people counted than signed in"),
    FindingKind.HOURS_SHORT: N_("Fewer hours taught than approved"),
    FindingKind.SAME_SCORES: N_("Most of a class with the same score"),
    FindingKind.ALL_PASSED: N_("An assessment body that lets everybody pass"),
    FindingKind.SYNCED_LATE: N_("Offline sign-ins that came in late"),
    FindingKind.ONLINE_PATTERN: N_("Online learning like clockwork"),
    FindingKind.ONLINE_PACE: N_("Online activities faster than can be"),
    FindingKind.NOT_ENTITLED: N_("Not entitled, as is known now"),
    FindingKind.BENEFIT_REPEATED: N_("The same certificate paid for elsewhere"),
    FindingKind.BURST: N_("Far more learners than usual"),
    FindingKind.CLASS_BELOW: N_("Too few of the class completed"),
}
HOLD_STATE_LABELS: dict[HoldState, str] = {
    HoldState.OPEN: N_("On hold"),
    HoldState.CLEARED: N_("Cleared"),
    HoldState.UPHELD: N_("Upheld"),
}
HOLD_TONES: dict[HoldState, str] = {
    HoldState.OPEN: "waiting",
    HoldState.CLEARED: "done",
    HoldState.UPHELD: "decision",
}
