"""One reading of the Stripe balance from end to end, with no unit of work open while Stripe talks.

A page is kept in a unit of work of its own, so that a reading that breaks off leaves what it saw;
only one that came through writes a proof, and the next one begins where the last proof was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from marketplace.foundation.db import write_transaction
from marketplace.payouts.balance.operations import (
    Reading,
    judge_open_movements,
    note_balance,
    note_movements,
)
from marketplace.payouts.balance.queries import find_last_check
from marketplace.payouts.rails.stripe import StripeApi, StripeSilent
from marketplace.payouts.rails.stripe_balance import each_page, get_balances

OVERLAP = timedelta(days=3)
"""Read again each time: a line may appear with an earlier time of creation."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a reading did, and why it is not complete."""

    reading: Reading
    failure: str | None


def read_balance(api: StripeApi, *, before_writing: Callable[[], object]) -> Outcome:
    """Read lines and balance. Never raises for what Stripe or the network does.

    The balance is asked before and after the lines: a line that came in between would make a
    difference that is none, so then nothing is proved this time.
    """
    reading = Reading()
    last = find_last_check()
    since = last.read_at - OVERLAP if last else None
    try:
        before = get_balances(api)
        for page in each_page(api, since=since):
            with write_transaction():
                before_writing()
                note_movements(page, reading)
        after = get_balances(api)
    except StripeSilent as silent:
        return Outcome(reading, silent.code)
    with write_transaction():
        before_writing()
        judge_open_movements(reading)
        if before == after:
            note_balance(after)
    return Outcome(reading, None if before == after else "moved_meanwhile")
