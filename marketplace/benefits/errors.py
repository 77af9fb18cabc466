"""Refusals of benefits, and what people are told about theirs."""

from marketplace.benefits.clawbacks import errors as _clawbacks  # noqa: F401  (theirs too)
from marketplace.benefits.proofs import errors as _proofs  # noqa: F401
from marketplace.foundation.errors import N_, register_refusals
from marketplace.notices.states import register_notice_texts

register_refusals(
    {
        "benefit_withdrawn": N_("Benefit %(benefit)s was withdrawn already."),
        "benefit_in_payout": N_(
            "Benefit %(benefit)s is paid or on its way as %(payout)s, so it cannot be withdrawn."
        ),
        "benefit_reason_required": N_("Say why: the person will read it."),
    }
)
register_notice_texts(
    {
        "benefit.due": N_(
            "You are owed %(amount)s for “%(title)s”. You need not apply: it is paid to your bank "
            "account %(number)s."
        ),
        "benefit.due_without_account": N_(
            "You are owed %(amount)s for “%(title)s”. You need not apply; only tell us the bank "
            "account it should be paid to."
        ),
        "benefit.account_wanted": N_(
            "%(amount)s is yours and waits. Tell us the bank account it should be paid to."
        ),
        "benefit.withdrawn": N_("%(amount)s for “%(title)s” is not due any more: %(reason)s"),
        "benefit.sent": N_("%(amount)s for “%(title)s” is on its way to your account %(number)s."),
        "benefit.returned": N_(
            "The bank sent back %(amount)s for “%(title)s”, which was paid to your account "
            "%(number)s. The money stays yours: check the account or name another one."
        ),
        "worker_bank_account.named": N_(
            "Your allowances are paid to the account %(number)s from %(day)s on. If you did not "
            "ask for this, tell the fund office at once."
        ),
    }
)
