"""Refusals of clawbacks from people, and what people are told about theirs."""

from marketplace.foundation.errors import N_, register_refusals
from marketplace.notices.states import register_notice_texts

register_refusals(
    {
        "benefit_not_paid": N_(
            "Benefit %(benefit)s is not paid by the bank. What is not paid is withdrawn."
        ),
        "benefit_clawed_back": N_(
            "Of benefit %(benefit)s money is taken back as %(clawback)s, so it stays as it is."
        ),
        "benefit_clawback_too_high": N_("At most %(most)s of it can still be taken back."),
        "benefit_clawback_instalments": N_("Between 1 and 36 monthly instalments."),
        "benefit_clawback_reason_required": N_("Say why: the person will read it."),
        "benefit_clawback_clause_required": N_("Name the rule that says so."),
        "benefit_clawback_decided": N_("%(clawback)s was already decided by another officer."),
        "benefit_clawback_not_in_force": N_("%(clawback)s has no second signature."),
        "repayment_too_high": N_("Only %(most)s of it is still to be given back."),
        "repayment_day_wrong": N_("The day lies between the decision and today."),
        "repayment_receipt_required": N_("Give the number of the receipt."),
        "repayment_proof_required": N_("Attach the receipt as a photo or PDF."),
        "repayment_decided": N_("This was already decided by another officer."),
        "clawback_dispute_open": N_("You have disputed this already; the office will answer."),
        "clawback_dispute_words": N_("Please write at least %(least)s characters."),
        "clawback_settled": N_("Nothing of it is owed any more."),
        "clawback_dispute_decided": N_("This dispute is over. A new one can be filed."),
        "clawback_dispute_answer": N_("Answer in words: the person will read it."),
        "clawback_dispute_own": N_(
            "You signed this clawback, so another officer decides about the dispute."
        ),
    }
)
register_notice_texts(
    {
        "benefit_clawback.approved": N_(
            "%(amount)s for “%(title)s” was paid to you and has to be given back: %(reason)s You "
            "can pay it back or say that it is wrong."
        ),
        "benefit_clawback.netted": N_(
            "%(amount)s of your new benefit was kept back for %(clawback)s; %(left)s is left to "
            "give back."
        ),
        "benefit_clawback.repaid": N_(
            "Your repayment of %(amount)s for %(clawback)s has arrived; %(left)s is left."
        ),
        "benefit_clawback.waived": N_(
            "%(amount)s for %(clawback)s need not be given back any more: %(reason)s"
        ),
        "benefit_clawback.dispute_accepted": N_("You were right about %(clawback)s: %(reason)s"),
        "benefit_clawback.dispute_rejected": N_("%(clawback)s stays as it was decided: %(reason)s"),
    }
)
