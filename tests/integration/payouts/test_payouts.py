"""Payouts: two signatures, one file, one entry per step, and never twice."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta

import pytest
from lxml import etree
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.institutions.models import Institution, PayoutAccount
from marketplace.institutions.states import InstitutionState, PayoutAccountState
from marketplace.ledger.entries import AccountName
from marketplace.ledger.models import JournalEntry
from marketplace.ledger.queries import find_entry, get_balance_fen, get_draft_of
from marketplace.payouts.models import Payout, PayoutAttempt, PayoutBatch
from marketplace.payouts.operations import (
    approve_payout_batch,
    confirm_payout,
    open_payout_file,
    prepare_payout_batch,
    reject_payout_batch,
    return_payout,
    send_payout_batch,
)
from marketplace.payouts.rails.payer import find_payer, use_payer
from marketplace.payouts.states import PayoutBatchState, PayoutState
from tests.factories.settlement import (
    make_approved_settlement,
    make_officers,
    make_payout_account,
    make_sent_batch,
)
from tests.kept import kept

pytestmark = pytest.mark.usefixtures("app", "now")
PAIN = "{urn:iso:std:iso:20022:tech:xsd:pain.001.001.09}"


@pytest.fixture
@kept
def officers(app, now):
    with write_transaction():
        return make_officers()


@pytest.fixture
@kept
def sent(officers):
    with write_transaction():
        return make_sent_batch(officers)


def _balances(institution: str | None = None) -> dict[str, int]:
    names = [AccountName("clearing:rail", "bank_file"), AccountName("bank:paid", "bank_file")]
    if institution:
        names.append(AccountName("payable:institution", institution))
    return {name.kind: get_balance_fen(name) for name in names}


def _postings(kind: str, key: str) -> set[tuple[str, str, int]]:
    entry = find_entry(kind, key)
    assert entry is not None
    return {(line.account.kind, line.side, line.fen) for line in get_draft_of(entry.id).lines}


def _first(batch: PayoutBatch) -> tuple[Payout, PayoutAttempt, str]:
    payout, attempt, code = db.session.execute(
        select(Payout, PayoutAttempt, Institution.code)
        .join(PayoutAttempt, PayoutAttempt.payout_id == Payout.id)
        .join(Institution, Institution.id == Payout.institution_id)
        .where(PayoutAttempt.batch_id == batch.id)
        .order_by(Payout.id)
        .limit(1)
    ).one()
    return payout, attempt, code


def test_a_batch_pays_approved_settlements_of_verified_payees_only(officers):
    with write_transaction():
        paid = make_approved_settlement(officers)
        bare = make_approved_settlement(officers, name="无账户学校")
        held = make_approved_settlement(officers, name="新账户学校")
        barred = make_approved_settlement(officers, name="禁入学校")
        account = PayoutAccount.institution_id
        db.session.execute(
            update(PayoutAccount)
            .where(account == bare.institution_id)
            .values(state=PayoutAccountState.RETIRED)
        )
        db.session.execute(
            update(PayoutAccount)
            .where(account == held.institution_id)
            .values(payable_from=clock.today() + timedelta(days=1))
        )
        db.session.get_one(Institution, barred.institution_id).state = InstitutionState.BARRED
    with pytest.raises(Refused) as refused, write_transaction():
        prepare_payout_batch(
            [paid.id, bare.id, held.id, barred.id], rail="bank_file", actor_id=officers.maker_id
        )
    assert [(r.code, r.params["institution"]) for r in refused.value.refusals] == [
        ("no_verified_payout_account", "无账户学校"),
        ("payout_account_held", "新账户学校"),
        ("institution_payment_held", "禁入学校"),
    ]
    assert db.session.scalar(select(Payout.id).limit(1)) is None


def test_an_unsigned_settlement_and_an_empty_choice_are_refused(officers):
    with write_transaction():
        settlement = make_approved_settlement(officers)
        settlement.state = "prepared"
    with pytest.raises(Refused) as refused, write_transaction():
        prepare_payout_batch([settlement.id], rail="bank_file", actor_id=officers.maker_id)
    assert refused.value.codes == ("settlement_not_approved",)
    with pytest.raises(Refused) as empty, write_transaction():
        prepare_payout_batch([], rail="bank_file", actor_id=officers.maker_id)
    assert empty.value.codes == ("nothing_to_pay",)


def test_a_settlement_is_in_one_batch_and_a_second_click_finds_it(officers):
    with write_transaction():
        settlement = make_approved_settlement(officers)
        batch = prepare_payout_batch([settlement.id], rail="bank_file", actor_id=officers.maker_id)
    with write_transaction():
        again = prepare_payout_batch([settlement.id], rail="bank_file", actor_id=officers.maker_id)
        assert again.id == batch.id
    with pytest.raises(Refused) as refused, write_transaction():
        prepare_payout_batch([settlement.id], rail="bank_file", actor_id=officers.checker_id)
    assert refused.value.codes == ("already_in_payout",)


def test_a_batch_needs_two_people(officers):
    with write_transaction():
        settlement = make_approved_settlement(officers)
        batch = prepare_payout_batch([settlement.id], rail="bank_file", actor_id=officers.maker_id)
    for act, code in (
        (send_payout_batch, "batch_not_approved"),
        (approve_payout_batch, "same_person"),
    ):
        with pytest.raises(Refused) as refused, write_transaction():
            act(batch.id, actor_id=officers.maker_id)
        assert refused.value.codes == (code,)
    with pytest.raises(IntegrityError), write_transaction():
        db.session.execute(
            update(PayoutBatch)
            .where(PayoutBatch.id == batch.id)
            .values(state="approved", decided_by=officers.maker_id)
        )


def test_sending_posts_each_payout_to_clearing(sent):
    payout, attempt, code = _first(sent)
    assert _postings("payout.sent", attempt.end_to_end_id) == {
        ("payable:institution", "debit", 120_000),
        ("clearing:rail", "credit", 120_000),
    }
    assert payout.state == PayoutState.SENT
    assert _balances(code) == {
        "clearing:rail": 200_050,
        "bank:paid": 0,
        "payable:institution": 0,
    }


def test_sent_twice_is_one_file_and_one_entry(officers, sent):
    before = open_payout_file(sent)
    digest, entries = sent.file_sha256, db.session.scalars(select(JournalEntry.id)).all()
    with clock.frozen(clock.now() + timedelta(hours=5)), write_transaction():
        send_payout_batch(sent.id, actor_id=officers.checker_id)
    again = db.session.get_one(PayoutBatch, sent.id)
    assert open_payout_file(again) == before
    assert again.file_sha256 == digest == hashlib.sha256(before.content).hexdigest()
    assert db.session.scalars(select(JournalEntry.id)).all() == entries


def test_the_file_is_kept_sealed(sent):
    number = db.session.scalars(select(PayoutAccount).limit(1)).one().number
    assert number.encode() in open_payout_file(sent).content
    assert number not in sent.file_sealed


def test_the_file_is_valid_and_adds_up(sent, shared_data):
    content = open_payout_file(sent).content
    document = etree.fromstring(content)
    schema = etree.XMLSchema(etree.parse(shared_data / "bank/xsd/pain.001.001.09.xsd"))
    schema.assertValid(document)
    amounts = [element.text for element in document.iter(f"{PAIN}InstdAmt")]
    assert amounts == ["1200.00", "800.50"]
    assert {element.text for element in document.iter(f"{PAIN}CtrlSum")} == {"2000.50"}
    assert {element.text for element in document.iter(f"{PAIN}NbOfTxs")} == {"2"}
    references = [element.text for element in document.iter(f"{PAIN}EndToEndId")]
    assert references == list(
        db.session.scalars(select(PayoutAttempt.end_to_end_id).order_by(PayoutAttempt.id))
    )
    assert all(len(reference) <= 35 for reference in references)
    assert document.find(f".//{PAIN}CdtrAgt//{PAIN}ClrSysId/{PAIN}Cd").text == "CNAPS"
    assert document.find(f".//{PAIN}CdtrAgt//{PAIN}MmbId").text == "999100000009"


def test_without_a_payer_nothing_leaves(officers):
    payer = find_payer()
    use_payer(None)
    try:
        with pytest.raises(Refused) as refused, write_transaction():
            make_sent_batch(officers)
    finally:
        use_payer(payer)
    assert refused.value.codes == ("payer_unknown",)


def test_a_payee_account_changed_since_stops_the_batch(officers):
    with write_transaction():
        settlement = make_approved_settlement(officers)
        batch = prepare_payout_batch([settlement.id], rail="bank_file", actor_id=officers.maker_id)
        approve_payout_batch(batch.id, actor_id=officers.checker_id)
        db.session.execute(update(PayoutAccount).values(state=PayoutAccountState.RETIRED))
        make_payout_account(
            settlement.institution_id,
            proposer_id=officers.maker_id,
            verifier_id=officers.checker_id,
        )
    with pytest.raises(Refused) as refused, write_transaction():
        send_payout_batch(batch.id, actor_id=officers.maker_id)
    assert refused.value.codes == ("payout_account_changed",)
    with write_transaction():
        reject_payout_batch(batch.id, reason="账户已变更", actor_id=officers.checker_id)
        second = prepare_payout_batch([settlement.id], rail="bank_file", actor_id=officers.maker_id)
        approve_payout_batch(second.id, actor_id=officers.checker_id)
        send_payout_batch(second.id, actor_id=officers.maker_id)
    payout, attempt, _code = _first(second)
    assert (payout.attempt, attempt.number) == (2, 2)
    assert attempt.end_to_end_id == f"{payout.code}-2"
    assert find_entry("payout.sent", f"{payout.code}-1") is None
    assert batch.state == PayoutBatchState.REJECTED


def test_what_left_cannot_be_rejected(officers, sent):
    with pytest.raises(Refused) as refused, write_transaction():
        reject_payout_batch(sent.id, reason="后悔", actor_id=officers.checker_id)
    assert refused.value.codes == ("batch_already_sent",)


def test_the_bank_confirms_once(officers, sent):
    payout, attempt, code = _first(sent)
    with write_transaction():
        numbers = {
            confirm_payout(
                payout.id,
                end_to_end_id=attempt.end_to_end_id,
                effective_on=date(2026, 11, 23),
                actor_id=officers.maker_id,
            )
            for _ in range(2)
        }
    assert len(numbers) == 1
    assert _postings("payout.confirmed", attempt.end_to_end_id) == {
        ("clearing:rail", "debit", 120_000),
        ("bank:paid", "credit", 120_000),
    }
    entry = find_entry("payout.confirmed", attempt.end_to_end_id)
    assert entry.effective_on == date(2026, 11, 23)
    assert _balances(code) == {
        "clearing:rail": 80_050,
        "bank:paid": 120_000,
        "payable:institution": 0,
    }


@pytest.mark.parametrize("confirmed_first", [False, True])
def test_returned_money_is_owed_again_and_tried_again(officers, sent, confirmed_first):
    payout, attempt, code = _first(sent)
    reference = attempt.end_to_end_id
    with write_transaction():
        if confirmed_first:
            confirm_payout(
                payout.id, end_to_end_id=reference, effective_on=clock.today(), actor_id=None
            )
        for _ in range(2):
            return_payout(
                payout.id,
                end_to_end_id=reference,
                reason_code="AC04",
                effective_on=clock.today(),
                actor_id=None,
            )
    assert _postings("payout.returned", reference) == {
        ("clearing:rail", "debit", 120_000),
        ("payable:institution", "credit", 120_000),
    }
    assert _balances(code) == {
        "clearing:rail": 80_050,
        "bank:paid": 0,
        "payable:institution": 120_000,
    }
    reversal = find_entry("reversal", f"payout.confirmed:{reference}")
    assert (reversal is not None) == confirmed_first
    with write_transaction():
        batch = prepare_payout_batch(
            [payout.settlement_id], rail="bank_file", actor_id=officers.maker_id
        )
        approve_payout_batch(batch.id, actor_id=officers.checker_id)
        send_payout_batch(batch.id, actor_id=officers.maker_id)
    again, second, _code = _first(batch)
    assert again.id == payout.id
    assert second.end_to_end_id == f"{payout.code}-2" != reference
    assert _balances(code)["payable:institution"] == 0
    with pytest.raises(Refused) as refused, write_transaction():
        confirm_payout(
            payout.id, end_to_end_id=reference, effective_on=clock.today(), actor_id=None
        )
    assert "other_attempt" in refused.value.codes


def test_the_null_rail_answers_at_once_and_writes_no_file(officers):
    with write_transaction():
        batch = make_sent_batch(officers, (5_000,), rail="null")
    payout, attempt, code = _first(batch)
    assert payout.state == PayoutState.CONFIRMED
    assert get_balance_fen(AccountName("bank:paid", "null")) == 5_000
    assert get_balance_fen(AccountName("clearing:rail", "null")) == 0
    with pytest.raises(Refused) as refused:
        open_payout_file(batch)
    assert refused.value.codes == ("batch_without_file",)
