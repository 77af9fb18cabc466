"""Any sequence of business events leaves the books right: a model beside the real ledger.

Amounts are drawn around what remains (one fen less, exactly, one fen more), because an
off-by-one limit hides from random amounts. The planted bugs below prove that the machine sees.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.ledger import operations
from marketplace.ledger.checks import CHECKS
from marketplace.ledger.entries import AccountName, Line
from marketplace.ledger.operations import post_entry, reverse_entry
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
    books.PAID,
)
GUARDED = ACCOUNTS[:-1]


class Books(RuleBasedStateMachine):
    """The life of money, event by event; `self.model` is what the balances must be."""

    fresh: Callable[[], None]

    def __init__(self) -> None:
        super().__init__()
        type(self).fresh()
        self.model = dict.fromkeys(ACCOUNTS, 0)
        self.booked: list[tuple[int, str, str, AccountName, AccountName, int]] = []
        self.reversed: set[int] = set()
        self.number = 0

    def _effect(self, source: AccountName, target: AccountName, fen: int) -> dict:
        """Debit the source, credit the target: only `appropriated` grows by a debit."""
        after = dict(self.model)
        after[source] += fen if source == books.APPROPRIATED else -fen
        after[target] += -fen if target == books.APPROPRIATED else fen
        return after

    def _book(self, kind: str, source: AccountName, target: AccountName, fen: int) -> None:
        if fen <= 0:
            return
        self.number += 1
        key = f"K-{self.number}"
        after = self._effect(source, target, fen)
        allowed = all(after[account] >= 0 for account in GUARDED)
        try:
            with write_transaction():
                entry_id = post_entry(books.move(kind, key, source, target, fen), actor_id=None)
        except Refused as refused:
            assert refused.codes == ("balance_too_low",)
            assert not allowed, f"{kind} of {fen} was refused though the money is there"
            return
        assert allowed, f"{kind} of {fen} overdrew"
        self.model = after
        self.booked.append((entry_id, kind, key, source, target, fen))

    def _around(self, account: AccountName, offset: int) -> int:
        return self.model[account] + offset

    @rule(fen=st.integers(1, 50))
    def appropriate(self, fen):
        self._book("fund.appropriated", books.APPROPRIATED, books.UNALLOTTED, fen)

    @rule(offset=OFFSETS)
    def allot(self, offset):
        fen = self._around(books.UNALLOTTED, offset)
        self._book("fund.allotted", books.UNALLOTTED, books.AVAILABLE, fen)

    @rule(offset=OFFSETS)
    def commit_all(self, offset):
        fen = self._around(books.AVAILABLE, offset)
        self._book("voucher.issued", books.AVAILABLE, books.COMMITTED, fen)

    @rule(fen=st.integers(1, 9))
    def commit_some(self, fen):
        self._book("voucher.issued", books.AVAILABLE, books.COMMITTED, fen)

    @rule(offset=OFFSETS)
    def release(self, offset):
        fen = self._around(books.COMMITTED, offset)
        self._book("voucher.released", books.COMMITTED, books.AVAILABLE, fen)

    @rule(offset=OFFSETS)
    def redeem(self, offset):
        fen = self._around(books.COMMITTED, offset)
        self._book("voucher.redeemed", books.COMMITTED, books.PAYABLE, fen)

    @rule(offset=OFFSETS)
    def send(self, offset):
        fen = self._around(books.PAYABLE, offset)
        self._book("payout.sent", books.PAYABLE, books.CLEARING, fen)

    @rule(offset=OFFSETS)
    def confirm(self, offset):
        fen = self._around(books.CLEARING, offset)
        self._book("payout.confirmed", books.CLEARING, books.PAID, fen)

    @rule(offset=OFFSETS)
    def give_back(self, offset):
        fen = self._around(books.CLEARING, offset)
        self._book("payout.returned", books.CLEARING, books.PAYABLE, fen)

    @precondition(lambda self: self.booked)
    @rule(data=st.data())
    def retry(self, data):
        """The same event again: the same entry, and nothing moves."""
        entry_id, kind, key, source, target, fen = data.draw(st.sampled_from(self.booked))
        with write_transaction():
            again = post_entry(books.move(kind, key, source, target, fen), actor_id=None)
        assert again == entry_id

    @precondition(lambda self: self.booked)
    @rule(data=st.data(), offset=st.sampled_from([-1, 1]))
    def retry_with_another_amount(self, data, offset):
        _id, kind, key, source, target, fen = data.draw(st.sampled_from(self.booked))
        if fen + offset <= 0:
            return
        with pytest.raises(Refused) as refused, write_transaction():
            post_entry(books.move(kind, key, source, target, fen + offset), actor_id=None)
        assert refused.value.codes == ("entry_differs",)

    @precondition(lambda self: self.booked)
    @rule(data=st.data())
    def reverse(self, data):
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

    @invariant()
    def balances_are_the_model(self):
        found = {account: get_balance_fen(account) for account in ACCOUNTS}
        assert found == self.model
        db.session.rollback()

    @invariant()
    def the_checks_find_nothing(self):
        assert [violation for check in CHECKS for violation in check()] == []
        db.session.rollback()


@contextmanager
def _machine_on(app):
    """Every example starts on an empty database; savepoints would not fire deferred rules."""
    from tests.conftest import _templates

    template = _templates["sqlite"][1]

    def fresh() -> None:
        db.session.remove()
        template.drop()
        db.engine.dispose()
        template.fresh()

    with clock.frozen(NOW):
        yield type("BooksHere", (Books,), {"fresh": staticmethod(fresh)})
    db.session.remove()


def _settings(examples: int, steps: int) -> settings:
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


@pytest.fixture
def machine(app):
    with _machine_on(app) as kind:
        yield kind


@pytest.mark.slow
@pytest.mark.sqlite  # the machine needs a fresh database in a millisecond
def test_any_sequence_of_events_leaves_the_books_right(machine):
    run_machine(machine, settings=_settings(25, 25))


def _raised(draft):
    """An amount one fen higher on both sides."""
    return replace(
        draft, lines=tuple(Line(line.account, line.side, line.fen + 1) for line in draft.lines)
    )


def _turned(draft):
    """Debit and credit exchanged."""
    first, second = draft.lines
    return replace(
        draft,
        lines=(
            Line(first.account, second.side, first.fen),
            Line(second.account, first.side, second.fen),
        ),
    )


def _elsewhere(draft):
    """Credited to the wrong account."""
    wrong = books.AVAILABLE if draft.lines[1].account != books.AVAILABLE else books.PAYABLE
    return replace(
        draft, lines=(draft.lines[0], Line(wrong, draft.lines[1].side, draft.lines[1].fen))
    )


def _limited(draft):
    """An off-by-one limit: the last fen cannot be spent."""
    source = draft.lines[0]
    if source.account in GUARDED[1:] and get_balance_fen(source.account) == source.fen:
        return replace(
            draft, lines=tuple(Line(line.account, line.side, line.fen + 1) for line in draft.lines)
        )
    return draft


real_write = operations._write_entry


def _writing(change):
    def write(draft, *, actor_id, reverses_id):
        changed = change(draft) if reverses_id is None else draft
        return real_write(changed, actor_id=actor_id, reverses_id=reverses_id)

    return write


def _twice(draft, *, actor_id, reverses_id):
    """A retry inside: the event is booked again under another key."""
    again = replace(draft, key=f"{draft.key}-again")
    entry_id = real_write(draft, actor_id=actor_id, reverses_id=reverses_id)
    if reverses_id is None and draft.kind == "voucher.redeemed":
        real_write(again, actor_id=actor_id, reverses_id=None)
    return entry_id


def _unproved_retry(draft, *, actor_id):
    """Retries are not compared: other amounts pass as the same event."""
    if earlier := operations.find_entry(draft.kind, draft.key):
        return earlier.id
    return real_write(draft, actor_id=actor_id, reverses_id=None)


def _forgotten_reversal(entry_id, *, reason, actor_id):
    """A reversal that says yes and books nothing."""
    del reason, actor_id
    return entry_id


PLANTED = {
    "one fen too much": ("marketplace.ledger.operations._write_entry", _writing(_raised)),
    "sides exchanged": ("marketplace.ledger.operations._write_entry", _writing(_turned)),
    "wrong account": ("marketplace.ledger.operations._write_entry", _writing(_elsewhere)),
    "last fen refused": ("marketplace.ledger.operations._write_entry", _writing(_limited)),
    "booked twice": ("marketplace.ledger.operations._write_entry", _twice),
    "retry not compared": (f"{__name__}.post_entry", _unproved_retry),
    "reversal forgotten": (f"{__name__}.reverse_entry", _forgotten_reversal),
}


@pytest.mark.slow
@pytest.mark.sqlite
@pytest.mark.parametrize("bug", PLANTED, ids=str)
def test_the_machine_sees_planted_bugs(machine, bug):
    where, wrong = PLANTED[bug]
    with patch(where, wrong), pytest.raises((Exception, pytest.fail.Exception)):  # noqa: B017
        run_machine(machine, settings=_settings(40, 25))
