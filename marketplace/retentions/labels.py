"""Words for payment in steps: states of a withheld share, and who does what next."""

from marketplace.foundation.errors import N_
from marketplace.retentions.states import RetentionState
from marketplace.vouchers.milestone_labels import MILESTONE_LABELS as MILESTONE_LABELS
from marketplace.vouchers.states import Milestone

RETENTION_LABELS: dict[RetentionState, tuple[str, str]] = {
    RetentionState.PLANNED: (N_("Settlement being signed"), "waiting"),
    RetentionState.HELD: (N_("Withheld"), "waiting"),
    RetentionState.RELEASED: (N_("Released"), "done"),
    RetentionState.RETURNED: (N_("Back in the fund"), "decision"),
    RetentionState.CLAWED_BACK: (N_("Clawed back"), "decision"),
    RetentionState.DROPPED: (N_("Not withheld: settlement sent back"), "neutral"),
}
SHOWN_STATES = tuple(state for state in RetentionState if state is not RetentionState.DROPPED)
"""What lists show; of a settlement that was sent back nothing was withheld."""
STEP_TEXTS: dict[Milestone, str] = {
    Milestone.START: N_(
        "Paid in advance once the class has begun, when two officers have signed; otherwise with "
        "the finish. It is kept back from the class’s settlement."
    ),
    Milestone.FINISH: N_("Paid with the settlement of the month in which the voucher is redeemed."),
    Milestone.CERTIFICATE: N_(
        "Record the results; a learner’s valid certificate releases the share, which the next "
        "settlement pays."
    ),
    Milestone.EMPLOYMENT: N_(
        "Ask the learner’s employer for a contract, social insurance or a confirmation; the fund "
        "office records it with the referral. The next settlement then pays the share."
    ),
}
"""When a step is paid, and what the institution does for it."""
