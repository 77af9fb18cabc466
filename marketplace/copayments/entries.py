"""What co-payments do to the books: accounts of their own, one set for each. Pure.

Everything ends at zero: what was owed is received or let go, what was received is passed on or
given back.
"""

from __future__ import annotations

from datetime import date

from marketplace.copayments.states import Party
from marketplace.foundation.money import Money
from marketplace.ledger.entries import (
    AccountName,
    EntryDraft,
    Line,
    credit,
    debit,
    draft_entry,
)


def receivable(code: str, party: Party) -> AccountName:
    """What a party still has to pay."""
    return AccountName("receivable:copayment", f"{code}:{party.value}")


def payable(code: str) -> AccountName:
    """What the institution is to get of a co-payment and has not earned and received."""
    return AccountName("payable:copayment", code)


def held(payment_code: str) -> AccountName:
    """A payment in keeping: at the institution's counter or with the platform, not passed on."""
    return AccountName("held:copayment", payment_code)


def refundable(payment_code: str) -> AccountName:
    """What is owed back of a payment."""
    return AccountName("refundable:copayment", payment_code)


def _draft(kind: str, key: str, lines: list[Line], on: date, currency: str) -> EntryDraft:
    moved = [line for line in lines if line.fen]
    return draft_entry(
        f"copayment.{kind}", key, effective_on=on, memo=key, currency=currency, lines=moved
    )


def entry_for_opening(code: str, *, parts: dict[Party, Money], on: date) -> EntryDraft:
    """The learner is enrolled: debit receivable of each party, credit payable:copayment."""
    owed = [debit(receivable(code, party), amount) for party, amount in parts.items()]
    total = Money(sum(amount.fen for amount in parts.values()), parts[Party.WORKER].currency)
    return _draft("opened", code, [*owed, credit(payable(code), total)], on, total.currency)


def entry_for_sharing(
    code: str, agreement: str, *, moved: Money, to: Party, on: date
) -> EntryDraft:
    """An agreement moves part of what is owed from one party to the other."""
    other = Party.WORKER if to is Party.EMPLOYER else Party.EMPLOYER
    debits, credits_ = (
        [debit(receivable(code, to), moved)],
        [credit(receivable(code, other), moved)],
    )
    return _draft("shared", f"{code}:{agreement}", [*debits, *credits_], on, moved.currency)


def entry_for_receipt(
    code: str, payment_code: str, *, party: Party, owed: Money, beyond: Money, on: date
) -> EntryDraft:
    """Money came in: debit held, credit receivable; what is not owed any more is refundable."""
    return _draft(
        "received",
        payment_code,
        [
            debit(held(payment_code), owed + beyond),
            credit(receivable(code, party), owed),
            credit(refundable(payment_code), beyond),
        ],
        on,
        owed.currency,
    )


def entry_for_passing_on(code: str, payment_code: str, *, amount: Money, on: date) -> EntryDraft:
    """Earned: debit payable:copayment, credit held."""
    debits, credits_ = [debit(payable(code), amount)], [credit(held(payment_code), amount)]
    return _draft("passed_on", payment_code, [*debits, *credits_], on, amount.currency)


def entry_for_end(
    code: str, *, let_go: dict[Party, Money], give_back: dict[str, Money], on: date
) -> EntryDraft:
    """The learner left: debit payable, credit what is not owed any more and what goes back."""
    credits_ = [credit(receivable(code, party), amount) for party, amount in let_go.items()]
    credits_ += [credit(refundable(number), amount) for number, amount in give_back.items()]
    currency = let_go[Party.WORKER].currency
    total = Money(sum(line.fen for line in credits_), currency)
    return _draft("ended", code, [debit(payable(code), total), *credits_], on, currency)


def entry_for_refund(refund_code: str, payment_code: str, *, amount: Money, on: date) -> EntryDraft:
    """Given back: debit refundable, credit held."""
    debits = [debit(refundable(payment_code), amount)]
    credits_ = [credit(held(payment_code), amount)]
    return _draft("refunded", refund_code, [*debits, *credits_], on, amount.currency)
