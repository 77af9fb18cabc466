"""Mistakes a ledger could have, each put into the real one: where, and what runs in its place.

They are the ordinary mistakes of such systems: a limit off by one, a retry booked twice, a
reversal of half, a purse mixed up, a fen rounded away. The machine has to see every one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.money import Money
from marketplace.ledger import operations
from marketplace.ledger.entries import AccountName, EntryDraft, Line, entry_for_reversal
from marketplace.ledger.queries import get_balance_fen, get_draft_of
from tests.factories import ledger as books

WRITE = "marketplace.ledger.operations._write_entry"
SAME = "marketplace.ledger.operations._same_entry"
FIND = "marketplace.ledger.operations.find_entry"
NEGATIVE = "marketplace.ledger.operations.entry_for_reversal"
POST = "tests.properties.ledger_machine.post_entry"
POST_MANY = "tests.properties.ledger_machine.post_entries"
REVERSE = "tests.properties.ledger_machine.reverse_entry"

Change = Callable[[EntryDraft], EntryDraft]
real_write = operations._write_entry
real_same = operations._same_entry
real_find = operations.find_entry
real_post = operations.post_entry
real_post_many = operations.post_entries
real_reverse = operations.reverse_entry


def _with_fen(draft: EntryDraft, fen: int) -> EntryDraft:
    return replace(draft, lines=tuple(Line(one.account, one.side, fen) for one in draft.lines))


def _credited(draft: EntryDraft, account: AccountName) -> EntryDraft:
    first, second = draft.lines
    return replace(draft, lines=(first, Line(account, second.side, second.fen)))


def _writing(change: Change) -> Callable[..., int | None]:
    """Entries of events are written changed; reversals as they are."""

    def write(draft: EntryDraft, *, actor_id: int | None, reverses_id: int | None) -> int | None:
        changed = change(draft) if reverses_id is None else draft
        return real_write(changed, actor_id=actor_id, reverses_id=reverses_id)

    return write


def _raised(draft: EntryDraft) -> EntryDraft:
    return _with_fen(draft, draft.lines[0].fen + 1)


def _turned(draft: EntryDraft) -> EntryDraft:
    first, second = draft.lines
    lines = (
        Line(first.account, second.side, first.fen),
        Line(second.account, first.side, second.fen),
    )
    return replace(draft, lines=lines)


def _elsewhere(draft: EntryDraft) -> EntryDraft:
    wrong = books.AVAILABLE if draft.lines[1].account != books.AVAILABLE else books.PAYABLE
    return _credited(draft, wrong)


def _strict_limit(draft: EntryDraft) -> EntryDraft:
    """`<` for `<=`: the last fen cannot be spent."""
    source = draft.lines[0]
    if source.account != books.APPROPRIATED and get_balance_fen(source.account) == source.fen:
        return _with_fen(draft, source.fen + 1)
    return draft


def _clamped(draft: EntryDraft) -> EntryDraft:
    """Pays what is there, and says nothing of the rest."""
    source = draft.lines[0]
    if source.account == books.APPROPRIATED:
        return draft
    return _with_fen(draft, min(source.fen, get_balance_fen(source.account)) or source.fen)


def _rounded(draft: EntryDraft) -> EntryDraft:
    """To whole tens, as a till does."""
    return _with_fen(draft, draft.lines[0].fen // 10 * 10 or draft.lines[0].fen)


def _odd_fen_lost(draft: EntryDraft) -> EntryDraft:
    """Halved and doubled again, in whole numbers."""
    return _with_fen(draft, draft.lines[0].fen // 2 * 2 or 1)


def _one_side(draft: EntryDraft) -> EntryDraft:
    """The credit is a fen short."""
    first, second = draft.lines
    return replace(draft, lines=(first, Line(second.account, second.side, second.fen + 1)))


def _other_purse(draft: EntryDraft) -> EntryDraft:
    """Another county's allotment receives it."""
    if draft.lines[1].account == books.AVAILABLE:
        return _credited(draft, AccountName("allotment:available", "AL-2"))
    return draft


def _other_institution(draft: EntryDraft) -> EntryDraft:
    if draft.lines[1].account == books.PAYABLE:
        return _credited(draft, AccountName("payable:institution", "IN-2"))
    return draft


def _past_the_rail(draft: EntryDraft) -> EntryDraft:
    """Booked as paid when it was only sent."""
    return _credited(draft, books.PAID) if draft.kind == "payout.sent" else draft


def _other_day(draft: EntryDraft) -> EntryDraft:
    return replace(draft, effective_on=draft.effective_on - timedelta(days=1))


def _other_kind(draft: EntryDraft) -> EntryDraft:
    kinds = {"payout.returned": "payout.confirmed", "voucher.released": "voucher.expired"}
    return replace(draft, kind=kinds.get(draft.kind, draft.kind))


def _kept_back_and_paid_out(draft: EntryDraft) -> EntryDraft:
    """What is kept back of a benefit is sent to the person all the same."""
    return _credited(draft, books.CLEARING) if draft.kind == "benefit.netted" else draft


def _owed_by_another(draft: EntryDraft) -> EntryDraft:
    """Somebody else owes what this person was paid."""
    if draft.kind != "benefit.clawed_back":
        return draft
    first, second = draft.lines
    other = AccountName("receivable:worker", "WK-2")
    return replace(draft, lines=(Line(other, first.side, first.fen), second))


def _twice(draft: EntryDraft, *, actor_id: int | None, reverses_id: int | None) -> int | None:
    """A retry inside: the event is booked again under another key."""
    entry_id = real_write(draft, actor_id=actor_id, reverses_id=reverses_id)
    if reverses_id is None and draft.kind == "voucher.issued":
        again = replace(draft, key=f"{draft.key}-again")
        real_write(again, actor_id=actor_id, reverses_id=None)
    return entry_id


def _swallowed(draft: EntryDraft, *, actor_id: int | None, reverses_id: int | None) -> int | None:
    """Says yes with the number of an earlier entry, and books nothing."""
    if reverses_id is None and draft.kind == "voucher.released":
        return 1
    return real_write(draft, actor_id=actor_id, reverses_id=reverses_id)


def _kept_half(draft: EntryDraft, *, actor_id: int | None) -> int:
    """Refused, but a fen has moved already."""
    try:
        return real_post(draft, actor_id=actor_id)
    except Refused:
        part = replace(_with_fen(draft, 1), key=f"{draft.key}-part")
        real_post(part, actor_id=actor_id)
        return 0


def _small_refused(draft: EntryDraft, *, actor_id: int | None) -> int:
    """`> 1` for `>= 1`: one fen is not worth booking."""
    if draft.lines[0].fen == 1:
        amount = Money(1, "CNY")
        account = draft.lines[0].account.code
        facts = {"available": amount, "wanted": amount, "account": account}
        raise Refused(Refusal("balance_too_low", facts))
    return real_post(draft, actor_id=actor_id)


def _retry_not_compared(earlier: Any, draft: EntryDraft) -> int:
    del draft
    return int(earlier.id)


def _retry_compares_amounts(earlier: Any, draft: EntryDraft) -> int:
    """Other accounts pass as the same event."""
    posted = get_draft_of(earlier.id)
    if {line.fen for line in posted.lines} != {line.fen for line in draft.lines}:
        raise Refused(Refusal("entry_differs", {"kind": draft.kind, "key": draft.key}))
    return int(earlier.id)


def _retry_answers_another(earlier: Any, draft: EntryDraft) -> int:
    return real_same(earlier, draft) + 1


def _retry_refused(earlier: Any, draft: EntryDraft) -> int:
    """An honest retry is told that it differs."""
    del earlier
    raise Refused(Refusal("entry_differs", {"kind": draft.kind, "key": draft.key}))


def _retry_is_new(draft: EntryDraft, *, actor_id: int | None) -> int:
    """A key that nobody can send twice protects nobody."""
    if real_find(draft.kind, draft.key):
        return real_post(replace(draft, key=f"{draft.key}-retry"), actor_id=actor_id)
    return real_post(draft, actor_id=actor_id)


def _key_without_kind(draft: EntryDraft, *, actor_id: int | None) -> int:
    """A voucher redeemed under the number it was issued with counts as a retry."""
    earlier = real_find("voucher.issued", draft.key)
    return earlier.id if earlier else real_post(draft, actor_id=actor_id)


def _first_of_many(drafts: Sequence[EntryDraft], *, actor_id: int | None) -> list[int]:
    numbers = real_post_many(drafts[:1], actor_id=actor_id)
    return [numbers[0] + place for place in range(len(drafts))]


def _many_in_one(drafts: Sequence[EntryDraft], *, actor_id: int | None) -> list[int]:
    """One entry with the sum of all."""
    total = sum(draft.lines[0].fen for draft in drafts)
    return real_post_many([_with_fen(drafts[0], total)], actor_id=actor_id) * len(drafts)


def _many_until_refused(drafts: Sequence[EntryDraft], *, actor_id: int | None) -> list[int]:
    """What fits is kept, the rest left out."""
    numbers = []
    for draft in drafts:
        try:
            numbers += real_post_many([draft], actor_id=actor_id)
        except Refused:
            break
    return numbers


def _forgotten_reversal(entry_id: int, *, reason: str, actor_id: int | None) -> int:
    del reason, actor_id
    return entry_id


def _reversal_again(entry_id: int, *, reason: str, actor_id: int | None) -> int:
    """Each time under another key and without saying what it reverses."""
    draft = entry_for_reversal(get_draft_of(entry_id), effective_on=books.DAY, reason=reason)
    number = 0
    while real_find("reversal", f"{draft.key}-{number}"):
        number += 1
    return real_post(replace(draft, key=f"{draft.key}-{number}"), actor_id=actor_id)


def _reversal_never(entry_id: int, *, reason: str, actor_id: int | None) -> int:
    del entry_id, reason, actor_id
    raise Refused(Refusal("already_reversed"))


def _same_sides(original: EntryDraft, **words: Any) -> EntryDraft:
    """The event once more, called its reversal."""
    return replace(entry_for_reversal(original, **words), lines=original.lines)


def _half(original: EntryDraft, **words: Any) -> EntryDraft:
    draft = entry_for_reversal(original, **words)
    return _with_fen(draft, (draft.lines[0].fen + 1) // 2)


PLANTED: dict[str, tuple[str, Callable[..., Any]]] = {
    "one fen too much": (WRITE, _writing(_raised)),
    "sides exchanged": (WRITE, _writing(_turned)),
    "wrong account": (WRITE, _writing(_elsewhere)),
    "last fen refused": (WRITE, _writing(_strict_limit)),
    "pays what is there": (WRITE, _writing(_clamped)),
    "rounded to tens": (WRITE, _writing(_rounded)),
    "odd fen lost": (WRITE, _writing(_odd_fen_lost)),
    "sides differ by a fen": (WRITE, _writing(_one_side)),
    "another county's purse": (WRITE, _writing(_other_purse)),
    "another institution": (WRITE, _writing(_other_institution)),
    "paid when only sent": (WRITE, _writing(_past_the_rail)),
    "kept back and paid out": (WRITE, _writing(_kept_back_and_paid_out)),
    "owed by another person": (WRITE, _writing(_owed_by_another)),
    "another day": (WRITE, _writing(_other_day)),
    "another kind of event": (WRITE, _writing(_other_kind)),
    "booked twice": (WRITE, _twice),
    "swallowed": (WRITE, _swallowed),
    "half kept of a refusal": (POST, _kept_half),
    "one fen refused": (POST, _small_refused),
    "retry not compared": (SAME, _retry_not_compared),
    "retry compares amounts only": (SAME, _retry_compares_amounts),
    "retry answers another entry": (SAME, _retry_answers_another),
    "honest retry refused": (SAME, _retry_refused),
    "retry is a new event": (POST, _retry_is_new),
    "key without kind": (POST, _key_without_kind),
    "only the first of many": (POST_MANY, _first_of_many),
    "many in one entry": (POST_MANY, _many_in_one),
    "many until refused": (POST_MANY, _many_until_refused),
    "reversal forgotten": (REVERSE, _forgotten_reversal),
    "reversed again and again": (REVERSE, _reversal_again),
    "never reversed": (REVERSE, _reversal_never),
    "reversed to the same side": (NEGATIVE, _same_sides),
    "half reversed": (NEGATIVE, _half),
}
