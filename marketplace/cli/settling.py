"""A round of settlements, one unit of work each. For the command and the runner."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marketplace.edge.answers import refusal_json
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.foundation.stored_refusals import refusal_from
from marketplace.settlement.rounds.operations import (
    finish_round,
    refuse_round_item,
    take_round_item,
)
from marketplace.settlement.rounds.queries import (
    RoundRow,
    find_waiting_item_id,
    get_round_row,
    list_all_round_items,
)
from marketplace.settlement.states import RoundOutcome

Step = Callable[[int, int], None]
"""Called inside each unit of work with what is decided and how much there is: a runner holds its
lease there."""
EVERYWHERE = ("",)


def run_round(code: str, *, step: Step) -> RoundRow:
    """Take one after the other until nothing waits; a round that was stopped goes on here."""
    row = get_round_row(code, paths=EVERYWHERE)
    decided, total = row.done + row.refused, row.total
    while (item_id := find_waiting_item_id(row.round.id)) is not None:
        try:
            with write_transaction():
                step(decided, total)
                take_round_item(item_id)
        except Refused as refused:
            with write_transaction():
                refuse_round_item(item_id, refused.refusals)
        decided += 1
    row = get_round_row(code, paths=EVERYWHERE)
    with write_transaction():
        step(decided, total)
        finish_round(row.round.id, done=row.done, refused=row.refused)
    return row


def round_document(row: RoundRow) -> dict[str, Any]:
    """A round for machines: what was done, and every refusal with its reasons."""
    refused = list_all_round_items(row.round.id, outcome=RoundOutcome.REFUSED)
    return {
        "round": row.round.code,
        "act": row.round.act.value,
        "period": row.round.period_code,
        "done": row.done,
        "refused": row.refused,
        "amounts_fen": {amount.currency: amount.fen for amount in row.amounts},
        "refusals": [
            {
                "institution": one.institution_code,
                "settlement": one.settlement_code,
                "reasons": [refusal_json(refusal_from(stored)) for stored in one.item.refusals],
            }
            for one in refused
        ],
    }
