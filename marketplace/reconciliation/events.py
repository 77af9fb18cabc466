"""What the audit trail says about bank statements and differences."""

from marketplace.audit.events import register_events
from marketplace.foundation.errors import N_

register_events(
    {
        "statement.imported": N_("Bank statement imported"),
        "statement.aside_proposed": N_("Setting a bank statement aside proposed"),
        "statement.aside_withdrawn": N_("Proposal to set a bank statement aside withdrawn"),
        "statement.aside_returned": N_("Proposal to set a bank statement aside sent back"),
        "statement.set_aside": N_("Bank statement set aside by a second officer"),
        "reconciliation.run": N_("Bank lines matched"),
        "suggestion.confirmed": N_("Suggested match confirmed"),
        "match.undo_proposed": N_("Undoing a match proposed"),
        "match.undo_withdrawn": N_("Proposal to undo a match withdrawn"),
        "match.undo_returned": N_("Proposal to undo a match sent back"),
        "match.undone": N_("Match undone by a second officer"),
        "break.taken": N_("Difference taken over"),
        "break.proposed": N_("Entry proposed for a difference"),
        "break.proposal_withdrawn": N_("Proposed entry withdrawn"),
        "break.proposal_returned": N_("Proposed entry sent back"),
        "break.settled": N_("Difference settled by a second officer"),
    },
    subjects={
        "statement": N_("Bank statement"),
        "bank_account": N_("Bank account"),
        "break": N_("Difference"),
        "statement_line": N_("Bank line"),
    },
)
