"""A model beside the real ledger: what any sequence of business events must leave in the books.

Amounts are drawn around what remains (one fen less, exactly, one fen more), because an
off-by-one limit hides from random amounts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from sqlalchemy import select

from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.ledger.checks import CHECKS
from marketplace.ledger.entries import AccountName, EntryDraft
from marketplace.ledger.models import Account, JournalEntry
from marketplace.ledger.operations import post_entries, post_entry, reverse_entry
from marketplace.ledger.queries import get_balance_fen
from tests.conftest import NOW
from tests.factories import ledger as books

OFFSETS = st.sampled_from([-1, 0, 1])
ACCOUNTS = (
    books.APPROPRIATED,
    books.UNALLOTTED,
    books.AVAILABLE,
    books.COMMITTED,
    books.PAYABLE,
    books.CLEARING,
    books.OWED_TO_PERSON,
    books.OWED_BY_PERSON,
    books.TREASURY,
    books.PAID,
)
GUARDED = ACCOUNTS[:-1]
GROW_BY_A_DEBIT = {books.APPROPRIATED, books.OWED_BY_PERSON, books.TREASURY}
GIVING_BACK = {
    "benefit.repaid": books.TREASURY,
    "benefit.netted": books.OWED_TO_PERSON,
    "benefit.waived": books.AVAILABLE,
}
"""How a person gives back what was clawed back, and what bears it: paid in, kept back of another
benefit, waived."""
Booked = tuple[int, str, str, AccountName, AccountName, int]


class Books(RuleBasedStateMachine):
    """The life of money, event by event; `self.model` is what the balances must be."""

    fresh: Callable[[], None]

    def __init__(self) -> None:
        super().__init__()
        type(self).fresh()
        self.model = dict.fromkeys(ACCOUNTS, 0)
        self.booked: list[Booked] = []
        self.reversed: set[int] = set()
        self.number = 0

    def _effect(self, source: AccountName, target: AccountName, fen: int) -> dict[AccountName, int]:
        """Debit the source, credit the target."""
        after = dict(self.model)
        after[source] += fen if source in GROW_BY_A_DEBIT else -fen
        after[target] += -fen if target in GROW_BY_A_DEBIT else fen
        return after

    def _next_key(self) -> str:
        self.number += 1
        return f"K-{self.number}"

    def _book(self, kind: str, source: AccountName, target: AccountName, fen: int) -> None:
        self._book_all(kind, [self._next_key()], source, target, fen, post_one)

    def _book_all(
        self,
        kind: str,
        keys: list[str],
        source: AccountName,
        target: AccountName,
        fen: int,
        post: Callable[[list[EntryDraft]], list[int]],
    ) -> None:
        if fen <= 0:
            return
        after = self._effect(source, target, fen * len(keys))
        allowed = all(after[account] >= 0 for account in GUARDED)
        drafts = [books.move(kind, key, source, target, fen) for key in keys]
        try:
            with write_transaction():
                numbers = post(drafts)
        except Refused as refused:
            assert refused.codes == ("balance_too_low",)
            assert not allowed, f"{kind} of {fen} was refused though the money is there"
            return
        assert allowed, f"{kind} of {fen} overdrew"
        assert len(set(numbers)) == len(keys), "each event is an entry of its own"
        assert not {one[0] for one in self.booked} & set(numbers), "an entry stands for two events"
        self.model = after
        for number, key in zip(numbers, keys, strict=True):
            self.booked.append((number, kind, key, source, target, fen))

    def _around(self, account: AccountName, offset: int) -> int:
        return self.model[account] + offset

    @initialize(fen=st.integers(1, 50))
    def begin(self, fen: int) -> None:
        """Every story begins with vouchers issued, so that its steps reach the payouts."""
        self._book("fund.appropriated", books.APPROPRIATED, books.UNALLOTTED, fen + 1)
        self._book("fund.allotted", books.UNALLOTTED, books.AVAILABLE, fen)
        self._book("voucher.issued", books.AVAILABLE, books.COMMITTED, (fen + 1) // 2)

    @rule(fen=st.integers(1, 50))
    def appropriate(self, fen: int) -> None:
        self._book("fund.appropriated", books.APPROPRIATED, books.UNALLOTTED, fen)

    @rule(offset=OFFSETS)
    def allot(self, offset: int) -> None:
        fen = self._around(books.UNALLOTTED, offset)
        self._book("fund.allotted", books.UNALLOTTED, books.AVAILABLE, fen)

    @rule(offset=OFFSETS)
    def commit_all(self, offset: int) -> None:
        fen = self._around(books.AVAILABLE, offset)
        self._book("voucher.issued", books.AVAILABLE, books.COMMITTED, fen)

    @rule(fen=st.integers(1, 9))
    def commit_some(self, fen: int) -> None:
        self._book("voucher.issued", books.AVAILABLE, books.COMMITTED, fen)

    @rule(offset=OFFSETS, count=st.integers(2, 3))
    def commit_for_many(self, offset: int, count: int) -> None:
        """A batch: all or nothing, each its own entry."""
        fen = -(-self._around(books.AVAILABLE, offset) // count)  # up: one more does not fit
        keys = [self._next_key() for _ in range(count)]
        self._book_all("voucher.issued", keys, books.AVAILABLE, books.COMMITTED, fen, post_together)

    @rule(offset=OFFSETS)
    def release(self, offset: int) -> None:
        fen = self._around(books.COMMITTED, offset)
        self._book("voucher.released", books.COMMITTED, books.AVAILABLE, fen)

    @rule(offset=OFFSETS)
    def redeem(self, offset: int) -> None:
        fen = self._around(books.COMMITTED, offset)
        self._book("voucher.redeemed", books.COMMITTED, books.PAYABLE, fen)

    @rule(offset=OFFSETS)
    def send(self, offset: int) -> None:
        fen = self._around(books.PAYABLE, offset)
        self._book("payout.sent", books.PAYABLE, books.CLEARING, fen)

    @rule(offset=OFFSETS)
    def confirm(self, offset: int) -> None:
        fen = self._around(books.CLEARING, offset)
        self._book("payout.confirmed", books.CLEARING, books.PAID, fen)

    @rule(offset=OFFSETS)
    def give_back(self, offset: int) -> None:
        fen = self._around(books.CLEARING, offset)
        self._book("payout.returned", books.CLEARING, books.PAYABLE, fen)

    @rule(kind=st.sampled_from(sorted(GIVING_BACK)), offset=OFFSETS, fen=st.integers(1, 9))
    def claw_back_and_give_back(self, kind: str, offset: int, fen: int) -> None:
        """Of a benefit that was paid: never more comes back than the person owes."""
        self._book("benefit.clawed_back", books.OWED_BY_PERSON, books.AVAILABLE, fen)
        if kind == "benefit.netted":  # what it is kept back from
            later = self._around(books.OWED_BY_PERSON, 1)
            self._book("benefit.due", books.AVAILABLE, books.OWED_TO_PERSON, later)
        left = self._around(books.OWED_BY_PERSON, offset)
        self._book(kind, GIVING_BACK[kind], books.OWED_BY_PERSON, left)

    @precondition(lambda self: self.booked)
    @rule(data=st.data())
    def retry(self, data: st.DataObject) -> None:
        """The same event again: the same entry, and nothing moves."""
        entry_id, kind, key, source, target, fen = data.draw(st.sampled_from(self.booked))
        with write_transaction():
            again = post_entry(books.move(kind, key, source, target, fen), actor_id=None)
        assert again == entry_id

    @precondition(lambda self: self.booked)
    @rule(data=st.data(), offset=st.sampled_from([-1, 1]))
    def retry_with_another_amount(self, data: st.DataObject, offset: int) -> None:
        _id, kind, key, source, target, fen = data.draw(st.sampled_from(self.booked))
        if fen + offset > 0:
            self._is_another_event(books.move(kind, key, source, target, fen + offset))

    @precondition(lambda self: self.booked)
    @rule(data=st.data())
    def retry_with_another_account(self, data: st.DataObject) -> None:
        _id, kind, key, source, target, fen = data.draw(st.sampled_from(self.booked))
        other = books.PAID if target != books.PAID else books.PAYABLE
        self._is_another_event(books.move(kind, key, source, other, fen))

    def _is_another_event(self, draft: EntryDraft) -> None:
        with pytest.raises(Refused) as refused, write_transaction():
            post_entry(draft, actor_id=None)
        assert refused.value.codes == ("entry_differs",)

    @precondition(lambda self: self.booked)
    @rule(data=st.data())
    def same_key_of_another_kind(self, data: st.DataObject) -> None:
        """A voucher is issued and redeemed under one number: two events."""
        key = data.draw(st.sampled_from(self.booked))[2]
        taken = {(kind, key) for _id, kind, key, *_rest in self.booked}
        if ("voucher.redeemed", key) not in taken:
            fen = self.model[books.COMMITTED]
            self._book_all("voucher.redeemed", [key], books.COMMITTED, books.PAYABLE, fen, post_one)

    @precondition(lambda self: self.booked)
    @rule(data=st.data())
    def reverse(self, data: st.DataObject) -> None:
        entry_id, _kind, _key, source, target, fen = data.draw(st.sampled_from(self.booked))
        after = self._effect(target, source, fen)
        allowed = entry_id not in self.reversed and all(after[a] >= 0 for a in GUARDED)
        try:
            with write_transaction():
                reverse_entry(entry_id, reason="typed wrong", actor_id=None)
        except Refused as refused:
            assert refused.codes in (("already_reversed",), ("balance_too_low",))
            assert not allowed, "an honest reversal was refused"
            return
        assert allowed, "reversed twice, or below zero"
        self.model = after
        self.reversed.add(entry_id)

    @precondition(lambda self: self.reversed)
    @rule(data=st.data())
    def reverse_again(self, data: st.DataObject) -> None:
        entry_id = data.draw(st.sampled_from(sorted(self.reversed)))
        with pytest.raises(Refused) as refused, write_transaction():
            reverse_entry(entry_id, reason="typed wrong", actor_id=None)
        assert refused.value.codes == ("already_reversed",)

    @invariant()
    def balances_are_the_model(self) -> None:
        rows = db.session.execute(select(Account.code, Account.balance_fen)).all()
        db.session.rollback()
        found = {code: fen for code, fen in rows if fen}
        # Of others the sum of postings is the balance: asked at the end of the story.
        assert found == {one.code: self.model[one] for one in GUARDED if self.model[one]}

    def teardown(self) -> None:
        """At the end of the story: the books' own checks, and what a reader of them is told."""
        assert [violation for check in CHECKS for violation in check()] == []
        assert {account: get_balance_fen(account) for account in ACCOUNTS} == self.model
        told = select(JournalEntry.kind, JournalEntry.key, JournalEntry.effective_on)
        entries = db.session.execute(told).all()
        events = sorted((kind, key, day) for kind, key, day in entries if kind != "reversal")
        assert events == sorted((kind, key, books.DAY) for _id, kind, key, *_rest in self.booked)
        assert len(entries) == len(self.booked) + len(self.reversed)
        db.session.rollback()


def post_one(drafts: list[EntryDraft]) -> list[int]:
    """One event by itself."""
    [draft] = drafts
    return [post_entry(draft, actor_id=None)]


def post_together(drafts: list[EntryDraft]) -> list[int]:
    """Many events in a few statements."""
    return post_entries(drafts, actor_id=None)


@contextmanager
def machine_on(app: Flask) -> Iterator[type[Books]]:
    """Every example starts on an empty database; savepoints would not fire deferred rules."""
    from tests.conftest import _templates

    template = _templates["sqlite"][1]

    def fresh() -> None:
        db.session.remove()
        if not template.drop():
            db.engine.dispose()
        template.fresh()

    with clock.frozen(NOW):
        yield type("BooksHere", (Books,), {"fresh": staticmethod(fresh)})
    db.session.remove()


def short(examples: int, steps: int) -> settings:
    """The same stories every time, this many, this long."""
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
        print_blob=True,
    )
