"""A month between two counties: gross, net, two signatures, the banks' lines settle it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from marketplace.clearing import checks
from marketplace.clearing.operations import (
    approve_clearing,
    plan_clearing,
    prepare_clearing,
    reject_clearing,
    sign_clearing,
)
from marketplace.clearing.states import ClearingState
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.funds.operations import open_bank_account
from marketplace.ledger.entries import AccountName
from marketplace.ledger.queries import get_draft_of, get_sums_fen
from marketplace.reconciliation import checks as reconciliation_checks
from marketplace.reconciliation.models import ReconciliationBreak
from marketplace.reconciliation.operations.matching import match_statement_lines
from marketplace.reconciliation.operations.proposals import Choice, propose_entry
from marketplace.reconciliation.operations.settling import approve_proposals
from marketplace.reconciliation.operations.statements import import_bank_statement
from marketplace.reconciliation.states import ProposalKind
from marketplace.redemption.models import Redemption
from marketplace.retentions.models import Retention
from marketplace.retentions.states import RetentionState
from marketplace.settlement.models import SettlementLine
from marketplace.settlement.operations import approve_settlement, prepare_settlement
from marketplace.settlement.operations.clawbacks import approve_clawback, prepare_clawback
from marketplace.vouchers.states import Milestone
from tests.factories.bank import make_camt053, make_entry
from tests.factories.corruption import damage, guards_off
from tests.factories.funds import make_place
from tests.factories.rows import make_row
from tests.factories.settlement import (
    make_allotment,
    make_institution,
    make_officers,
    make_redemption,
)

pytestmark = pytest.mark.usefixtures("app", "now")
HOME, PLACE = "220802", "220103"
DECEMBER = datetime(2026, 12, 2, 2, tzinfo=UTC)


@pytest.fixture
def officers(app, now):
    """People of 220802 learned in 220103 for 300 yuan (35 of which were taken back again, with
    the province's share) and the other way round for 100; the province paid 50 itself."""
    with write_transaction():
        home, place = make_place(HOME, above="220800"), make_place(PLACE, above="220100")
        officers = make_officers(place.parent_id)
        settled = {}
        for where, paid in (
            (place, ((home.id, 30_000), (None, 5_000))),
            (home, ((place.id, 10_000),)),
        ):
            school = make_institution(jurisdiction_id=where.id)
            for funded_by, fen in paid:
                allotment = make_allotment()
                allotment.jurisdiction_id = funded_by or make_place("220000").id
                make_redemption(school, allotment, fen)
            settlement = prepare_settlement(
                school.id, period_code="2026-11", actor_id=officers.maker_id
            )
            settled[where.code] = approve_settlement(settlement.id, actor_id=officers.checker_id).id
        clawback = prepare_clawback(
            settled[PLACE],
            amount_fen=3_500,
            instalments=1,
            reason="多报",
            actor_id=officers.maker_id,
        )
        approve_clawback(clawback.id, actor_id=officers.checker_id)
    return officers


def _do(act, *arguments, **values):
    with write_transaction():
        return act(*arguments, **values)


def _refused(act, *arguments, **values) -> tuple[str, ...]:
    with pytest.raises(Refused) as refused:
        _do(act, *arguments, **values)
    return refused.value.codes


def _violations() -> list[object]:
    rooms = (checks.CHECKS, reconciliation_checks.CHECKS)
    return [violation for room in rooms for check in room for violation in check()]


def test_a_month_is_cleared_once_and_the_bank_settles_it(app, officers):
    maker, checker = officers.maker_id, officers.checker_id
    assert _refused(prepare_clearing, "2026-11", currency="CNY", actor_id=maker) == (
        "clearing_month_not_over",
    )
    with clock.frozen(DECEMBER):
        plan = plan_clearing("2026-11", currency="CNY")
        assert plan.nets == {PLACE: -17_000, HOME: 17_000}
        assert [(pair.home, pair.lines, pair.amount_fen) for pair in plan.pairs] == [
            (PLACE, 1, 10_000),
            (HOME, 2, 27_000),
        ]
        told = app.test_cli_runner().invoke(
            args=["clearing", "run", "--month", "2026-11", "--dry-run", "--json"]
        )
        assert json.loads(told.stdout)["net_sum_fen"] == 0
        first = _do(prepare_clearing, "2026-11", currency="CNY", actor_id=None)
        assert _do(prepare_clearing, "2026-11", currency="CNY", actor_id=maker).id == first.id
        everywhere = {"actor_id": maker, "paths": ("",)}
        assert _refused(sign_clearing, first.id, actor_id=maker, paths=("/220000/220800/",)) == (
            "clearing_beyond_places",
        )
        _do(reject_clearing, first.id, reason="再核对", **everywhere)
        run = _do(prepare_clearing, "2026-11", currency="CNY", actor_id=maker)
        _do(sign_clearing, run.id, **everywhere)
        assert _refused(approve_clearing, run.id, **everywhere) == ("same_person",)
        _do(approve_clearing, run.id, actor_id=checker, paths=("",))
        assert run.state is ClearingState.APPROVED
        assert {(line.account.code, line.side.value, line.fen)
                for line in get_draft_of(run.entry_id).lines} == {
            (AccountName("clearing:region", HOME).code, "credit", 17_000),
            (AccountName("clearing:region", PLACE).code, "debit", 17_000),
        }  # fmt: skip
        assert _refused(prepare_clearing, "2026-11", currency="CNY", actor_id=maker) == (
            "clearing_exists",
        )
        assert plan_clearing("2026-12", currency="CNY").items == ()
        _go_back(1_200)
        assert plan_clearing("2026-12", currency="CNY").nets == {PLACE: 1_200, HOME: -1_200}
        assert _violations() == []
        _transfer(HOME, "DBIT", officers)
        _transfer(PLACE, "CRDT", officers)
        assert set(get_sums_fen("clearing:region").values()) == {0}
        assert _violations() == []
    with pytest.raises(IntegrityError), write_transaction():
        db.session.execute(text("UPDATE clearing_item SET amount_fen = amount_fen + 1"))
    with pytest.raises(IntegrityError), write_transaction():
        db.session.execute(text("DELETE FROM clearing_run"))
    assert _found_after("UPDATE clearing_item SET amount_fen = amount_fen + 100"
                        " WHERE amount_fen = 30000 AND released_at IS NULL") == {
        "clearings_are_booked", "region_balances_are_explained",
    }  # fmt: skip
    assert _found_after(
        "UPDATE clearing_item SET released_at = NULL WHERE released_at IS NOT NULL"
    ) >= {"cleared_lines_belong_to_living_runs"}


def _go_back(amount_fen: int) -> None:
    """A withheld share of the redemption between the regions that nobody proved in time."""
    line = db.session.scalars(
        select(SettlementLine).where(SettlementLine.amount_fen == 30_000)
    ).one()
    redemption = db.session.get_one(Redemption, line.redemption_id)
    with write_transaction():
        make_row(
            Retention,
            redemption_id=redemption.id,
            institution_id=redemption.institution_id,
            settlement_id=line.settlement_id,
            milestone=Milestone.EMPLOYMENT,
            amount_fen=amount_fen,
            currency="CNY",
            state=RetentionState.RETURNED,
            clawed_back_fen=0,
            entry_id=redemption.entry_id,
            end_entry_id=redemption.entry_id,
            ended_on=clock.today(),
        )


def _found_after(statement: str) -> set[str]:
    """The checks that see what was planted with the guards off."""
    with guards_off():
        damage("DROP INDEX uq_clearing_item_settlement_line")
        damage("DROP INDEX uq_clearing_item_clawback")
        damage(statement)
        for name, columns in (
            ("settlement_line", "settlement_line_id"),
            ("clawback", "clawback_id, allotment_id"),
        ):
            damage(f"CREATE INDEX uq_clearing_item_{name} ON clearing_item ({columns})")
    rooms = (checks.CHECKS, reconciliation_checks.CHECKS)
    return {check.__name__ for room in rooms for check in room if list(check())}


def _transfer(code: str, direction: str, officers) -> None:
    """The region's bank books the transfer, and two officers settle that line as clearing."""
    closing = "830.00" if direction == "DBIT" else "1170.00"
    entry = make_entry("170.00", direction, bank_reference=code)
    with write_transaction():
        open_bank_account(code, jurisdiction_id=make_place(code).id, actor_id=officers.maker_id)
        import_bank_statement(
            make_camt053([entry], closing=closing, key=code),
            file_name="day.xml",
            bank_account=code,
            actor_id=None,
        )
        match_statement_lines(actor_id=None, bank_account=code)
        item = db.session.scalars(
            select(ReconciliationBreak.code).order_by(ReconciliationBreak.id.desc())
        ).first()
        choice = Choice(ProposalKind.REGION_CLEARING, "11月地区清算")
        proposal = propose_entry(item, choice, actor_id=officers.maker_id)
        approve_proposals([proposal.code], actor_id=officers.checker_id)
