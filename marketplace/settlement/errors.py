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
        "reason_required": N_("Please say why: the other officer will read it."),
    }
)
