"""Refusals of clearing between regions."""

from marketplace.foundation.errors import N_, register_refusals

register_refusals(
    {
        "clearing_not_a_month": N_("“%(period)s” is not a month; write it as 2026-11."),
        "clearing_month_not_over": N_("%(period)s is not over yet; it is cleared after its end."),
        "clearing_exists": N_("%(period)s is cleared already by run %(code)s."),
        "clearing_nothing": N_("No region owes another one anything for the time to %(period)s."),
        "clearing_beyond_places": N_(
            "This clearing has regions outside yours; an officer of all of them signs it."
        ),
        "clearing_already_decided": N_("Clearing %(code)s is already decided."),
        "clearing_not_signed": N_("Clearing %(code)s has no first signature yet."),
        "clearing_reason_required": N_("Say why the clearing is sent back."),
        "clearing_changed_since": N_(
            "Clearing %(code)s no longer agrees with its settlements. Send it back and prepare it "
            "again."
        ),
    }
)
