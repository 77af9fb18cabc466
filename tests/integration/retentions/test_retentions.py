"""A share of a redemption from its withholding to its end, in the books, on both engines."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from marketplace.employers.operations.referrals import create_referral, record_employment
from marketplace.employers.states import EmploymentEvidence
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.ledger.entries import AccountName
from marketplace.ledger.queries import get_balance_fen
from marketplace.notices.models import Notice
from marketplace.payouts.models import Payout
from marketplace.payouts.operations import (
    approve_payout_batch,
    prepare_payout_batch,
    send_payout_batch,
)
from marketplace.people.models import User
from marketplace.records.operations.changes import approve_change
from marketplace.redemption.operations.redeem import redeem_voucher
from marketplace.reporting.invariants import check_books
from marketplace.retentions.checks import CHECKS
from marketplace.retentions.models import Retention
from marketplace.retentions.operations.daily import work_through_retentions
from marketplace.retentions.operations.deadlines import approve_deadline, prepare_deadline
from marketplace.retentions.queries.deadlines import count_waiting_deadlines
from marketplace.retentions.states import Outcome
from marketplace.settlement.checks import CHECKS as SETTLEMENT_CHECKS
from marketplace.settlement.models import Advance, Clawback
from marketplace.settlement.operations import (
    approve_settlement,
    prepare_settlement,
    reject_settlement,
)
from marketplace.settlement.operations.clawbacks import (
    approve_clawback,
    prepare_clawback,
)
from marketplace.settlement.operations.voided import (
    propose_clawbacks,
)
from marketplace.settlement.queries.proposals import count_advances_due
from marketplace.settlement.queries.voided import (
    count_proposed_clawbacks,
    list_proposed_clawbacks,
)
from tests.factories.corruption import damage, guards_off
from tests.factories.employers import make_vacancy
from tests.factories.enrollment import attend, make_completion, run_through
from tests.factories.people import make_jurisdiction
from tests.factories.records import make_certificate, make_proposal
from tests.factories.redemption import Case, make_case
from tests.factories.settlement import Officers, make_officers, make_payout_account
from tests.factories.vouchers import make_pack, make_scheme, rule
from tests.kept import kept

pytestmark = pytest.mark.usefixtures("app", "now")
STEPS = {
    "start_percent": 30,
    "finish_percent": 40,
    "certificate_percent": 20,
    "certificate_within_days": 60,
    "employment_percent": 10,
    "employment_within_days": 300,
}
AMOUNT = 80_000


def at(*day: int) -> datetime:
    return datetime(*day, 2, tzinfo=UTC)


@dataclass(frozen=True)
class World:
    """A class under a scheme that pays in steps, and two officers."""

    case: Case
    officers: Officers
    allotment: str
    manager_id: int

    def balance(self, kind: str) -> int:
        code = self.allotment if kind.startswith("allotment") else self.case.institution.code
        return get_balance_fen(AccountName(kind, code))

    def settle(self, period: str) -> int:
        with write_transaction():
            month = prepare_settlement(
                self.case.institution.id, period_code=period, actor_id=self.officers.maker_id
            )
        with write_transaction():
            approve_settlement(month.id, actor_id=self.officers.checker_id)
        return month.id

    def pay(self, settlement_id: int) -> int:
        with write_transaction():
            batch = prepare_payout_batch(
                [settlement_id], rail="bank_file", actor_id=self.officers.maker_id
            )
        with write_transaction():
            approve_payout_batch(batch.id, actor_id=self.officers.checker_id)
        with write_transaction():
            send_payout_batch(batch.id, actor_id=self.officers.maker_id)
        return db.session.scalars(select(Payout.amount_fen).order_by(Payout.id.desc())).first()


@pytest.fixture
@kept
def world(app, now) -> World:
    with write_transaction():
        pack = make_pack(
            payment={"attendance_min_percent": rule(80), "milestones": rule(STEPS, "Art. 7")}
        )
        case = make_case(scheme=make_scheme(pack))
        place = case.institution.jurisdiction_id = make_jurisdiction().id
        officers = make_officers(place)
        db.session.get_one(User, officers.maker_id).login = "jingban"
        make_payout_account(
            case.institution.id, proposer_id=officers.maker_id, verifier_id=officers.checker_id
        )
        code = db.session.execute(
            text("SELECT code FROM allotment WHERE id = :id"), {"id": case.voucher.allotment_id}
        ).scalar_one()
    return World(case, officers, code, case.staff.id)


def redeemed(world: World):
    with write_transaction():
        attend(world.case.enrollment, world.case.staff.id)
        run_through(world.case.run.id)
        make_completion(world.case.enrollment, world.case.staff.id)
        return redeem_voucher(
            world.case.voucher.id,
            institution_id=world.case.institution.id,
            actor_id=world.case.staff.id,
        )


@pytest.fixture
@kept
def settled(world) -> World:
    """The class is redeemed and its month approved: 30 percent are withheld."""
    redeemed(world)
    world.settle("2026-11")
    return world


def worked_through():
    with write_transaction():
        tally = work_through_retentions(0)
    assert [v for check in (*CHECKS, *SETTLEMENT_CHECKS) for v in check()] == []
    return {outcome: count for outcome, count in tally.shares.items() if count}


def test_from_the_advance_at_the_start_to_the_return_of_what_nobody_proved(app, world):
    def asked(*words: str) -> dict[str, Any]:
        return json.loads(app.test_cli_runner().invoke(args=[*words, "--json"]).stdout)

    case, officers = world.case, world.officers
    with write_transaction():
        case.run.state = type(case.run.state)("running")
    [offer] = asked("advances", "propose", "--dry-run")["advances"]
    assert (offer["class"], offer["proposed_fen"]) == (case.run.code, 24_000)
    assert count_advances_due([""]) == 1
    [offer] = asked("advances", "propose", "--by", "jingban")["advances"]
    advance = db.session.scalars(select(Advance)).one()
    assert (offer["advance"], advance.amount_fen) == (advance.code, 24_000)
    assert asked("advances", "propose", "--dry-run")["advances"] == []
    with write_transaction():
        approve_settlement(advance.settlement_id, actor_id=officers.checker_id)
    assert world.pay(advance.settlement_id) == 24_000
    redemption = redeemed(world)
    free = world.balance("allotment:available")

    # Prepared, sent back, prepared again: what waits is kept back from the preparation on.
    with write_transaction():
        month = prepare_settlement(
            case.institution.id, period_code="2026-11", actor_id=officers.maker_id
        )
    assert (month.amount_fen, month.netted_fen) == (AMOUNT, 24_000 + 16_000 + 8_000)
    assert world.balance("retention:institution") == 0
    with write_transaction():
        reject_settlement(month.id, reason="重做", actor_id=officers.checker_id)
    month_id = world.settle("2026-11")
    assert world.balance("retention:institution") == 24_000
    assert world.balance("payable:institution") == AMOUNT - 48_000
    assert world.pay(month_id) == 32_000
    assert world.balance("payable:institution") == 0
    assert not check_books().violations

    # The certificate releases its share, which the next settlement pays.
    assert worked_through() == {Outcome.WAITS: 2}
    with clock.frozen(at(2026, 12, 20)):
        with write_transaction():
            make_certificate(case)
        would = asked("retentions", "run", "--dry-run")
        assert (would["released"], would["waits"], would["released_fen"]) == (1, 1, 16_000)
        assert [one["outcome"] for one in would["shares"]] == ["released"]
        did = asked("retentions", "run")
        assert (did["released"], did["waits"], did["released_fen"]) == (1, 1, 16_000)
        assert worked_through() == {Outcome.WAITS: 1}
        listed = asked("retentions", "list", "--institution", case.institution.code)["shares"]
        assert [(one["milestone"], one["state"]) for one in listed] == [
            ("certificate", "released"),
            ("employment", "held"),
        ]
        assert world.balance("payable:institution") == 16_000
        with write_transaction():
            month = prepare_settlement(
                case.institution.id, period_code="2026-12", actor_id=officers.maker_id
            )
            assert (month.amount_fen, month.netted_fen) == (16_000, 0)
            reject_settlement(month.id, reason="重做", actor_id=officers.checker_id)
        assert world.pay(world.settle("2026-12")) == 16_000
        assert world.balance("payable:institution") == 0
        assert world.balance("retention:institution") == 8_000

    # A clawback of the redemption takes from what is withheld of it first.
    refused = ((None, 72_001), (redemption.code, 80_001), ("RD-NONE", 1))
    for code, too_much in refused:
        with pytest.raises(Refused), write_transaction():
            prepare_clawback(
                month_id, amount_fen=too_much, instalments=1, reason="冒名",
                actor_id=officers.maker_id, redemption_code=code,
            )  # fmt: skip
    with write_transaction():
        clawback = prepare_clawback(
            month_id, amount_fen=3_000, instalments=1, reason="多报",
            actor_id=officers.maker_id, redemption_code=redemption.code,
        )  # fmt: skip
    with write_transaction():
        approve_clawback(clawback.id, actor_id=officers.checker_id)
    assert db.session.get_one(Clawback, clawback.id).retained_fen == 3_000
    assert world.balance("receivable:institution") == 0
    assert world.balance("retention:institution") == 5_000

    # Nobody proves employment: warned once, then the rest goes back to its allotment.
    due_by = db.session.scalars(select(Retention.due_by).order_by(Retention.id.desc())).first()
    with clock.frozen(at(due_by.year, due_by.month, due_by.day)):
        assert worked_through() == {Outcome.WARNED: 1}
        assert worked_through() == {Outcome.WAITS: 1}
    with clock.frozen(at(2027, 12, 1)):
        assert worked_through() == {Outcome.RETURNED: 1}
        assert world.balance("retention:institution") == 0
        assert world.balance("allotment:available") == free + 8_000
        told = select(Notice.kind).where(Notice.user_id == world.manager_id).order_by(Notice.id)
        kinds = [kind for kind in db.session.scalars(told) if kind.startswith("retention.")]
        assert kinds == ["retention.released", "retention.warned", "retention.returned"]
        assert not check_books().violations


def test_employment_counts_when_others_prove_it_in_the_days_of_the_policy(world):
    case, officer_id = world.case, world.officers.maker_id
    redeemed(world)
    with write_transaction():
        make_certificate(case)
    world.settle("2026-11")
    share = db.session.scalars(select(Retention)).one()  # the certificate was there: nothing waits
    assert (share.milestone, share.amount_fen) == ("employment", 8_000)
    day = share.counts_from
    with clock.frozen(at(2026, 12, 20)), write_transaction():
        referral_id = create_referral(
            case.worker.id, vacancy_id=make_vacancy().id, has_consented=True, actor_id=officer_id
        ).id

    def prove(evidence: EmploymentEvidence) -> None:
        with write_transaction():
            record_employment(
                referral_id,
                evidence=evidence,
                note="2026-12-22",
                started_on=at(2026, 12, 22).date(),
                actor_id=officer_id,
            )

    with clock.frozen(at(2026, 12, 23)):
        prove(EmploymentEvidence.CONTRACT)
        assert worked_through() == {Outcome.WAITS: 1}  # half a year has not passed
    with clock.frozen(at(day.year, day.month, day.day)):
        assert worked_through() == {Outcome.WAITS: 1}
        with pytest.raises(Refused):
            prove(EmploymentEvidence.CONTRACT)
        prove(EmploymentEvidence.SOCIAL_INSURANCE)
        assert worked_through() == {Outcome.RELEASED: 1}
        assert (share.proven_on, world.balance("payable:institution")) == (day, AMOUNT)


REFUSED = {
    "UPDATE retention SET amount_fen = 1": "stays what it is",
    "UPDATE retention SET due_by = '2030-01-01'": "stays what it is",
    "UPDATE retention SET state = 'dropped', entry_id = NULL, ended_on = '2026-12-01'": "stays",
    "DELETE FROM retention": "stays what it is",
    "UPDATE settlement SET netted_fen = 100": "never pays",
    "UPDATE account SET balance_fen = -1 WHERE kind = 'retention:institution'": "balance",
}


def test_the_database_refuses_what_must_never_happen(settled):
    for statement, says in REFUSED.items():
        with pytest.raises(IntegrityError, match=says), write_transaction():
            db.session.execute(text(statement))


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("planted", "invariant"),
    [
        ("UPDATE retention SET amount_fen = amount_fen + 1", "withheld"),
        ("UPDATE retention SET clawed_back_fen = 1", "27 clawback"),
        ("UPDATE settlement SET netted_fen = 0", "13 netting"),
        ("UPDATE retention SET entry_id = NULL", "17 business cause"),
    ],
)
def test_planted_damage_is_found(settled, planted, invariant):
    checks = (*CHECKS, *SETTLEMENT_CHECKS)
    assert [v for check in checks for v in check()] == []
    with guards_off():
        damage(planted)
    assert invariant in {v.invariant for check in checks for v in check()}


def _refused(act, *args, **values) -> tuple[str, ...]:
    with pytest.raises(Refused) as no, write_transaction():
        act(*args, **values)
    db.session.rollback()
    return no.value.codes


def _do(act, *args, **values):
    with write_transaction():
        return act(*args, **values)


def test_two_officers_move_the_last_day_and_move_it_back(app, settled):
    maker, checker = settled.officers.maker_id, settled.officers.checker_id
    share = db.session.scalars(select(Retention).order_by(Retention.id)).first()
    first, later = share.due_by, share.due_by + timedelta(days=90)
    told = {"due_by": later, "reason": "评价机构停考", "actor_id": maker}
    assert _refused(prepare_deadline, share.id, **{**told, "due_by": first}) == ("deadline_same",)
    wanted = _do(prepare_deadline, share.id, **told)
    assert _refused(prepare_deadline, share.id, **told) == ("deadline_waits",)
    assert _refused(approve_deadline, wanted.id, actor_id=maker) == ("same_person",)
    assert (share.due_by, count_waiting_deadlines([""])) == (first, 1)
    with clock.frozen(at(first.year, first.month, first.day)):
        assert worked_through()[Outcome.WARNED] == 1
        _do(approve_deadline, wanted.id, actor_id=checker)
        db.session.expire_all()
        assert (share.due_by, share.warned_at) == (later, None)
        assert worked_through() == {Outcome.WAITS: 2}
    with clock.frozen(at(2027, 2, 20)):  # past the first day: still withheld
        assert Outcome.RETURNED not in worked_through()
        run = app.test_cli_runner()
        back = ["retentions", "deadline", share.code, "--until", "2027-02-21"]
        asked = run.invoke(args=[*back, "--reason", "误延期", "--by", "jingban", "--json"])
        assert asked.exit_code == 0, asked.output
        [shorter] = json.loads(asked.stdout)["deadlines"]
        sign = ["retentions", "sign-deadline", shorter["deadline"], "--json", "--by"]
        assert run.invoke(args=[*sign, "jingban"]).exit_code == 1
        with write_transaction():
            db.session.get_one(User, checker).login = "fuhe"
        signed = run.invoke(args=[*sign, "fuhe"])
        assert signed.exit_code == 0, signed.output
        assert json.loads(signed.stdout)["deadlines"][0]["state"] == "approved"
    with clock.frozen(at(2027, 2, 22)):
        assert worked_through()[Outcome.RETURNED] == 1
        db.session.expire_all()
        assert _refused(prepare_deadline, share.id, **told) == ("retention_not_held",)
        notices = db.session.scalars(
            select(Notice.kind).where(Notice.user_id == settled.manager_id)
        )
        assert list(notices).count("retention.deadline_approved") == 2
        assert not check_books().violations
        with pytest.raises(IntegrityError), write_transaction():
            db.session.execute(text("UPDATE retention_deadline SET due_by = '2030-01-01'"))
        db.session.rollback()
        with guards_off():
            damage("UPDATE retention SET due_by = '2030-01-01'")
        assert "withheld" in {one.invariant for one in check_books().violations}


def test_a_voided_certificate_proposes_to_take_its_share_back(app, settled):
    maker, checker = settled.officers.maker_id, settled.officers.checker_id
    logins = ["jingban", "fuhe"]
    with write_transaction():
        for user_id, login in zip((maker, checker), logins, strict=True):
            db.session.get_one(User, user_id).login = login

    def command(*words: str, by: int) -> dict[str, Any]:
        """By command, as the first officer or the second."""
        words = ("clawbacks", *words, "--by", logins[by], "--json")
        answer = app.test_cli_runner().invoke(args=words)
        told = json.loads(answer.stdout)
        assert answer.exit_code == ("refused" in told)
        return told

    def refused(*words: str, by: int) -> list[str]:
        return [one["code"] for one in command(*words, by=by)["refused"]]

    with clock.frozen(at(2026, 12, 20)):
        with write_transaction():
            certificate = make_certificate(settled.case)
        assert worked_through() == {Outcome.RELEASED: 1, Outcome.WAITS: 1}
        assert _do(propose_clawbacks) == 0
        with write_transaction():
            change = make_proposal(certificate, maker)
            approve_change(certificate.id, code=change.code, answer="属实", actor_id=checker)
            assert (propose_clawbacks(), propose_clawbacks()) == (1, 0)
        [row] = list_proposed_clawbacks([""], institution_id=settled.case.institution.id)
        assert (row.proposal.amount_fen, row.proposal.reason) == (16_000, "not_earned")
        assert count_proposed_clawbacks(["nowhere/"]) == 0
        told = db.session.scalars(select(Notice.kind).where(Notice.user_id == settled.manager_id))
        assert "clawback.proposed" in set(told)
        code = row.proposal.code
        listed = app.test_cli_runner().invoke(args=["clawbacks", "proposed", "--json"])
        assert [one["proposal"] for one in json.loads(listed.stdout)["proposals"]] == [code]
        take = ("take", code, "--instalments", "2", "--reason", "证书作废")
        assert refused("take", code, "--instalments", "0", "--reason", "证书作废", by=0)
        clawback = command(*take, by=0)["clawback"]
        assert refused(*take, by=0) == ["proposal_not_open"]
        assert command("reject", clawback, "--reason", "等申诉", by=1)["state"] == "rejected"
        assert count_proposed_clawbacks([""]) == 1
        assert command("dismiss", code, "--reason", "已补考", by=0)["state"] == "to_dismiss"
        assert refused("sign-dismissal", code, by=0) == ["same_person"]
        assert command("return-dismissal", code, "--reason", "无证明", by=1)["state"] == "open"
        assert refused("sign-dismissal", code, by=1) == ["proposal_not_open"]
        clawback = command(*take, by=0)["clawback"]
        assert refused("approve", clawback, by=0) == ["same_person"]
        assert command("approve", clawback, by=1)["state"] == "approved"
        assert refused("dismiss", "CP-NONE", "--reason", "x", by=0) == ["not_found"]
        # What of it is still withheld until employment is taken first, the rest is owed.
        assert settled.balance("receivable:institution") == 8_000
        assert settled.balance("retention:institution") == 0
        assert count_proposed_clawbacks([""]) == 0
        assert not check_books().violations
        for statement in (
            "UPDATE clawback_proposal SET amount_fen = 1",
            "UPDATE clawback_proposal SET state = 'dismissed'",
            "DELETE FROM clawback_proposal",
        ):
            with pytest.raises(IntegrityError), write_transaction():
                db.session.execute(text(statement))
            db.session.rollback()
