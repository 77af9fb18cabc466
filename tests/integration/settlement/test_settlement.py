"""A month is gathered once, signed by two people, and no redemption is in two settlements."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from marketplace.audit.models import AuditEvent
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.institutions.states import InstitutionState
from marketplace.ledger.entries import AccountName
from marketplace.ledger.models import JournalEntry
from marketplace.ledger.queries import get_balance_fen
from marketplace.redemption.models import Redemption
from marketplace.settlement.models import Settlement, SettlementLine
from marketplace.settlement.operations import (
    approve_settlement,
    prepare_settlement,
    reject_settlement,
)
from marketplace.settlement.states import SettlementState
from tests.factories.settlement import (
    make_allotment,
    make_earning_institution,
    make_institution,
    make_officers,
    make_redemption,
)
from tests.kept import kept

pytestmark = pytest.mark.usefixtures("app", "now")


@pytest.fixture
@kept
def officers(app, now):
    with write_transaction():
        return make_officers()


def _prepare(institution_id, officers):
    with write_transaction():
        return prepare_settlement(
            institution_id, period_code="2026-11", actor_id=officers.maker_id
        ).id


def _lines() -> list[int]:
    return list(db.session.scalars(select(SettlementLine.amount_fen).order_by(SettlementLine.id)))


def test_a_month_is_gathered_line_by_line_and_posts_nothing(officers):
    with write_transaction():
        institution = make_earning_institution(officers, (100, 250))
        make_redemption(institution, make_allotment(), 999, on=date(2026, 10, 31))
        entries = db.session.scalar(select(func.count()).select_from(JournalEntry))
    settlement = db.session.get_one(Settlement, _prepare(institution.id, officers))
    assert settlement.amount_fen == 350
    assert _lines() == [100, 250]
    assert settlement.state == SettlementState.PREPARED
    assert db.session.scalar(select(func.count()).select_from(JournalEntry)) == entries
    assert get_balance_fen(AccountName("payable:institution", institution.code)) == 1349


def test_asked_again_it_answers_with_the_same_settlement(officers):
    with write_transaction():
        institution = make_earning_institution(officers)
    assert _prepare(institution.id, officers) == _prepare(institution.id, officers)
    assert len(_lines()) == 2


def test_later_redemptions_of_the_month_make_a_second_settlement(officers):
    with write_transaction():
        institution = make_earning_institution(officers, (100,))
    first = _prepare(institution.id, officers)
    with write_transaction():
        make_redemption(institution, make_allotment(), 70, on=date(2026, 11, 30))
    second = _prepare(institution.id, officers)
    assert second != first
    assert db.session.get_one(Settlement, second).amount_fen == 70


@pytest.mark.parametrize("period", ["2026-13", "202611", "", "11/2026", "1926-11"])
def test_what_is_not_a_month_is_refused(officers, period):
    with write_transaction():
        institution = make_institution()
    with pytest.raises(Refused) as refused, write_transaction():
        prepare_settlement(institution.id, period_code=period, actor_id=officers.maker_id)
    assert refused.value.codes == ("not_a_period",)


def test_nothing_earned_and_barred_are_both_said(officers):
    with write_transaction():
        institution = make_institution()
        institution.state = InstitutionState.BARRED
    with pytest.raises(Refused) as refused:
        _prepare(institution.id, officers)
    assert refused.value.codes == ("institution_barred", "nothing_to_settle")


def test_the_second_signature_is_another_persons(officers):
    with write_transaction():
        institution = make_earning_institution(officers)
    settlement_id = _prepare(institution.id, officers)
    with pytest.raises(Refused) as refused, write_transaction():
        approve_settlement(settlement_id, actor_id=officers.maker_id)
    assert refused.value.codes == ("same_person",)
    with write_transaction():
        approved = approve_settlement(settlement_id, actor_id=officers.checker_id)
        assert approve_settlement(settlement_id, actor_id=officers.checker_id) is approved
    assert approved.state == SettlementState.APPROVED
    assert approved.decided_by == officers.checker_id


def test_the_database_itself_refuses_one_person_twice(officers):
    with write_transaction():
        institution = make_earning_institution(officers)
    settlement_id = _prepare(institution.id, officers)
    with pytest.raises(IntegrityError), write_transaction():
        db.session.execute(
            update(Settlement)
            .where(Settlement.id == settlement_id)
            .values(state="approved", decided_by=officers.maker_id)
        )
    with pytest.raises(IntegrityError), write_transaction():
        db.session.execute(
            update(Settlement).where(Settlement.id == settlement_id).values(state="approved")
        )


def test_a_rejection_needs_a_reason_and_frees_the_lines(officers):
    with write_transaction():
        institution = make_earning_institution(officers)
    first = _prepare(institution.id, officers)
    with pytest.raises(Refused) as refused, write_transaction():
        reject_settlement(first, reason=" ", actor_id=officers.checker_id)
    assert refused.value.codes == ("reason_required",)
    with write_transaction():
        reject_settlement(first, reason="班次缺签到", actor_id=officers.checker_id)
    second = _prepare(institution.id, officers)
    assert second != first
    assert db.session.get_one(Settlement, second).amount_fen == 200_050
    with pytest.raises(Refused) as late, write_transaction():
        approve_settlement(first, actor_id=officers.checker_id)
    assert late.value.codes == ("settlement_already_decided",)


def test_a_redemption_reversed_since_stops_the_signature(officers):
    with write_transaction():
        institution = make_earning_institution(officers)
    settlement_id = _prepare(institution.id, officers)
    with write_transaction() as session:
        session.execute(
            update(Redemption)
            .where(Redemption.institution_id == institution.id)
            .where(Redemption.amount_fen == 120_000)
            .values(reversal_entry_id=1)
        )
    with pytest.raises(Refused) as refused, write_transaction():
        approve_settlement(settlement_id, actor_id=officers.checker_id)
    assert refused.value.codes == ("redemption_reversed_since",)
    assert refused.value.refusals[0].params["count"] == 1


def test_every_step_is_in_the_audit_trail(officers):
    with write_transaction():
        institution = make_earning_institution(officers)
    settlement_id = _prepare(institution.id, officers)
    with write_transaction():
        approve_settlement(settlement_id, actor_id=officers.checker_id)
    events = db.session.execute(
        select(AuditEvent.event, AuditEvent.actor_id)
        .where(AuditEvent.subject_kind == "settlement")
        .order_by(AuditEvent.id)
    ).all()
    assert [tuple(event) for event in events] == [
        ("settlement.prepared", officers.maker_id),
        ("settlement.approved", officers.checker_id),
    ]
