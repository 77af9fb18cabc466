"""告知承诺: a voucher given on the person's word, and the check that follows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.people.models import CategoryFact
from marketplace.people.states import CategoryFactState
from marketplace.reporting.invariants import check_books
from marketplace.vouchers.models import Declaration, Voucher
from marketplace.vouchers.operations.declarations import Checked, check_declarations
from marketplace.vouchers.operations.issue import claim_voucher
from marketplace.vouchers.operations.lifecycle import mark_active, mark_reserved
from marketplace.vouchers.operations.quotes import make_quote
from marketplace.vouchers.states import DeclarationState, VoucherState
from tests.conftest import NOW
from tests.factories.voucher_rows import make_category, make_person, make_run
from tests.factories.vouchers import face_value_pack, make_scheme, rule
from tests.kept import kept

PACK = {
    "eligibility": {
        "categories": rule(["veteran"]),
        "declare_and_commit": rule({"check_within_days": 30}),
    }
}


@pytest.fixture
@kept
def voucher_id(app, now) -> int:
    """Claimed on a category that is only declared."""
    with write_transaction():
        person = make_person()
        make_category(person, "veteran", state=CategoryFactState.DECLARED)
        scheme = make_scheme(face_value_pack(**PACK))
        return claim_voucher(person.id, scheme_id=scheme.id, actor_id=None).id


def decide(state: CategoryFactState, **changes) -> None:
    with write_transaction():
        fact = db.session.query(CategoryFact).one()
        fact.state = state
        for name, value in changes.items():
            setattr(fact, name, value)


def check() -> Checked:
    with write_transaction():
        return check_declarations(actor_id=None)


def state_of(voucher_id: int) -> tuple[VoucherState, DeclarationState]:
    db.session.expire_all()
    promise = db.session.query(Declaration).one()
    return db.session.get_one(Voucher, voucher_id).state, promise.state


def test_the_word_is_noted_with_the_day_of_its_check(voucher_id):
    promise = db.session.query(Declaration).one()
    assert promise.voucher_id == voucher_id
    assert promise.check_by == clock.today() + timedelta(days=30)
    assert check() == Checked(0, 0, 0)
    with clock.frozen(NOW + timedelta(days=31)):
        assert check() == Checked(0, 0, 1)


def test_a_promise_that_was_true_is_closed_and_the_voucher_stays(voucher_id):
    decide(CategoryFactState.VERIFIED)
    assert check() == Checked(1, 0, 0)
    assert check() == Checked(0, 0, 0)
    assert state_of(voucher_id) == (VoucherState.ACTIVE, DeclarationState.KEPT)


@pytest.mark.parametrize(
    ("state", "changes"),
    [
        (CategoryFactState.REFUSED, {}),
        (CategoryFactState.WITHDRAWN, {}),
        (CategoryFactState.VERIFIED, {"valid_from": NOW.date() + timedelta(days=1)}),
    ],
)
def test_an_untrue_promise_takes_the_unused_voucher_back(voucher_id, state, changes):
    decide(state, **changes)
    assert check() == Checked(0, 1, 0)
    assert state_of(voucher_id) == (VoucherState.REVOKED, DeclarationState.BROKEN)
    assert not check_books().violations


def test_a_voucher_in_a_class_stays_until_it_is_released(voucher_id):
    with write_transaction():
        worker_id = db.session.get_one(Voucher, voucher_id).worker_id
        run = make_run()
        make_quote(worker_id, voucher_id=voucher_id, course_run_id=run.id, actor_id=None)
        mark_reserved(voucher_id)
    decide(CategoryFactState.REFUSED)
    assert check() == Checked(0, 1, 0)
    assert state_of(voucher_id) == (VoucherState.RESERVED, DeclarationState.BROKEN)
    with write_transaction():
        mark_active(voucher_id)
    assert state_of(voucher_id) == (VoucherState.REVOKED, DeclarationState.BROKEN)


def test_a_verified_category_needs_no_promise(app, now):
    with write_transaction():
        person = make_person()
        make_category(person, "veteran")
        scheme = make_scheme(face_value_pack(**PACK))
        claim_voucher(person.id, scheme_id=scheme.id, actor_id=None)
    assert db.session.query(Declaration).count() == 0
