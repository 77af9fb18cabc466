"""What the audit trail says about settlements."""

from marketplace.audit.events import register_events
from marketplace.foundation.errors import N_

register_events(
    {
        "settlement.prepared": N_("Settlement prepared"),
        "settlement.approved": N_("Settlement approved"),
        "settlement.rejected": N_("Settlement rejected"),
        "settlement_round.requested": N_("Many settlements asked for at once"),
        "settlement_round.finished": N_("Round of settlements finished"),
        "advance.prepared": N_("Advance prepared"),
        "clawback.proposed": N_("Clawback proposed: the certificate was voided"),
        "clawback.proposal_taken": N_("Proposed clawback taken up"),
        "clawback.proposal_reopened": N_("Proposed clawback open again"),
        "clawback.dismissal_prepared": N_("Dismissal of a proposed clawback prepared"),
        "clawback.dismissal_approved": N_("Proposed clawback dismissed"),
        "clawback.dismissal_rejected": N_("Dismissal of a proposed clawback sent back"),
        "clawback.prepared": N_("Clawback prepared"),
        "clawback.approved": N_("Clawback approved"),
        "clawback.rejected": N_("Clawback sent back"),
        "dispute.filed": N_("Line of an account disputed"),
        "dispute.message": N_("Message in a dispute"),
        "dispute.taken": N_("Dispute taken over"),
        "dispute.withdrawn": N_("Dispute withdrawn"),
        "dispute.accepted": N_("Dispute accepted"),
        "dispute.rejected": N_("Dispute rejected"),
        "dispute.document_opened": N_("Document of a dispute opened"),
    },
    subjects={
        "settlement": N_("Settlement"),
        "settlement_round": N_("Round of settlements"),
        "advance": N_("Advance"),
        "clawback": N_("Clawback"),
        "clawback_proposal": N_("Proposed clawback"),
        "statement_dispute": N_("Disputed line"),
    },
)
