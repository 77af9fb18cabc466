"""A month of many institutions: each on its own, what is refused holds up nobody."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from marketplace.cli.runner import Runner
from marketplace.cli.settling import run_round
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.paging import PageRequest
from marketplace.institutions.models import Institution
from marketplace.institutions.states import InstitutionState
from marketplace.jobs.models import Job
from marketplace.settlement.checks import CHECKS
from marketplace.settlement.models import Settlement, SettlementRound, SettlementRoundItem
from marketplace.settlement.operations import approve_settlement, prepare_settlement
from marketplace.settlement.rounds.operations import (
    refuse_round_item,
    start_preparation,
    start_signing,
    take_round_item,
)
from marketplace.settlement.rounds.queries import (
    find_waiting_item_id,
    get_round_row,
    list_all_round_items,
    list_rounds,
    list_to_sign,
    sum_to_sign,
)
from marketplace.settlement.rounds.rules import LookFirst
from marketplace.settlement.states import RoundOutcome, SettlementState
from tests.factories.people import make_jurisdiction
from tests.factories.settlement import (
    make_allotment,
    make_earning_institution,
    make_officers,
    make_redemption,
)
from tests.kept import kept

pytestmark = pytest.mark.usefixtures("app", "now")
EVERYWHERE = ("",)
MONTH = "2026-11"


@pytest.fixture
@kept
def officers(app, now):
    with write_transaction():
        officers = make_officers()
        for name, amounts in (("甲校", (100, 250)), ("乙校", (700,)), ("丙校", (40,))):
            make_earning_institution(officers, amounts, name=name)
        return officers


def _bar(name: str) -> None:
    with write_transaction() as session:
        session.execute(
            update(Institution)
            .where(Institution.name == name)
            .values(state=InstitutionState.BARRED)
        )


def _prepare(officers) -> str:
    with write_transaction():
        return start_preparation(MONTH, paths=EVERYWHERE, actor_id=officers.maker_id).code


def _sign(officers, codes) -> str:
    with write_transaction():
        return start_signing(
            codes, period_code=MONTH, paths=EVERYWHERE, actor_id=officers.checker_id
        ).code


def _codes() -> list[str]:
    return list(db.session.scalars(select(Settlement.code).order_by(Settlement.id)))


def _outcomes(code: str) -> dict[str, tuple[str, list[str]]]:
    row = get_round_row(code, paths=EVERYWHERE)
    return {
        one.institution_name: (
            one.item.outcome.value,
            [reason["code"] for reason in one.item.refusals],
        )
        for one in list_all_round_items(row.round.id)
    }


def test_a_month_of_all_institutions_is_prepared_and_signed_by_the_runner(app, officers):
    _bar("丙校")
    prepared = _prepare(officers)
    Runner(app).run_until_empty(once=False)
    assert _outcomes(prepared) == {
        "甲校": ("done", []),
        "乙校": ("done", []),
        "丙校": ("refused", ["institution_barred"]),
    }
    signed = _sign(officers, _codes())
    Runner(app).run_until_empty(once=False)
    row = get_round_row(signed, paths=EVERYWHERE)
    assert (row.done, row.refused, [amount.fen for amount in row.amounts]) == (2, 0, [1_050])
    assert row.round.finished_at is not None
    states = db.session.execute(select(Settlement.state, Settlement.decided_by)).all()
    assert states == [(SettlementState.APPROVED, officers.checker_id)] * 2
    assert [v for check in CHECKS for v in check()] == []


def test_what_an_officer_prepared_is_not_theirs_to_sign(officers):
    run_round(_prepare(officers), step=lambda done, total: None)
    mine = {"paths": EVERYWHERE, "period_code": MONTH, "signer_id": officers.maker_id}
    assert sum_to_sign(**mine).count == 0
    with pytest.raises(NotFound), write_transaction():
        start_signing(_codes(), period_code=MONTH, paths=EVERYWHERE, actor_id=officers.maker_id)
    theirs = mine | {"signer_id": officers.checker_id}
    assert (sum_to_sign(**theirs).count, sum_to_sign(**theirs).amounts[0].fen) == (3, 1_090)
    for refused, period in (("round_nothing_chosen", MONTH), ("round_empty", "2026-01")):
        with pytest.raises(Refused) as told, write_transaction():
            if refused == "round_empty":
                start_preparation(period, paths=EVERYWHERE, actor_id=officers.maker_id)
            else:
                start_signing([], period_code=period, paths=EVERYWHERE, actor_id=1)
        assert told.value.codes == (refused,)
    with pytest.raises(Refused) as told, write_transaction():
        start_preparation("2026-13", paths=EVERYWHERE, actor_id=officers.maker_id)
    assert told.value.codes == ("not_a_period",)


def test_a_round_that_was_stopped_goes_on_where_it_was(officers):
    code, taken = _prepare(officers), []

    def die(done: int, total: int) -> None:
        taken.append((done, total))
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_round(code, step=die)
    assert taken == [(0, 3), (1, 3)]
    assert len(_codes()) == 1
    row = run_round(code, step=lambda done, total: None)
    assert (row.done, row.refused, len(_codes())) == (3, 0, 3)
    assert run_round(code, step=lambda done, total: None).done == 3
    assert len(_codes()) == 3


def test_what_another_decided_meanwhile_is_told_and_the_rest_is_signed(officers):
    run_round(_prepare(officers), step=lambda done, total: None)
    code = _sign(officers, _codes())
    with write_transaction():
        third = make_officers().checker_id
        first = db.session.scalars(select(Settlement.id).order_by(Settlement.id).limit(1)).one()
        approve_settlement(first, actor_id=third)
    row = run_round(code, step=lambda done, total: None)
    assert (row.done, row.refused) == (2, 1)
    assert ("refused", ["settlement_already_decided"]) in _outcomes(code).values()
    # Chosen on a page loaded before: what the officer signed stays signed, the rest is told.
    row = run_round(_sign(officers, _codes()), step=lambda done, total: None)
    assert (row.done, row.refused) == (2, 1)


def test_a_month_unlike_the_one_before_is_pointed_out(officers):
    last = date(2026, 10, 5)
    with write_transaction():
        for name, before, after in (("丁校", 100, 201), ("戊校", 100, 200)):
            school = make_earning_institution(officers, (before,), on=last, name=name)
            october = prepare_settlement(
                school.id, period_code="2026-10", actor_id=officers.maker_id
            )
            approve_settlement(october.id, actor_id=officers.checker_id)
            make_redemption(school, make_allotment(), after)
    run_round(_prepare(officers), step=lambda done, total: None)
    page = list_to_sign(
        PageRequest(1, 10), paths=EVERYWHERE, period_code=MONTH, signer_id=officers.checker_id
    )
    first = (LookFirst.FIRST_MONTH,)
    assert [(row.institution_name, row.lines, row.look_first) for row in page.items] == [
        ("乙校", 1, first),
        ("甲校", 2, first),
        ("丁校", 1, (LookFirst.GROWN,)),
        ("戊校", 1, ()),
        ("丙校", 1, first),
    ]
    assert [row.last_settled.fen for row in page.items if row.last_settled] == [100, 100]


def test_a_round_reaching_outside_an_officers_places_is_not_there(officers):
    code = _prepare(officers)
    with write_transaction():
        path = make_jurisdiction(code="990299", name="别处").path
    assert get_round_row(code, paths=EVERYWHERE).waiting == 3
    assert list_rounds(paths=(path,)) == []
    with pytest.raises(NotFound):
        get_round_row(code, paths=(path,))


def test_the_database_keeps_what_was_asked_for_and_decided(officers):
    code = _prepare(officers)
    item_id = find_waiting_item_id(get_round_row(code, paths=EVERYWHERE).round.id)
    assert item_id
    with write_transaction():
        take_round_item(item_id)
        refuse_round_item(item_id, [])  # decided already
    assert db.session.get_one(SettlementRoundItem, item_id).outcome is RoundOutcome.DONE
    for attack in (
        update(SettlementRound).values(period_code="2026-10"),
        update(SettlementRound).values(requested_by=officers.checker_id),
        delete(SettlementRound),
        update(SettlementRoundItem).where(SettlementRoundItem.id == item_id).values(amount_fen=1),
        delete(SettlementRoundItem),
        update(SettlementRoundItem)
        .where(SettlementRoundItem.id != item_id)
        .values(outcome="refused", decided_at=None),
    ):
        with pytest.raises(DBAPIError), write_transaction() as session:
            session.execute(attack)
    assert db.session.scalars(select(Job.kind)).all() == ["settlement_round"]
