"""Refusals of settlement, and what is said about disputed lines."""

from marketplace.foundation.errors import N_, register_refusals
from marketplace.notices.states import register_notice_texts

register_refusals(
    {
        "not_a_period": N_("“%(period)s” is not a month; write it as 2026-11."),
        "nothing_to_settle": N_(
            "%(institution)s has no unsettled redemptions in %(period)s, so there is nothing to "
            "settle."
        ),
        "institution_barred": N_("%(institution)s is barred; its money is not settled or paid."),
        "settlement_mixes_currencies": N_(
            "The redemptions of %(institution)s in %(period)s are in more than one currency."
        ),
        "settlement_already_decided": N_(
            "Settlement %(settlement)s was already decided by another officer."
        ),
        "redemption_reversed_since": N_(
            "%(count)s redemptions of settlement %(settlement)s were reversed after it was "
            "prepared. Reject it and prepare it again."
        ),
        "advance_institution_held": N_(
            "%(institution)s is suspended or barred; nothing is paid in advance."
        ),
        "advance_run_over": N_("The class is over; what it earned is settled, not advanced."),
        "advance_exists": N_("This class has an advance already."),
        "advance_not_positive": N_("The amount must be more than zero."),
        "advance_too_high": N_(
            "At most %(percent)s %% of what the class is expected to earn, %(most)s, may be "
            "paid in advance."
        ),
        "clawback_not_settled": N_(
            "Settlement %(settlement)s is not an approved month. Reverse the redemption, or let "
            "the advance be recovered by netting."
        ),
        "clawback_too_high": N_(
            "At most %(most)s of settlement %(settlement)s can still be taken back."
        ),
        "clawback_of_other_redemption": N_(
            "Settlement %(settlement)s holds no redemption %(redemption)s."
        ),
        "clawback_instalments": N_("Between 1 and 36 monthly instalments."),
        "clawback_already_decided": N_(
            "Clawback %(clawback)s was already decided by another officer."
        ),
        "round_empty": N_("Nothing waits to be settled in %(period)s."),
        "round_nothing_chosen": N_("Choose at least one settlement to sign."),
        "proposal_not_open": N_("%(proposal)s was already decided."),
        "reason_required": N_("Please say why: the other officer will read it."),
        # Disputed lines
        "dispute_not_own_line": N_("This line is not on your account or in a claim of yours."),
        "dispute_open_already": N_("This line is disputed already; write into that dispute."),
        "dispute_words_required": N_("Please write at least %(least)s characters."),
        "dispute_decided_already": N_("This dispute is over. A new one can be filed."),
        "dispute_thread_full": N_("This dispute has too many messages. It has to be decided now."),
        "dispute_clause_required": N_("Name the rule by which the dispute is rejected."),
        "dispute_follow_up_required": N_("Say what follows when the dispute is accepted."),
        "dispute_line_not_returnable": N_(
            "Only a line that stands in a claim under review can be returned."
        ),
        "dispute_correction_unknown": N_(
            "Book the correction first, then name its entry: it must be on the institution’s "
            "account and younger than the disputed one."
        ),
    }
)

register_notice_texts(
    {
        "clawback.proposed": N_(
            "Certificate %(certificate)s of “%(title)s” was voided after the share that waited for "
            "it was released. It is proposed to take back %(amount)s: %(reason)s"
        ),
        "dispute.message": N_("There is a new message in dispute %(dispute)s."),
        "dispute.accepted": N_("Your dispute %(dispute)s is accepted: %(reason)s"),
        "dispute.rejected": N_("Your dispute %(dispute)s is rejected: %(reason)s"),
    }
)
