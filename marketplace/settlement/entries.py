"""What recovering an advance and clawing back do to the books (domain: Money)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from marketplace.foundation.money import Money
from marketplace.ledger.entries import AccountName, EntryDraft, credit, debit, draft_entry
from marketplace.retentions.entries import retained


def payable(institution_code: str) -> AccountName:
    """What an institution has earned and was not paid."""
    return AccountName("payable:institution", institution_code)


def advanced(institution_code: str) -> AccountName:
    """What was paid to an institution in advance and is not recovered."""
    return AccountName("advance:institution", institution_code)


def receivable(institution_code: str) -> AccountName:
    """What an institution has to give back."""
    return AccountName("receivable:institution", institution_code)


def entry_for_netting(
    key: str, *, kind: str, institution_code: str, owed: AccountName, amount: Money, on: date
) -> EntryDraft:
    """Keep back from what is earned: debit payable:institution, credit advance or receivable.

    `kind` is `advance.recovered` or `clawback.netted`.
    """
    return draft_entry(
        kind,
        key,
        effective_on=on,
        memo=key,
        currency=amount.currency,
        lines=(debit(payable(institution_code), amount), credit(owed, amount)),
    )


def entry_for_clawback(
    clawback_code: str,
    *,
    institution_code: str,
    shares: Sequence[tuple[str, int]],
    retained_fen: int,
    currency: str,
    on: date,
) -> EntryDraft:
    """Claw back: debit retention:institution by what was withheld, receivable:institution by the
    rest; credit allotment:available of each that paid."""
    owed_fen = sum(fen for _code, fen in shares) - retained_fen
    sides = ((retained(institution_code), retained_fen), (receivable(institution_code), owed_fen))
    return draft_entry(
        "clawback.approved",
        clawback_code,
        effective_on=on,
        memo=clawback_code,
        currency=currency,
        lines=(
            *(debit(side, Money(fen, currency)) for side, fen in sides if fen),
            *(
                credit(AccountName("allotment:available", code), Money(fen, currency))
                for code, fen in shares
            ),
        ),
    )
