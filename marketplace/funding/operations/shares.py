"""Promising a voucher's money from several allotments at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from marketplace.foundation.bulk import insert_rows
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.money import Money
from marketplace.funding.models import FundingShare
from marketplace.funding.queries.sources import hold_sources
from marketplace.funding.rules import (
    Share,
    Source,
    SpendFacts,
    spend_facts_to_json,
    split_amount,
)
from marketplace.ledger.entries import EntryDraft
from marketplace.ledger.operations import post_entry

Drafter = Callable[[Sequence[tuple[str, int]]], EntryDraft]
"""Allotment codes and fen → the entry that commits them."""


def commit_shares(
    voucher_id: int,
    amount: Money,
    *,
    sources: Sequence[Source],
    facts: SpendFacts,
    draft: Drafter,
    actor_id: int | None,
) -> int:
    """Divide an amount among the sources, book the commitment and keep the shares; the entry.

    The sources' money is held first, so that what is divided is there. Refuses `balance_too_low`
    when they cannot pay all of it together.
    """
    shares = split_amount(amount.fen, hold_sources(sources), facts)
    found = sum(share.amount_fen for share in shares)
    if found < amount.fen:
        left = Money(found, amount.currency)
        raise Refused(Refusal("balance_too_low", {"available": left, "wanted": amount}))
    entry_id = post_entry(
        draft([(share.allotment_code, share.amount_fen) for share in shares]), actor_id=actor_id
    )
    _save_shares(voucher_id, entry_id, shares, facts)
    return entry_id


def save_shares_of_batch(
    shares: Iterable[tuple[int, SpendFacts, Sequence[Share]]], *, entry_ids: Mapping[int, int]
) -> None:
    """Keep who promised what of many vouchers: voucher, what its division went by, its shares.

    `entry_ids` are the commitments that cover them, one for each allotment.
    """
    insert_rows(
        FundingShare,
        [
            _row(voucher_id, entry_ids[share.allotment_id], share, facts)
            for voucher_id, facts, parts in shares
            for share in parts
        ],
    )


def _save_shares(
    voucher_id: int, entry_id: int, shares: Sequence[Share], facts: SpendFacts
) -> None:
    insert_rows(FundingShare, [_row(voucher_id, entry_id, share, facts) for share in shares])


def _row(voucher_id: int, entry_id: int, share: Share, facts: SpendFacts) -> dict[str, Any]:
    return {
        "voucher_id": voucher_id,
        "entry_id": entry_id,
        "allotment_id": share.allotment_id,
        "source_id": share.source_id,
        "amount_fen": share.amount_fen,
        "facts": spend_facts_to_json(facts),
    }
