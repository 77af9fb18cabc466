"""Which movement between Stripe and the bank a bank line is, and which handover it paid. Pure.

Stripe's payouts arrive one to seven business days after they left the balance, a top-up may take
as long (docs.stripe.com, "Receive payouts", "Add funds to your balance"). The bank repeats the
payout's number, its trace number or its statement descriptor where it carries any reference at
all; "STRIPE" is the descriptor of those who set none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from marketplace.foundation.text import normal_form
from marketplace.reconciliation.rules.suggestions import Reason

DAYS_APART_MAX = 12
"""Seven business days with two weekends, and a day by another clock."""
NUMBER_MIN = 5
"""Stripe's shortest statement descriptor; less is in any text."""
STRIPE_WORDS = re.compile(r"\bstripe\b")


@dataclass(frozen=True, slots=True)
class BankFacts:
    """A difference on a bank account. Negative: money left it."""

    amount_fen: int
    currency: str
    booked_on: date
    words: str
    """Reference, remittance and counterparty."""


@dataclass(frozen=True, slots=True)
class StripeFacts:
    """A movement between Stripe and the bank that no bank line has explained yet."""

    movement_id: str
    amount_fen: int
    """As Stripe states it: negative when money left the balance for the bank."""
    currency: str
    moved_on: date
    numbers: tuple[str, ...]
    """What the bank may repeat of it: the payout's number, its trace, its descriptor."""


@dataclass(frozen=True, slots=True)
class StripeFound:
    """The movement a line shows the other side of, and why."""

    movement_id: str
    reason: Reason
    is_named: bool
    """The bank's text names it, or Stripe; else only amount and days agree."""


@dataclass(frozen=True, slots=True)
class HandoverFacts:
    """A handover of co-payments of the line's amount that two officers signed."""

    code: str
    reference: str | None
    """The bank's, once it was recorded as paid."""


def stripe_line_for(line: BankFacts, movements: Sequence[StripeFacts]) -> StripeFound | None:
    """The movement of the same money: its number in the bank's text, else amount and days.

    Of several alike the earliest: they are the same in the books. Never another amount.
    """
    alike = sorted(
        (each for each in movements if _is_same_money(line, each)),
        key=lambda each: (each.moved_on, each.movement_id),
    )
    if not alike:
        return None
    text = normal_form(line.words)
    for each in alike:
        for number in each.numbers:
            if len(number) >= NUMBER_MIN and normal_form(number) in text:
                words = {"number": number, "movement": each.movement_id}
                return StripeFound(each.movement_id, Reason("stripe_named", words), True)
    first = alike[0]
    days = str(abs((line.booked_on - first.moved_on).days))
    words = {"movement": first.movement_id, "days": days}
    is_named = bool(STRIPE_WORDS.search(text))
    code = "stripe_says" if is_named else "stripe_amount"
    return StripeFound(first.movement_id, Reason(code, words), is_named)


def stripe_lines_for(
    lines: Mapping[int, BankFacts], movements: Sequence[StripeFacts]
) -> dict[int, StripeFound]:
    """The same for several lines: each movement for one line, those that are named first."""
    found: dict[int, StripeFound] = {}
    left = list(movements)
    for only_named in (True, False):
        for key, line in lines.items():
            each = None if key in found else stripe_line_for(line, left)
            if each and (each.is_named or not only_named):
                found[key] = each
                left = [one for one in left if one.movement_id != each.movement_id]
    return found


def says_stripe(words: str) -> bool:
    """Whether the bank's text names Stripe."""
    return bool(STRIPE_WORDS.search(normal_form(words)))


def handover_for(line: BankFacts, handovers: Sequence[HandoverFacts]) -> HandoverFacts | None:
    """The handover whose code or bank reference the bank's text names."""
    text = normal_form(line.words)
    for each in handovers:
        names = [each.code, *([each.reference] if each.reference else [])]
        if any(normal_form(name) in text for name in names):
            return each
    return None


def _is_same_money(line: BankFacts, movement: StripeFacts) -> bool:
    return (
        movement.currency == line.currency
        and movement.amount_fen == -line.amount_fen
        and abs((line.booked_on - movement.moved_on).days) <= DAYS_APART_MAX
    )
