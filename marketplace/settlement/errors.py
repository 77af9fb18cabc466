"""Refusals of settlement."""

from marketplace.foundation.errors import N_, register_refusals

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
        "clawback_instalments": N_("Between 1 and 36 monthly instalments."),
        "clawback_already_decided": N_(
            "Clawback %(clawback)s was already decided by another officer."
        ),
        "reason_required": N_("Please say why: the other officer will read it."),
    }
)
