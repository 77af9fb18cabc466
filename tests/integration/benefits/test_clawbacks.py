"""Taking a paid benefit back: owed, kept back by instalments, paid in, waived, disputed, undone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from marketplace.benefits.checks import CHECKS as BENEFIT_CHECKS
from marketplace.benefits.clawbacks.models import BenefitClawback, BenefitRepayment
from marketplace.benefits.clawbacks.operations.deciding import (
    approve_benefit_clawback,
    prepare_benefit_clawback,
    reject_benefit_clawback,
)
from marketplace.benefits.clawbacks.operations.disputes import (
    decide_clawback_dispute,
    file_clawback_dispute,
)
from marketplace.benefits.clawbacks.operations.netting import net_benefits_of, net_waiting_benefits
from marketplace.benefits.clawbacks.operations.repayments import (
    Receipt,
    book_repayment,
    prepare_repayment,
    prepare_waiver,
)
from marketplace.benefits.clawbacks.queries.listing import (
    Wanted,
    count_clawbacks_to_work_on,
    get_benefit_clawback_row,
    list_benefit_clawbacks,
    list_clawbacks_of_worker,
    list_paid_but_fallen,
)
from marketplace.benefits.clawbacks.states import ClawbackDisputeState
from marketplace.benefits.models import Benefit
from marketplace.benefits.operations import assemble_benefits, withdraw_benefit
from marketplace.benefits.states import BenefitKind
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.foundation.paging import PageRequest
from marketplace.ledger.entries import AccountName
from marketplace.ledger.queries import find_entry, get_balance_fen, get_draft_of
from marketplace.notices.models import Notice
from marketplace.payouts.models import Payout, PayoutAttempt
from marketplace.payouts.operations import return_payout
from marketplace.payouts.persons.checks import PERSON_CHECKS
from marketplace.payouts.persons.queries import list_ready_ids, sum_by_stage
from marketplace.reconciliation.checks import CHECKS as RECONCILIATION_CHECKS
from marketplace.reconciliation.models import ReconciliationBreak
from marketplace.reconciliation.operations.matching import match_statement_lines
from marketplace.reconciliation.operations.proposals import (
    Choice,
    list_proposed,
    propose_entry,
    propose_reversal,
)
from marketplace.reconciliation.operations.settling import approve_proposals
from marketplace.reconciliation.operations.statements import import_bank_statement
from marketplace.reconciliation.queries.proposals import list_break_lines
from marketplace.reconciliation.states import ProposalKind
from marketplace.redemption.operations.reverse import reverse_redemption
from marketplace.reporting.invariants import check_books
from marketplace.reporting.trail import trail_of_entry
from tests.factories.bank import make_camt053, make_entry
from tests.factories.benefits import (
    LIVING,
    make_account,
    make_benefit_scheme,
    make_benefit_world,
    make_redeemed_case,
    pay_ready_benefits,
)
from tests.factories.corruption import damage, guards_off
from tests.kept import kept

pytestmark = pytest.mark.usefixtures("app", "now")
EVERYWHERE = ("",)
PHOTO = b"\xff\xd8\xff\xe0 receipt"
WHY = {"reason": "attended by somebody else", "clause": "办法第十条"}


@pytest.fixture
@kept
def world(app, now):
    """Two people; the first has a living allowance and a fee paid, whose redemption is gone."""
    with write_transaction():
        made = make_benefit_world()
        make_account(made.first.worker)
        assemble_benefits(actor_id=None)
        pay_ready_benefits(made.officers)
        redemption = _benefit_of(made.first).redemption_id
        reverse_redemption(redemption, reason=WHY["reason"], actor_id=None)
    return made


def _benefit_of(case) -> Benefit:
    wanted = select(Benefit).where(Benefit.worker_id == case.worker.id).order_by(Benefit.id)
    return db.session.scalars(wanted).first()


def _fee_of(case) -> Benefit:
    wanted = select(Benefit).where(
        Benefit.worker_id == case.worker.id, Benefit.kind == BenefitKind.ASSESSMENT_FEE
    )
    return db.session.scalars(wanted.order_by(Benefit.id)).first()


def _do(act, *args, **values):
    with write_transaction():
        return act(*args, **values)


def _refused(act, *args, **values) -> tuple[str, ...]:
    with pytest.raises(Refused) as no, write_transaction():
        act(*args, **values)
    db.session.rollback()
    return no.value.codes


def _taken_back(world, *, instalments=1, amount_fen=30_000) -> BenefitClawback:
    officers, benefit = world.officers, _benefit_of(world.first)
    made = _do(
        prepare_benefit_clawback,
        benefit.id,
        amount_fen=amount_fen,
        instalments=instalments,
        actor_id=officers.maker_id,
        **WHY,
    )
    return _do(approve_benefit_clawback, made.id, actor_id=officers.checker_id)


def _owes(world) -> int:
    return get_balance_fen(AccountName("receivable:worker", world.first.worker.code))


def _available(world) -> int:
    return get_balance_fen(AccountName("allotment:available", _allotment(world)))


def _allotment(world) -> str:
    entry = find_entry("benefit.due", _benefit_of(world.first).code)
    [line] = [one for one in get_draft_of(entry.id).lines if one.account.kind.startswith("allot")]
    return line.account.key


def _second_training(world) -> Benefit:
    """Another living allowance for the same person."""
    with write_transaction():
        scheme = make_benefit_scheme(LIVING)
        make_redeemed_case(scheme, worker=world.first.worker)
    with write_transaction():
        assemble_benefits(actor_id=None)
    with write_transaction():
        net_waiting_benefits(after=0)
    wanted = select(Benefit).where(Benefit.worker_id == world.first.worker.id)
    return db.session.scalars(wanted.order_by(Benefit.id.desc())).first()


def _violations() -> list[object]:
    """Of the rooms a clawback from a person touches; the whole walk asks every room."""
    checks = (*BENEFIT_CHECKS, *PERSON_CHECKS, *RECONCILIATION_CHECKS)
    return [violation for check in checks for violation in check()]


def _left(code: str) -> int:
    return get_benefit_clawback_row(code, paths=EVERYWHERE).left_fen


def test_owed_kept_back_by_instalments_released_and_waived(world):
    officers, benefit = world.officers, _benefit_of(world.first)
    assert [one.benefit.id for one in list_paid_but_fallen(paths=EVERYWHERE)] == [
        benefit.id, _fee_of(world.first).id
    ]  # fmt: skip
    assert list_paid_but_fallen(paths=("nowhere/",)) == []
    assert count_clawbacks_to_work_on(EVERYWHERE) == 2
    assert _refused(withdraw_benefit, benefit.id, reason="no", actor_id=1) == ("benefit_in_payout",)
    before = _available(world)
    made = _do(
        prepare_benefit_clawback,
        benefit.id,
        amount_fen=30_000,
        instalments=3,
        actor_id=officers.maker_id,
        **WHY,
    )
    assert _refused(
        prepare_benefit_clawback, benefit.id, amount_fen=1, instalments=1, actor_id=1, **WHY
    ) == ("benefit_clawback_too_high",)
    assert _refused(approve_benefit_clawback, made.id, actor_id=officers.maker_id) == (
        "same_person",
    )
    assert list_clawbacks_of_worker(world.first.worker.id) == []
    made = _do(approve_benefit_clawback, made.id, actor_id=officers.checker_id)
    again = _do(approve_benefit_clawback, made.id, actor_id=officers.checker_id)
    assert (again.entry_id, _owes(world), _available(world) - before) == (
        made.entry_id, 30_000, 30_000
    )  # fmt: skip
    assert _refused(
        reject_benefit_clawback, made.id, reason="late", actor_id=officers.checker_id
    ) == ("benefit_clawback_decided",)
    [mine] = list_clawbacks_of_worker(world.first.worker.id)
    assert (mine.left_fen, mine.clawback.reason) == (30_000, WHY["reason"])
    assert [step.noun for step in trail_of_entry(made.entry_id)] == ["benefit", "person_clawback"]

    later = _second_training(world)
    assert (later.amount_fen, later.netted_fen, _owes(world)) == (30_000, 10_000, 20_000)
    assert _do(net_waiting_benefits, after=0) == (0, world.first.worker.id)
    with clock.frozen(clock.now() + timedelta(days=31)):
        assert _do(net_waiting_benefits, after=0)[0] == 10_000
        assert _do(net_benefits_of, world.first.worker.id, actor_id=None) == 0
    db.session.expire_all()
    assert (later.netted_fen, later.to_pay_fen, _left(made.code)) == (20_000, 10_000, 10_000)
    _do(withdraw_benefit, later.id, reason="not enrolled", actor_id=officers.maker_id)
    db.session.expire_all()
    assert (later.netted_fen, _owes(world), _left(made.code)) == (0, 30_000, 30_000)

    before = _available(world)
    waiver = _do(
        prepare_waiver, made.id, amount_fen=4_000, reason="hardship", actor_id=officers.maker_id
    )
    assert _refused(book_repayment, waiver.id, actor_id=officers.maker_id) == ("same_person",)
    _do(book_repayment, waiver.id, actor_id=officers.checker_id)
    assert (_left(made.code), _available(world) - before) == (26_000, -4_000)
    receipt = Receipt("R-77", clock.today(), "receipt.jpg", PHOTO)
    paid = _do(prepare_repayment, made.id, receipt, amount_fen=26_000, actor_id=officers.maker_id)
    assert _refused(
        prepare_waiver, made.id, amount_fen=1, reason="rest", actor_id=officers.maker_id
    ) == ("repayment_too_high",)
    waiting = list_benefit_clawbacks(PageRequest(), paths=EVERYWHERE, wanted=Wanted.TO_SIGN)
    assert waiting.total == 1
    _do(book_repayment, paid.id, actor_id=officers.checker_id)
    assert (_left(made.code), _owes(world)) == (0, 0)
    assert get_balance_fen(AccountName("treasury:repaid", _allotment(world))) == 26_000
    told = db.session.scalars(
        select(Notice.kind).where(Notice.user_id == world.first.worker.user_id)
    )
    assert {one for one in told if one.startswith("benefit_clawback")} == {
        "benefit_clawback.approved",
        "benefit_clawback.netted",
        "benefit_clawback.waived",
        "benefit_clawback.repaid",
    }
    with clock.frozen(clock.now() + timedelta(days=32)):
        assert check_books().violations == ()


@pytest.mark.sqlite
def test_all_of_a_benefit_kept_back_is_never_paid_and_part_of_it_pays_the_rest(world):
    made = _taken_back(world, amount_fen=30_000)
    later = _second_training(world)
    assert (later.netted_fen, later.to_pay_fen) == (30_000, 0)
    stages = sum_by_stage(paths=EVERYWHERE, currency="CNY")
    assert {one.value: found.count for one, found in stages.items() if found.count} == {
        "paid": 2, "netted": 1, "no_account": 2
    }  # fmt: skip
    assert list_ready_ids(paths=EVERYWHERE) == []
    assert _left(made.code) == 0
    with write_transaction():
        fee = prepare_benefit_clawback(
            _fee_of(world.first).id,
            amount_fen=10_000,
            instalments=1,
            actor_id=world.officers.maker_id,
            **WHY,
        )
        approve_benefit_clawback(fee.id, actor_id=world.officers.checker_id)
    third = _second_training(world)
    assert third.to_pay_fen == 20_000
    with write_transaction():
        pay_ready_benefits(world.officers, opening_fen=100_000_000 - 45_000)
    db.session.expire_all()
    [payout] = db.session.scalars(select(Payout).where(Payout.benefit_id == third.id))
    assert (payout.amount_fen, payout.state.value) == (20_000, "confirmed")
    assert _violations() == []


@pytest.mark.sqlite
def test_a_dispute_stops_what_is_kept_back_until_another_officer_answers(world):
    officers, worker = world.officers, world.first.worker
    made = _taken_back(world)
    words = "I sat in every lesson myself"
    _do(file_clawback_dispute, made.id, words=words, actor_id=worker.user_id)
    assert _refused(file_clawback_dispute, made.id, words=words, actor_id=worker.user_id) == (
        "clawback_dispute_open",
    )
    later = _second_training(world)
    assert (later.netted_fen, _owes(world)) == (0, 30_000)
    verdict = {
        "answer": "the lists say no",
        "clause": "第十条",
        "verdict": ClawbackDisputeState.REJECTED,
    }
    assert _refused(decide_clawback_dispute, made.id, actor_id=officers.maker_id, **verdict) == (
        "clawback_dispute_own",
    )
    third = world.second.worker.user_id
    _do(decide_clawback_dispute, made.id, actor_id=third, **verdict)
    db.session.expire_all()
    assert (later.netted_fen, _owes(world)) == (30_000, 0)
    assert _refused(file_clawback_dispute, made.id, words=words, actor_id=worker.user_id) == (
        "clawback_settled",
    )
    with write_transaction():
        fee = prepare_benefit_clawback(
            _fee_of(world.first).id,
            amount_fen=15_000,
            instalments=1,
            actor_id=officers.maker_id,
            **WHY,
        )
        approve_benefit_clawback(fee.id, actor_id=officers.checker_id)
        file_clawback_dispute(fee.id, words=words, actor_id=worker.user_id)
        right = ClawbackDisputeState.ACCEPTED
        decide_clawback_dispute(
            fee.id, verdict=right, answer="you are right", clause="", actor_id=third
        )
    [waiver] = db.session.scalars(select(BenefitRepayment))
    assert (waiver.kind.value, waiver.amount_fen, waiver.state.value) == (
        "waiver", 15_000, "prepared"
    )  # fmt: skip
    _do(book_repayment, waiver.id, actor_id=officers.checker_id)
    assert _owes(world) == 0
    assert _violations() == []


@pytest.mark.sqlite
def test_a_line_of_the_bank_pays_it_back_and_can_be_undone(world):
    officers = world.officers
    made = _taken_back(world)
    spaced = made.code.lower().replace("-", " - ")
    detail = f"<TxDtls><RmtInf><Ustrd>退款 {spaced}</Ustrd></RmtInf></TxDtls>"
    lines = [make_entry("120.00", "CRDT", details=detail), make_entry("500.00", "CRDT")]
    with write_transaction():
        import_bank_statement(
            make_camt053(lines, opening="999550.00", closing="1000170.00", key="S-9"),
            file_name="in.xml",
            bank_account="MAIN",
            actor_id=None,
        )
    _do(match_statement_lines, actor_id=None)
    first, second = db.session.scalars(
        select(ReconciliationBreak).order_by(ReconciliationBreak.amount_fen)
    )
    rows = list_break_lines([first.code, second.code])
    proposed = list_proposed(rows)
    assert (proposed[first.id].kind, proposed[first.id].payout_code) == (
        ProposalKind.PERSON_REPAID, made.code
    )  # fmt: skip
    assert proposed[second.id].kind == ProposalKind.UNKNOWN_RECEIPT
    repaid = Choice(ProposalKind.PERSON_REPAID, "退回生活费", made.code)
    assert _refused(propose_entry, second.code, repaid, actor_id=officers.maker_id) == (
        "repayment_too_high",
    )
    nobody = Choice(ProposalKind.PERSON_REPAID, "退回生活费", "BC-NOBODY")
    assert _refused(propose_entry, first.code, nobody, actor_id=officers.maker_id) == (
        "proposal_needs_clawback",
    )
    taken = _do(propose_entry, first.code, repaid, actor_id=officers.maker_id)
    _do(approve_proposals, [taken.code], actor_id=officers.checker_id)
    assert (_left(made.code), _owes(world)) == (18_000, 18_000)
    assert [step.noun for step in trail_of_entry(taken.entry_id)] == [
        "benefit", "person_clawback", "break"
    ]  # fmt: skip
    assert _violations() == []
    undo = _do(propose_reversal, taken.code, reason="another person's", actor_id=officers.maker_id)
    _do(approve_proposals, [undo.code], actor_id=officers.checker_id)
    assert (_left(made.code), _owes(world)) == (30_000, 30_000)
    assert _violations() == []


@pytest.mark.sqlite
def test_a_payment_that_comes_back_afterwards_is_kept_back_whole(world):
    """The bank returns what is being taken back: it is neither paid again nor owed twice."""
    made = _taken_back(world, instalments=36)
    benefit = _benefit_of(world.first)
    attempt = db.session.scalars(
        select(PayoutAttempt).join(Payout).where(Payout.benefit_id == benefit.id)
    ).one()
    with write_transaction():
        return_payout(
            attempt.payout_id,
            end_to_end_id=attempt.end_to_end_id,
            reason_code="AC04",
            effective_on=clock.today(),
            actor_id=None,
        )
    assert _refused(withdraw_benefit, benefit.id, reason="no", actor_id=1) == (
        "benefit_clawed_back",
    )
    assert _do(net_waiting_benefits, after=0)[0] == 30_000
    assert (_left(made.code), _owes(world)) == (0, 0)
    assert get_balance_fen(AccountName("payable:worker", world.first.worker.code)) == 0
    found = {one.invariant for one in _violations()}
    assert found <= {"14 one bank line"}, "only that the statement still says it was paid"


PLANTED = {
    "27 clawback": "UPDATE account SET balance_fen = balance_fen + 1"
    " WHERE kind = 'receivable:worker'",
    "17 business cause": "UPDATE benefit_netting SET amount_fen = amount_fen + 1",
    "19 states": "UPDATE benefit SET netted_fen = netted_fen - 1 WHERE netted_fen > 0",
    "20 two people": "UPDATE benefit_clawback SET decided_by = prepared_by",
}


def test_raw_hands_are_stopped_and_planted_damage_is_found(world):
    made = _taken_back(world, instalments=2)
    later = _second_training(world)
    assert later.netted_fen == 15_000
    _do(prepare_waiver, made.id, amount_fen=15_000, reason="x y", actor_id=world.officers.maker_id)
    for statement in (
        "UPDATE benefit_clawback SET amount_fen = 1",
        "UPDATE benefit_clawback SET state = 'rejected'",
        "DELETE FROM benefit_clawback",
        "UPDATE benefit_netting SET amount_fen = 1",
        "DELETE FROM benefit_netting",
        "INSERT INTO benefit_netting (clawback_id, benefit_id, amount_fen, entry_id, netted_at)"
        " SELECT clawback_id, benefit_id, 15001, 1, netted_at FROM benefit_netting",
        "UPDATE benefit_repayment SET decided_by = prepared_by, state = 'rejected'",
        "UPDATE benefit_repayment SET amount_fen = 15001",
        "DELETE FROM benefit_repayment",
        "UPDATE benefit SET netted_fen = 1 WHERE EXISTS"
        " (SELECT 1 FROM payout WHERE payout.benefit_id = benefit.id)",
        "UPDATE benefit SET netted_fen = amount_fen + 1",
    ):
        with pytest.raises(IntegrityError), write_transaction():
            db.session.execute(text(statement))
        db.session.rollback()
    assert check_books().violations == ()
    with guards_off():
        for statement in PLANTED.values():
            damage(statement)
    assert set(PLANTED) <= {one.invariant for one in check_books().violations}
