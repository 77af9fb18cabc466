"""Standing as dated facts: told, never edited, answerable for any day."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from marketplace.audit.queries import list_events_of
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.foundation.paging import PageRequest
from marketplace.imports.intakes import Outcome, RunFacts
from marketplace.institutions.operations.imports import InstitutionRow, save_institution_rows
from marketplace.institutions.operations.registration import (
    bar_institution,
    reinstate_institution,
    suspend_institution,
    withdraw_institution,
)
from marketplace.institutions.operations.state_changes import (
    apply_announced_state,
    list_institutions_to_apply,
)
from marketplace.institutions.queries import (
    find_institution_by_source,
    get_institution,
    get_state_on,
    list_state_facts,
)
from marketplace.institutions.sources.facts import Approval, InstitutionFacts
from marketplace.institutions.states import InstitutionState
from marketplace.notices.models import Notice
from marketplace.notices.queries import params_of
from tests.conftest import NOW
from tests.factories.institutions import (
    ACCREDITED_FROM,
    make_accredited_institution,
    make_institution,
    make_staff,
)
from tests.kept import kept


@pytest.fixture
@kept
def school(app, now):
    with write_transaction():
        return make_accredited_institution()


def test_the_first_accreditation_is_the_first_fact_and_counts_from_its_own_day(school):
    (fact,) = list_state_facts(school.id)
    assert (fact.previous_state, fact.state) == (
        InstitutionState.APPLIED,
        InstitutionState.ACCREDITED,
    )
    assert fact.effective_on == ACCREDITED_FROM
    assert get_state_on(school, ACCREDITED_FROM - timedelta(1)) == InstitutionState.APPLIED


def test_a_suspension_is_a_fact_with_clause_and_every_member_reads_it(school, now):
    with write_transaction():
        manager, teacher = make_staff(school), make_staff(school, "teacher")
        suspend_institution(
            school.id, reason=" 现场检查 ", clause="办法第九条", actor_id=manager.id
        )
    fact = list_state_facts(school.id)[-1]
    assert (fact.reason, fact.clause, fact.decided_by) == ("现场检查", "办法第九条", manager.id)
    assert fact.effective_on == clock.today()
    notices = db.session.scalars(select(Notice).order_by(Notice.id)).all()
    assert [notice.user_id for notice in notices] == [manager.id, teacher.id]
    assert params_of(notices[0])["day"] == clock.today()
    event = list_events_of("institution", school.code, PageRequest()).items[0]
    assert event.details["clause"] == "办法第九条"


def test_in_force_on_a_day_has_an_answer(school):
    with clock.frozen(NOW + timedelta(days=10)), write_transaction():
        suspend_institution(school.id, reason="检查", actor_id=None)
    with clock.frozen(NOW + timedelta(days=20)), write_transaction():
        reinstate_institution(school.id, reason="合格", actor_id=None)
    day = clock.local_date(NOW)
    states = [get_state_on(school, day + timedelta(days)) for days in (9, 10, 19, 20)]
    assert states == [
        InstitutionState.ACCREDITED,
        InstitutionState.SUSPENDED,
        InstitutionState.SUSPENDED,
        InstitutionState.ACCREDITED,
    ]


def test_an_announced_suspension_waits_for_its_day(school):
    day = clock.today() + timedelta(5)
    with write_transaction():
        suspend_institution(school.id, reason="整改期满", effective_on=day, actor_id=None)
    assert get_institution(school.id).state == InstitutionState.ACCREDITED
    assert get_state_on(school, day) == InstitutionState.SUSPENDED
    assert list_institutions_to_apply(on=day - timedelta(1)) == []
    with clock.frozen(NOW + timedelta(days=5)):
        assert list_institutions_to_apply(on=clock.today()) == [school.id]
        with write_transaction():
            apply_announced_state(school.id, actor_id=None)
            apply_announced_state(school.id, actor_id=None)
        assert list_institutions_to_apply(on=clock.today()) == []
    assert get_institution(school.id).state == InstitutionState.SUSPENDED


def test_an_announced_suspension_is_taken_back_on_its_day(school):
    day = clock.today() + timedelta(5)
    with write_transaction():
        suspend_institution(school.id, reason="整改", effective_on=day, actor_id=None)
        with pytest.raises(Refused) as refused:
            bar_institution(school.id, reason="x", actor_id=None)
        reinstate_institution(school.id, reason="已整改", effective_on=day, actor_id=None)
    assert refused.value.codes == ("standing_before_last",)
    assert get_state_on(school, day) == InstitutionState.ACCREDITED


def test_a_repeated_decision_and_one_too_far_ahead_change_nothing(school):
    with write_transaction():
        withdraw_institution(school.id, reason="注销", actor_id=None)
        withdraw_institution(school.id, reason="注销", actor_id=None)
        with pytest.raises(Refused) as refused:
            reinstate_institution(
                school.id,
                reason="",
                effective_on=clock.today() + timedelta(91),
                actor_id=None,
            )
    assert refused.value.codes == ("reason_missing", "standing_too_far")
    assert len(list_state_facts(school.id)) == 2


def test_an_institution_without_decisions_stands_where_it_stands(app, now):
    with write_transaction():
        school = make_institution()
    assert get_state_on(school, clock.today()) == InstitutionState.APPLIED


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE institution_state_fact SET reason = 'x'",
        "DELETE FROM institution_state_fact",
    ],
)
def test_the_database_refuses_to_edit_a_fact(school, attack):
    with pytest.raises(DatabaseError, match="append-only"), write_transaction():
        db.session.execute(text(attack))


def test_what_a_source_says_about_standing_is_a_fact_too(app, now):
    run = RunFacts(run_id=1, as_of=clock.today(), actor_id=None)

    def take_in(approval, name="城南学校"):
        rows = [InstitutionRow(2, InstitutionFacts("A-1", name, approval))]
        with write_transaction():
            save_institution_rows(rows, source="generic", run=run, outcome=Outcome())
        return find_institution_by_source("generic", "A-1")

    school = take_in(Approval.APPROVED)
    assert list_state_facts(school.id) == []
    take_in(Approval.APPROVED, name="城南职业学校")
    with clock.frozen(NOW + timedelta(days=30)):
        take_in(Approval.ENDED)
    (fact,) = list_state_facts(school.id)
    assert (fact.previous_state, fact.state, fact.clause) == (
        InstitutionState.ACCREDITED,
        InstitutionState.WITHDRAWN,
        "generic",
    )
    assert get_state_on(school, clock.today()) == InstitutionState.ACCREDITED
    assert get_institution(school.id).state == InstitutionState.WITHDRAWN
