"""What the audit trail says about clawbacks from people."""

from marketplace.audit.events import register_events
from marketplace.foundation.errors import N_

register_events(
    {
        "benefit_clawback.prepared": N_("Clawback from a person prepared"),
        "benefit_clawback.approved": N_("Clawback from a person approved"),
        "benefit_clawback.rejected": N_("Clawback from a person sent back"),
        "benefit_clawback.netted": N_("Kept back from a benefit"),
        "benefit_clawback.netting_released": N_("Kept back no longer: the benefit was withdrawn"),
        "benefit_clawback.repayment_prepared": N_("Repayment or waiver noted"),
        "benefit_clawback.repayment_rejected": N_("Repayment or waiver sent back"),
        "benefit_clawback.repayment_reversed": N_("Repayment taken back"),
        "benefit_clawback.repaid": N_("Repayment of a person booked"),
        "benefit_clawback.waived": N_("Claim on a person waived"),
        "benefit_clawback.receipt_opened": N_("Receipt of a repayment opened"),
        "benefit_clawback.disputed": N_("Clawback disputed by the person"),
        "benefit_clawback.dispute_accepted": N_("Dispute about a clawback accepted"),
        "benefit_clawback.dispute_rejected": N_("Dispute about a clawback rejected"),
    },
    subjects={"benefit_clawback": N_("Clawback from a person")},
)
