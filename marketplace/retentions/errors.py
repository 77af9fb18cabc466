"""What institutions are told about money withheld from them."""

from marketplace.foundation.errors import N_
from marketplace.notices.states import register_notice_texts

register_notice_texts(
    {
        "retention.warned": N_(
            "%(amount)s of “%(title)s” (%(run)s) is withheld until evidence is there, and goes "
            "back to the fund after %(day)s (%(count)s shares). See what is missing."
        ),
        "retention.released": N_(
            "%(amount)s withheld of “%(title)s” (%(run)s) is released (%(count)s shares). It is "
            "paid with the next settlement."
        ),
        "retention.returned": N_(
            "%(amount)s withheld of “%(title)s” (%(run)s) went back to the fund, because no "
            "evidence came in time (%(count)s shares)."
        ),
    }
)
