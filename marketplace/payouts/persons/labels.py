"""Words for where a benefit stands: for the office, and for the person."""

from __future__ import annotations

from marketplace.foundation.errors import N_
from marketplace.payouts.persons.rules import Stage

STAGE_LABELS: dict[Stage, tuple[str, str]] = {
    Stage.READY: (N_("Can be paid"), "decision"),
    Stage.NO_ACCOUNT: (N_("No bank account yet"), "waiting"),
    Stage.HELD: (N_("Account on hold"), "waiting"),
    Stage.CAME_BACK: (N_("Came back"), "decision"),
    Stage.IN_BATCH: (N_("In a batch"), "waiting"),
    Stage.SENT: (N_("On its way"), "waiting"),
    Stage.PAID: (N_("Paid"), "done"),
    Stage.NETTED: (N_("Kept back"), "done"),
    Stage.UNFUNDED: (N_("Waits for money"), "decision"),
    Stage.DECLINED: (N_("Nothing due"), "neutral"),
    Stage.WITHDRAWN: (N_("Withdrawn before payment"), "neutral"),
}
STAGE_LABELS_FOR_PERSON: dict[Stage, tuple[str, str, str]] = {
    Stage.READY: (
        N_("Due to you"),
        "waiting",
        N_("The fund office pays it with its next batch. You need do nothing."),
    ),
    Stage.NO_ACCOUNT: (
        N_("Due to you"),
        "decision",
        N_("Tell us your bank account, and it is paid. Nothing else is needed."),
    ),
    Stage.HELD: (
        N_("Due to you"),
        "waiting",
        N_("You changed your account; for your safety it is paid after the hold."),
    ),
    Stage.CAME_BACK: (
        N_("Came back from the bank"),
        "decision",
        N_("The bank could not pay it out. Check your account or name another one."),
    ),
    Stage.IN_BATCH: (
        N_("Being paid"),
        "waiting",
        N_("Two officers sign it, then it goes to the bank."),
    ),
    Stage.SENT: (
        N_("On its way"),
        "waiting",
        N_("It is with the bank; this takes one or two working days."),
    ),
    Stage.PAID: (N_("Paid"), "done", N_("The bank has paid it to your account.")),
    Stage.NETTED: (
        N_("Kept back"),
        "done",
        N_("All of it went to what you have to give back; nothing is paid out."),
    ),
    Stage.UNFUNDED: (
        N_("Yours, waits for money"),
        "waiting",
        N_("The fund has no money left for it at present. It is paid when there is."),
    ),
    Stage.DECLINED: (N_("Nothing due"), "neutral", ""),
    Stage.WITHDRAWN: (N_("Not due any more"), "neutral", ""),
}
"""Word, tone, and what happens next."""
