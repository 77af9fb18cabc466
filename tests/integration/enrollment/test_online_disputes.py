"""A dispute about online hours from the learner's word to the completion rate and the money."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from marketplace.audit.queries import list_events_of
from marketplace.catalog.queries.course_runs import list_lessons
from marketplace.enrollment.dispute_queries import (
    count_open_disputes,
    find_online_dispute,
    list_open_disputes,
    list_open_online_disputes_of_run,
)
from marketplace.enrollment.online_queries import list_online_shares
from marketplace.enrollment.online_statements import read_statements
from marketplace.enrollment.operations.disputes import dispute_attendance
from marketplace.enrollment.operations.online import take_in_statements
from marketplace.enrollment.operations.online_disputes import (
    accept_online_answer,
    answer_online_dispute,
    decide_online_dispute,
    dispute_online_day,
)
from marketplace.enrollment.queries import find_completion, list_attendance_of
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.paging import PageRequest
from marketplace.notices.queries import list_notices
from marketplace.redemption.operations.redeem import redeem_voucher
from marketplace.redemption.queries.rosters import list_runs_with_disputes
from marketplace.standing.queries.records import find_record_about
from tests.factories.enrollment import attend, make_completion, run_through
from tests.factories.online import make_online_run, make_statement
from tests.factories.people import make_officer
from tests.factories.redemption import make_case


@pytest.fixture
def told(app, now):
    """A blended class that is over, both lessons attended, two hours of six told by the platform;
    and the evening of those."""
    with write_transaction():
        case = make_case(course_run=make_online_run())
        evening = list_lessons(case.run.id)[0].ends_at + timedelta(hours=5)
        attend(case.enrollment, case.staff.id)
        with clock.frozen(evening):
            take_in_statements(
                read_statements(make_statement(1, case.enrollment.code, evening, duration="PT2H")),
                institution_id=case.institution.id,
                actor_id=case.staff.id,
            )
        run_through(case.run.id)
        make_completion(case.enrollment, case.staff.id)
    with clock.frozen(evening + timedelta(days=2)):
        yield case, evening


def test_a_disputed_day_holds_the_money_until_it_is_decided(told):
    case, evening = told
    enrollment, day = case.enrollment, clock.local_date(evening)
    assert find_completion(enrollment.id).rate_percent == 100 * (12 + 2) // 18

    def dispute(minutes=300, *, on=day, worker_id=case.worker.id, reason="平台漏记下午三小时"):
        with write_transaction():
            return dispute_online_day(
                enrollment.id,
                worker_id=worker_id,
                day=on,
                minutes=minutes,
                reason=reason,
                actor_id=case.worker.user_id,
            )

    def codes(call):
        with pytest.raises(Refused) as refused:
            call()
        return refused.value.codes

    with pytest.raises(NotFound):
        dispute(worker_id=case.worker.id + 1)
    assert codes(lambda: dispute(120, reason=" ")) == ("online_day_agrees", "say_why")
    assert codes(lambda: dispute(on=day + timedelta(days=40))) == ("online_day_outside",)
    found = dispute()
    assert codes(dispute) == ("online_dispute_open",)
    with pytest.raises(DatabaseError), write_transaction():
        db.session.execute(
            text(
                "INSERT INTO online_dispute (enrollment_id, day, claimed_minutes, reason,"
                " disputed_at) SELECT enrollment_id, day, 1, 'x', disputed_at FROM online_dispute"
            )
        )
    assert count_open_disputes([enrollment.id]) == {enrollment.id: 1}
    assert [one.count for one in list_runs_with_disputes(case.institution.id)] == [1]
    assert [one.id for one, _who in list_open_online_disputes_of_run(case.run.id)] == [found.id]

    def redeem():
        with write_transaction():
            redeem_voucher(
                case.voucher.id, institution_id=case.institution.id, actor_id=case.staff.id
            )

    assert "disputes_open" in codes(redeem)
    with write_transaction():
        entry = list_attendance_of([enrollment.id])[0]
        dispute_attendance(entry.id, worker_id=case.worker.id, reason="另一件", actor_id=None)
    listed = list_open_disputes([""], PageRequest())
    assert listed.total == 2
    assert [type(one).__name__ for one in listed.items] == ["OnlineDisputeView", "DisputeView"]
    assert [one.count for one in list_runs_with_disputes(case.institution.id)] == [2]
    assert find_online_dispute(found.id, ["elsewhere/"]) is None

    with write_transaction():
        officer = make_officer()
        answer_online_dispute(found.id, answer="平台当天停机", actor_id=case.staff.id)
    assert list_notices(case.worker.user_id, PageRequest()).items[0].kind == (
        "online_dispute.answered"
    )

    def decide(minutes=300, *, actor=officer, reason="服务器日志为证"):
        with write_transaction():
            decide_online_dispute(found.id, minutes=minutes, reason=reason, actor_id=actor.id)

    assert codes(lambda: decide(actor=case.staff)) == ("own_matter",)
    assert codes(lambda: decide(361, reason="")) == ("online_minutes_range", "say_why")
    decide()
    assert find_completion(enrollment.id).rate_percent == 100 * (12 + 5) // 18
    (counted,) = list_online_shares([enrollment.id])[enrollment.id].days
    assert (counted.on, counted.minutes, counted.is_decided) == (day, 300, True)
    assert codes(decide) == ("no_open_online_dispute",)
    assert find_record_about(case.institution.id, subject=("online_dispute", str(found.id)))
    for reader in (case.worker.user_id, case.staff.id):
        kinds = [one.kind for one in list_notices(reader, PageRequest()).items]
        assert "online_dispute.decided" in kinds
    assert count_open_disputes([enrollment.id]) == {enrollment.id: 1}
    for wrong in (
        "UPDATE online_dispute SET decided_minutes = 9",
        "DELETE FROM online_dispute",
    ):
        with pytest.raises(DatabaseError, match="settled dispute"), write_transaction():
            db.session.execute(text(wrong))

    again = dispute(60)
    with pytest.raises(NotFound), write_transaction():
        accept_online_answer(again.id, worker_id=case.worker.id + 1, actor_id=None)
    with write_transaction():
        accept_online_answer(again.id, worker_id=case.worker.id, actor_id=None)
    assert list_online_shares([enrollment.id])[enrollment.id].credited == 300 * 60
    events = [
        one.event for one in list_events_of("enrollment", enrollment.code, PageRequest()).items
    ]
    assert [one for one in reversed(events) if one.startswith("online.disput")] == [
        "online.disputed",
        "online.dispute_answered",
        "online.dispute_decided",
        "online.disputed",
        "online.dispute_accepted",
    ]
