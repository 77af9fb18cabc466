"""Refusals of claims, and what is said to institutions about them."""

from marketplace.foundation.errors import N_, register_refusals
from marketplace.notices.states import register_notice_texts

register_refusals(
    {
        # What is wrong with a line
        "line_reversed": N_("The redemption was reversed."),
        "line_settled": N_("The redemption is in a settlement already."),
        "line_amount_differs": N_(
            "The redemption says %(amount)s, the price of the class said %(quoted)s."
        ),
        "line_part_differs": N_(
            "The redemption says %(amount)s; the attendance of %(rate)s %% as recorded now earns "
            "%(due)s of %(quoted)s. Return or reject the line; the voucher is then redeemed anew."
        ),
        # Submitting
        "run_not_over": N_("The class is not finished yet; it is claimed when it is."),
        "claim_without_lines": N_("No redemption of this class can be claimed now."),
        "claim_too_late": N_(
            "The class ended on %(ended_on)s; it could be claimed until %(until)s."
        ),
        "ask_for_late_claim": N_("Ask the fund office to settle it after a decision of its own."),
        "claim_of_barred_institution": N_("%(institution)s is barred; it is not paid."),
        # Deciding
        "claim_not_in_review": N_("Claim %(claim)s is not waiting for a decision any more."),
        "claim_checked_already": N_("Claim %(claim)s was already checked."),
        "claim_not_checked": N_("Claim %(claim)s was not checked by a first officer yet."),
        "own_claim": N_("You submitted this claim for the institution; others decide on it."),
        "sample_not_seen": N_(
            "%(count)s lines of the sample were not looked at. Confirm each, or return it."
        ),
        "notice_not_over": N_("The claim is publicised until %(until)s."),
        "objections_open": N_("%(count)s objections are not answered yet."),
        "claim_line_decided": N_("This line was already decided."),
        "claim_lines_faulty": N_(
            "%(count)s lines no longer pass the automatic checks. Return them first."
        ),
        "claim_reason_required": N_("Say why: the institution will read it."),
        "objection_text_required": N_("Write down what was objected, and by whom."),
        "objection_not_possible": N_("Objections are taken while a claim is under review."),
        "objection_answer_required": N_("Write down what was found."),
        "objection_answered": N_("This objection was already answered."),
        "objection_days_over": N_("The days of publication are over; the claim is decided."),
        "objection_too_short": N_("Please write what you know in at least %(least)s characters."),
        "objection_known": N_("Exactly this was already said of this claim; it is looked into."),
        "objections_many": N_(
            "Many objections to this claim are being looked into. Please tell the fund office."
        ),
        "objection_clause_required": N_("Name the rule by which the objection is dismissed."),
        "objection_purpose_required": N_("Say what you need the name and contact for."),
    }
)

register_notice_texts(
    {
        "claim.ready": N_(
            "The claim for “%(title)s” is put together: %(amount)s. Look at it and submit it."
        ),
        "claim.line_returned": N_(
            "A line of claim %(claim)s (%(amount)s) was returned: %(reason)s "
            "Correct it and claim it again."
        ),
        "claim.line_rejected": N_(
            "A line of claim %(claim)s (%(amount)s) was rejected: %(reason)s "
            "Its redemption is reversed."
        ),
        "claim.approved": N_(
            "Claim %(claim)s is approved: %(amount)s. It is expected to be paid by %(day)s."
        ),
    }
)
