"""Booking through the front door: what is posted, what is refused, what a retry gets."""

from __future__ import annotations

from datetime import timedelta

import pytest

from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.money import Money
from marketplace.ledger.entries import AccountName, credit, debit, draft_entry
from marketplace.ledger.models import Account
from marketplace.ledger.operations import open_account, post_entry, reverse_entry
from marketplace.ledger.queries import find_entry, get_balance_fen, get_draft_of
from tests.conftest import NOW
from tests.factories import ledger as books


def test_an_entry_writes_its_postings_and_moves_both_balances(app, now):
    with write_transaction():
        books.funded(100)
        entry_id = books.commit_value(30)
    assert books.lines_of(entry_id) == {
        (books.AVAILABLE.code, 30, 0),
        (books.COMMITTED.code, 0, 30),
    }
    assert get_balance_fen(books.AVAILABLE) == 70
    assert get_balance_fen(books.COMMITTED) == 30
    assert get_balance_fen(books.APPROPRIATED) == 100


def test_an_account_never_used_holds_nothing(app):
    assert get_balance_fen(AccountName("payable:institution", "nobody")) == 0


def test_an_unguarded_account_is_summed_from_its_postings(app, now):
    with write_transaction():
        post_entry(books.move("x", "1", books.PAID, books.CLEARING, 5), actor_id=None)
    assert get_balance_fen(books.PAID) == -5


def test_a_retry_gets_the_entry_that_exists(app, now):
    with write_transaction():
        books.funded(100)
        first = books.commit_value(30)
    with write_transaction():
        assert books.commit_value(30) == first
    assert get_balance_fen(books.AVAILABLE) == 70
    assert books.counts() == (3, 6)


def test_a_retry_is_honoured_even_when_the_money_is_gone(app, now):
    with write_transaction():
        books.funded(30)
        first = books.commit_value(30)
    with write_transaction():
        assert books.commit_value(30) == first


def test_the_same_event_with_other_amounts_is_refused(app, now):
    with write_transaction():
        books.funded(100)
        books.commit_value(30)
    with pytest.raises(Refused) as refused, write_transaction():
        books.commit_value(31)
    assert refused.value.codes == ("entry_differs",)
    assert get_balance_fen(books.AVAILABLE) == 70


def test_the_same_event_on_other_accounts_is_refused(app, now):
    with write_transaction():
        books.funded(100)
        books.commit_value(30)
    with pytest.raises(Refused) as refused, write_transaction():
        post_entry(
            books.move("voucher.issued", "VC-1", books.AVAILABLE, books.PAYABLE, 30), actor_id=None
        )
    assert refused.value.codes == ("entry_differs",)


@pytest.mark.parametrize("wanted", [100, 101])
def test_the_last_fen_can_be_committed_and_not_one_more(app, now, wanted):
    with write_transaction():
        books.funded(100)
    if wanted == 100:
        with write_transaction():
            books.commit_value(wanted)
        assert get_balance_fen(books.AVAILABLE) == 0
        return
    with pytest.raises(Refused) as refused, write_transaction():
        books.commit_value(wanted)
    (reason,) = refused.value.refusals
    assert reason.code == "balance_too_low"
    assert reason.params["available"] == Money(100, "CNY")
    assert reason.params["wanted"] == Money(101, "CNY")
    assert books.counts() == (2, 4)


def test_a_unit_of_work_goes_on_after_a_refusal_was_caught(app, now):
    """The savepoint leaves nothing of the refused entry, and earlier work is kept."""
    with write_transaction():
        books.funded(100)
        with pytest.raises(Refused):
            books.commit_value(101, "VC-too-much")
        books.commit_value(40, "VC-fits")
    assert get_balance_fen(books.AVAILABLE) == 60
    assert find_entry("voucher.issued", "VC-too-much") is None
    assert books.counts() == (3, 6)


def test_a_reversal_undoes_exactly_and_once(app, now):
    with write_transaction():
        books.funded(100)
        entry_id = books.commit_value(30)
        reversal_id = reverse_entry(entry_id, reason="typed wrong", actor_id=None)
    assert books.lines_of(reversal_id) == {
        (books.AVAILABLE.code, 0, 30),
        (books.COMMITTED.code, 30, 0),
    }
    assert get_balance_fen(books.AVAILABLE) == 100
    with pytest.raises(Refused) as refused, write_transaction():
        reverse_entry(entry_id, reason="again", actor_id=None)
    assert refused.value.codes == ("already_reversed",)


def test_a_reversal_cannot_be_reversed(app, now):
    with write_transaction():
        books.funded(100)
        reversal_id = reverse_entry(books.commit_value(30), reason="typed wrong", actor_id=None)
    with pytest.raises(Refused) as refused, write_transaction():
        reverse_entry(reversal_id, reason="no, it was right", actor_id=None)
    assert refused.value.codes == ("reversal_of_reversal",)


def test_a_reversal_that_would_overdraw_is_refused(app, now):
    with write_transaction():
        books.funded(100)
        entry_id = books.commit_value(30)
        post_entry(
            books.move("voucher.redeemed", "VC-1", books.COMMITTED, books.PAYABLE, 30),
            actor_id=None,
        )
    with pytest.raises(Refused) as refused, write_transaction():
        reverse_entry(entry_id, reason="too late", actor_id=None)
    assert refused.value.codes == ("balance_too_low",)


def test_a_reversal_is_dated_today_and_not_in_the_past(app, now):
    with write_transaction():
        books.funded(100)
        entry_id = books.commit_value(30)
    with clock.frozen(NOW + timedelta(days=40)), write_transaction():
        reversal_id = reverse_entry(entry_id, reason="typed wrong", actor_id=None)
        assert get_draft_of(reversal_id).effective_on == clock.today()


def test_reversing_what_does_not_exist_is_not_found(app, now):
    with pytest.raises(NotFound), write_transaction():
        reverse_entry(999, reason="x", actor_id=None)


def test_an_account_is_opened_once(app, now):
    with write_transaction():
        first = open_account(books.AVAILABLE, currency="CNY")
        assert open_account(books.AVAILABLE, currency="CNY") == first
    assert db.session.query(Account).count() == 1


def test_an_unknown_kind_of_account_cannot_be_opened(app, now):
    with pytest.raises(KeyError), write_transaction():
        open_account(AccountName("petty:cash", "1"), currency="CNY")


def test_two_currencies_do_not_meet_in_an_entry(app, now):
    with write_transaction():
        books.funded(100)
    dollars = draft_entry(
        "x",
        "1",
        effective_on=books.DAY,
        memo="",
        currency="USD",
        lines=[debit(books.AVAILABLE, Money(1, "USD")), credit(books.PAYABLE, Money(1, "USD"))],
    )
    with pytest.raises(Exception, match="mixes currencies"), write_transaction():
        post_entry(dollars, actor_id=None)
    assert get_balance_fen(books.AVAILABLE) == 100
