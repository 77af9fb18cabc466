"""A benefit's whole life: decided, owed, paid to the person, banked, returned once, closed."""

from __future__ import annotations

import json

import pytest
from lxml import etree
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from marketplace.audit.models import AuditEvent
from marketplace.benefits.models import Benefit, WorkerBankAccount
from marketplace.benefits.operations import (
    assemble_benefits,
    remind_for_bank_accounts,
    withdraw_benefit,
    withdraw_fallen_benefits,
)
from marketplace.benefits.queries import list_promised_lines
from marketplace.benefits.states import BENEFIT_JOB, BenefitKind, BenefitState
from marketplace.cli.runner import Runner
from marketplace.closing.queries import prove_period
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.foundation.money import Money
from marketplace.foundation.paging import PageRequest
from marketplace.funds.queries import find_fund_by_code
from marketplace.jobs.models import Job
from marketplace.jobs.operations import enqueue_job
from marketplace.ledger.entries import AccountName
from marketplace.ledger.models import Period
from marketplace.ledger.queries import find_entry, get_balance_fen, get_draft_of
from marketplace.notices.models import Notice
from marketplace.payouts.models import Payout, PayoutBatch
from marketplace.payouts.operations import (
    approve_payout_batch,
    open_payout_file,
    send_payout_batch,
)
from marketplace.payouts.persons.operations import prepare_benefit_batch
from marketplace.payouts.persons.queries import (
    get_benefit_row,
    list_people_of_batch,
    list_ready_ids,
    sum_by_stage,
)
from marketplace.payouts.persons.rules import Stage
from marketplace.payouts.queries import list_payout_batches
from marketplace.payouts.rails.demo_bank import answer_batch_file
from marketplace.people.models import User
from marketplace.reconciliation.operations.matching import match_statement_lines
from marketplace.reconciliation.operations.statements import import_bank_statement
from marketplace.reconciliation.queries.overview import get_reconciliation
from marketplace.reconciliation.queries.suggestions import list_open_payouts
from marketplace.redemption.operations.redeem import redeem_voucher
from marketplace.redemption.operations.reverse import reverse_redemption
from marketplace.reporting.invariants import check_books
from marketplace.reporting.trail import trail_of_entry
from tests.factories.benefits import (
    LIVING,
    make_account,
    make_benefit_scheme,
    make_benefit_world,
    make_redeemed_case,
)
from tests.factories.corruption import damage, guards_off
from tests.factories.funds import make_funded_allotment, make_place
from tests.kept import kept

pytestmark = pytest.mark.usefixtures("app", "now")
PAIN = "{urn:iso:std:iso:20022:tech:xsd:pain.001.001.09}"
EVERYWHERE = ("",)


@pytest.fixture
@kept
def world(app, now):
    with write_transaction():
        return make_benefit_world()


def _assemble():
    with write_transaction():
        return assemble_benefits(actor_id=None)


def _owed(case) -> int:
    return get_balance_fen(AccountName("payable:worker", case.worker.code))


def _stages() -> dict[str, int]:
    found = sum_by_stage(paths=EVERYWHERE, currency="CNY")
    return {stage.value: one.count for stage, one in found.items() if one.count}


def _told(case) -> list[str]:
    wanted = select(Notice.kind).where(Notice.user_id == case.worker.user_id).order_by(Notice.id)
    return [kind for kind in db.session.scalars(wanted) if kind.startswith(("benefit", "worker_b"))]


def _codes(act, *args, **values) -> tuple[str, ...]:
    with pytest.raises(Refused) as no, write_transaction():
        act(*args, **values)
    db.session.rollback()
    return no.value.codes


def _sent(ids, officers) -> PayoutBatch:
    with write_transaction():
        batch = prepare_benefit_batch(ids, rail="bank_file", actor_id=officers.maker_id)
        approve_payout_batch(batch.id, actor_id=officers.checker_id)
        return send_payout_batch(batch.id, actor_id=officers.maker_id)


def _bank(batch, *, returned=(), opening=None):
    statement = answer_batch_file(
        open_payout_file(batch).content,
        returned=dict.fromkeys(returned, "AC04"),
        opening_fen=opening,
    )
    with write_transaction():
        import_bank_statement(
            statement, file_name=f"{batch.code}.xml", bank_account="MAIN", actor_id=None
        )
    with write_transaction():
        return match_statement_lines(actor_id=None)


def test_from_the_decision_to_the_bank_and_back_once(world):
    first, second, officers = world.first, world.second, world.officers
    assert len(list_promised_lines(first.worker.id)) == 2
    with write_transaction():
        make_account(first.worker)
    assert (_assemble().due, _assemble().is_over) == (4, True)
    assert list_promised_lines(first.worker.id) == []
    assert (_owed(first), _owed(second)) == (45_000, 45_000)
    assert _told(first) == ["worker_bank_account.named", "benefit.due", "benefit.due"]
    assert set(_told(second)) == {"benefit.due_without_account"}
    assert _stages() == {"ready": 2, "no_account": 2}

    benefit = db.session.scalars(select(Benefit).order_by(Benefit.id)).first()
    entry = find_entry("benefit.due", benefit.code)
    assert {
        (line.account.kind, line.side.value, line.fen) for line in get_draft_of(entry.id).lines
    } == {("allotment:available", "debit", 30_000), ("payable:worker", "credit", 30_000)}
    [step] = benefit.steps
    assert (step["code"], step["rule"]) == ("amount", f"{LIVING['clause']} · {_scheme(world)} v1")

    every = list(db.session.scalars(select(Benefit.id)))
    assert set(
        _codes(prepare_benefit_batch, every, rail="bank_file", actor_id=officers.maker_id)
    ) == {"benefit_without_account"}
    with write_transaction():
        make_account(second.worker)
    ready = list_ready_ids(paths=EVERYWHERE)
    assert ready == sorted(every)
    with write_transaction():
        batch = prepare_benefit_batch(ready, rail="bank_file", actor_id=officers.maker_id)
        again = prepare_benefit_batch(ready, rail="bank_file", actor_id=officers.maker_id)
        assert again.id == batch.id
    assert _codes(
        prepare_benefit_batch, ready[:1], rail="bank_file", actor_id=officers.checker_id
    ) == ("benefit_already_in_payout",)
    assert _codes(approve_payout_batch, batch.id, actor_id=officers.maker_id) == ("same_person",)
    assert _codes(
        withdraw_benefit, ready[0], reason="not enrolled", actor_id=officers.maker_id
    ) == ("benefit_in_payout",)
    sent = _sent(ready, officers)
    assert sent.id == batch.id
    assert (_owed(first), _owed(second)) == (0, 0)
    assert _stages() == {"sent": 4}
    assert _told(second)[-1] == "benefit.sent"
    _file_pays_the_people(sent, world)
    assert [row.batch.code for row in list_payout_batches(PageRequest(), paths=("nowhere/",)).items
            ] == []  # fmt: skip
    assert len(list_open_payouts(returned_fen=(), paths=EVERYWHERE)) == 4

    one = list_people_of_batch(sent.id)[0]
    result = _bank(sent, returned=[one.attempt.end_to_end_id])
    assert (result.matched, result.breaks_opened) == (5, 0)
    assert get_reconciliation().unexplained_fen == 0
    assert _stages() == {"paid": 3, "came_back": 1}
    returned = get_benefit_row(one.benefit.code, paths=EVERYWHERE)
    assert (returned.stage, returned.return_code) == (Stage.CAME_BACK, "AC04")
    assert _owed(first) == 30_000
    assert _told(first)[-1] == "benefit.returned"
    assert list_ready_ids(paths=EVERYWHERE) == []
    assert _bank(sent).matched == 0
    assert _owed(first) == 30_000

    with write_transaction():
        account = make_account(first.worker)
    assert account.payable_from > clock.today()
    assert _stages() == {"paid": 3, "held": 1}
    with clock.frozen(clock.now().replace(day=28)):
        second_try = _sent(list_ready_ids(paths=EVERYWHERE), officers)
        attempt = list_people_of_batch(second_try.id)[0].attempt
        assert (attempt.number, attempt.payout_id) == (2, one.payout.id)
        assert _bank(second_try, opening=100_000_000 + 30_000).matched == 1
        assert _stages() == {"paid": 4}
        assert _owed(first) == 0
        steps = [step.noun for step in trail_of_entry(attempt.sent_entry_id)]
        assert steps == ["redemption", "benefit", "batch", "batch", "statement", "statement"]
        proofs = prove_period(db.session.scalars(select(Period)).first())
        facts = proofs.facts
        assert (facts.violations, facts.open_differences, facts.unmatched_lines) == (0, 0, 0)
    assert db.session.scalar(select(Payout.code).where(Payout.benefit_id.is_(None))) is None


def _scheme(world) -> str:
    return world.scheme.code


def _file_pays_the_people(batch, world) -> None:
    root = etree.fromstring(open_payout_file(batch).content)
    payments = root.findall(f".//{PAIN}CdtTrfTxInf")
    assert root.findtext(f".//{PAIN}CtrlSum") == "900.00"
    assert batch.control_sum_fen == 90_000
    assert len({node.findtext(f".//{PAIN}EndToEndId") for node in payments}) == 4
    names = {node.findtext(f"{PAIN}Cdtr/{PAIN}Nm") for node in payments}
    assert names == {world.first.worker.name, world.second.worker.name}
    texts = {node.findtext(f".//{PAIN}Ustrd") for node in payments}
    assert texts == set(db.session.scalars(select(Benefit.code)))
    trail = " ".join(str(one.details) for one in db.session.scalars(select(AuditEvent)))
    numbers = [account.number for account in db.session.scalars(select(WorkerBankAccount))]
    assert not any(number in trail for number in numbers)
    assert not any(number in str(batch.file_sealed) for number in numbers)


def test_money_that_is_missing_and_a_cause_that_falls_away():
    with write_transaction():
        scheme = make_benefit_scheme(LIVING, amount=Money(80_000, "CNY"))
        case = make_redeemed_case(scheme)
    found = _assemble()
    assert (found.due, found.unfunded) == (0, 1)
    assert _assemble().funded_later == 0
    assert _owed(case) == 0
    with write_transaction():
        make_funded_allotment(find_fund_by_code("FUND-TEST"), place=make_place("220800"))
    assert _assemble().funded_later == 1
    assert _owed(case) == 30_000
    with write_transaction():
        redemption = db.session.scalars(select(Benefit)).one().redemption_id
        reverse_redemption(redemption, reason="attended by another", actor_id=None)
        assert withdraw_fallen_benefits() == 1
        assert withdraw_fallen_benefits() == 0
    assert _owed(case) == 0
    assert _told(case)[-1] == "benefit.withdrawn"
    with write_transaction():
        redeem_voucher(case.voucher.id, institution_id=case.institution.id, actor_id=case.staff.id)
    assert _assemble().due == 1
    benefits = db.session.scalars(select(Benefit).order_by(Benefit.id)).all()
    assert [one.state for one in benefits] == [BenefitState.WITHDRAWN, BenefitState.DUE]
    assert check_books().violations == ()


@pytest.mark.sqlite
def test_who_had_it_as_often_as_the_policy_says_is_told_so():
    with write_transaction():
        scheme = make_benefit_scheme({**LIVING, "per_lifetime_max": 1})
        first = make_redeemed_case(scheme)
        make_redeemed_case(scheme, worker=first.worker)
    assert (_assemble().due, db.session.scalar(select(Benefit.state).where(
        Benefit.amount_fen == 0))) == (1, BenefitState.DECLINED)  # fmt: skip
    declined = db.session.scalars(select(Benefit).where(Benefit.amount_fen == 0)).one()
    assert [step["code"] for step in declined.steps] == ["promised", "per_lifetime_max"]
    assert declined.kind is BenefitKind.LIVING
    with clock.frozen(clock.now().replace(month=12, day=28)), write_transaction():
        assert remind_for_bank_accounts() == 1
        assert remind_for_bank_accounts() == 0


PLANTED = {
    "12 payable": "UPDATE account SET balance_fen = balance_fen + 1 WHERE kind = 'payable:worker'",
    "13 payout": "UPDATE payout SET amount_fen = amount_fen + 1",
    "13 batch": "UPDATE payout_batch SET payee = 'institution'",
    "17 business cause": "UPDATE benefit SET amount_fen = amount_fen + 2",
    "19 states": "UPDATE benefit SET worker_id ="
    " (SELECT max(id) FROM worker WHERE id <> benefit.worker_id)",
    "21 payee": "UPDATE worker_bank_account SET payable_from = '2027-01-01'",
}


def test_planted_damage_is_found_and_raw_hands_are_stopped(world):
    with write_transaction():
        make_account(world.first.worker)
    _assemble()
    _sent(list_ready_ids(paths=EVERYWHERE), world.officers)
    assert check_books().violations == ()
    for statement in (
        "UPDATE benefit SET amount_fen = 1",
        "UPDATE benefit SET state = 'unfunded', entry_id = NULL",
        "UPDATE benefit SET state = 'withdrawn', withdrawn_reason = 'x'",
        "DELETE FROM benefit",
        "UPDATE worker_bank_account SET bank_code = '1'",
        "DELETE FROM worker_bank_account",
        "UPDATE payout SET settlement_id = 1",
        "UPDATE payout SET benefit_id = NULL",
        "UPDATE payout_attempt SET worker_bank_account_id = NULL",
        "INSERT INTO payout (code, benefit_id, amount_fen, currency, state, attempt, created_at,"
        " changed_at) SELECT 'PO-X', max(id), 1, 'CNY', 'prepared', 1, decided_at, decided_at"
        " FROM benefit GROUP BY decided_at",
    ):
        with pytest.raises(IntegrityError), write_transaction():
            db.session.execute(text(statement))
        db.session.rollback()
    with guards_off():
        for statement in PLANTED.values():
            damage(statement)
    found = {one.invariant for one in check_books().violations}
    assert set(PLANTED) <= found


@pytest.mark.sqlite
def test_the_commands_do_the_same_and_the_job_decides_by_itself(app, world):
    with write_transaction():
        make_account(world.first.worker)
        enqueue_job(BENEFIT_JOB, payload={}, requested_by=None)
    Runner(app).run_until_empty(once=False)
    job = db.session.scalars(select(Job).where(Job.kind == BENEFIT_JOB)).one()
    assert job.result == {
        "withdrawn": 0, "due": 4, "unfunded": 0, "declined": 0, "netted_fen": 0, "reminded": 0,
    }  # fmt: skip
    assert _run(app, "assemble")["due"] == 0
    found = _run(app, "list", "--stage", "ready")
    assert (found["total"], found["stages"]["no_account"]["amount_fen"]) == (2, 45_000)
    assert found["benefits"][0]["account"].startswith("****")
    maker, checker = (
        db.session.get_one(User, one).login
        for one in (world.officers.maker_id, world.officers.checker_id)
    )
    batch = _run(app, "prepare", "--by", maker)
    assert (batch["count"], batch["control_sum_fen"]) == (2, 45_000)
    assert _run(app, "approve", batch["batch"], "--by", maker, fails=1)
    sent_back = _run(app, "reject", batch["batch"], "--by", checker, "--reason", "missing")
    assert sent_back["state"] == "rejected"
    again = _run(app, "prepare", found["benefits"][0]["benefit"], "--by", maker)
    assert again["count"] == 1
    assert _run(app, "approve", again["batch"], "--by", checker)["state"] == "approved"
    left = found["benefits"][1]["benefit"]
    gone = _run(app, "withdraw", left, "--by", checker, "--reason", "not enrolled")
    assert gone["stage"] == "withdrawn"


def _run(app, *words: str, fails: int = 0):
    done = app.test_cli_runner().invoke(args=["benefits", *words, "--json"])
    assert done.exit_code == fails, done.output
    return json.loads(done.stdout) if not fails else done.output
