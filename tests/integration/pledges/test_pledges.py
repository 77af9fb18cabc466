"""First in, first out: seats are held in the order of the line and never lost on the way."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.audit.models import AuditEvent
from marketplace.catalog.queries.course_runs import get_course_run
from marketplace.catalog.states import CourseRunState
from marketplace.cli.runner import Runner
from marketplace.enrollment.operations.enroll import enroll_worker
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.paging import PageRequest
from marketplace.notices.models import Notice
from marketplace.pledges.models import Pledge, PledgeOffer
from marketplace.pledges.operations import (
    decline_pledge_offer,
    offer_run_to_pledges,
    take_pledge_offer,
    withdraw_pledge,
    withdraw_pledge_offers,
)
from marketplace.pledges.queries import list_demand, list_runs_in_line
from marketplace.pledges.rules import GROUP_MIN
from marketplace.pledges.states import PledgeHours, PledgeOfferState, PledgeState
from tests.factories.catalog import make_occupation
from tests.factories.funds import make_place
from tests.factories.people import make_worker
from tests.factories.pledges import make_line, make_run_for, pledge_of
from tests.kept import kept


@pytest.fixture
@kept
def line(app, now) -> tuple[list[int], int, int]:
    """Six people in line, a class of three seats, and its occupation."""
    with write_transaction():
        occupation_id = make_occupation(title="电工").id
        pledges = make_line(occupation_id, 6)
        return [pledge.id for pledge in pledges], make_run_for(occupation_id, capacity=3).id, (
            occupation_id
        )  # fmt: skip


def offer(run_id: int) -> int:
    with write_transaction():
        return offer_run_to_pledges(run_id, actor_id=None)


def held() -> list[int]:
    """The pledges for which a seat is held, in the order of the line."""
    db.session.rollback()
    return list(
        db.session.scalars(
            select(PledgeOffer.pledge_id)
            .where(PledgeOffer.state == PledgeOfferState.OPEN)
            .order_by(PledgeOffer.pledge_id)
        )
    )


def offer_of(pledge_id: int) -> tuple[int, int]:
    row = db.session.execute(
        select(PledgeOffer.id, Pledge.worker_id)
        .join(Pledge, Pledge.id == PledgeOffer.pledge_id)
        .where(Pledge.id == pledge_id)
        .order_by(PledgeOffer.id.desc())
    ).first()
    return row[0], row[1]


def seats(run_id: int) -> tuple[int, CourseRunState]:
    db.session.rollback()
    run = get_course_run(run_id)
    return run.seats_taken, run.state


def test_seats_are_held_for_the_first_in_line_and_for_nobody_else(line):
    pledges, run_id, _occupation = line
    assert offer(run_id) == 3
    assert held() == pledges[:3]
    assert seats(run_id) == (3, CourseRunState.FULL)
    assert db.session.query(Notice).filter_by(kind="pledge.place_held").count() == 3
    with write_transaction():
        stranger_id = make_worker().id
    with pytest.raises(Refused) as refused, write_transaction():
        enroll_worker(stranger_id, course_run_id=run_id, actor_id=None)
    assert refused.value.codes == ("class_full",)


def test_what_is_declined_withdrawn_or_not_answered_goes_to_the_next(app, line):
    pledges, run_id, _occupation = line
    offer(run_id)
    first, worker = offer_of(pledges[0])
    with write_transaction():
        decline_pledge_offer(first, worker_id=worker, actor_id=None)
    assert held() == pledges[1:4], "the fourth; not the first again"
    code, worker = db.session.execute(
        select(Pledge.code, Pledge.worker_id).where(Pledge.id == pledges[1])
    ).one()
    with write_transaction():
        withdraw_pledge(code, worker_id=worker, actor_id=None)
        withdraw_pledge(code, worker_id=worker, actor_id=None)
    assert held() == pledges[2:5]
    with clock.frozen(clock.now() + timedelta(days=3, minutes=1)):
        runner = Runner(app)
        runner.enqueue_due()
        runner.run_until_empty(once=False)
        assert held() == [pledges[5]]
        assert seats(run_id) == (1, CourseRunState.OPEN)
    states = db.session.scalars(select(Pledge.state).order_by(Pledge.id)).all()
    assert states == ["open", "withdrawn", "lapsed", "lapsed", "lapsed", "offered"]


def test_taking_a_held_seat_enrolls_with_exactly_that_seat(line):
    pledges, run_id, _occupation = line
    offer(run_id)
    offer_id, worker = offer_of(pledges[0])
    for _again in range(2):
        with write_transaction():
            taken = take_pledge_offer(
                offer_id, worker_id=worker, scheme_id=None, own_share_fen=0, actor_id=None
            )
    assert taken.enrollment_id is not None
    assert seats(run_id) == (3, CourseRunState.FULL)
    assert db.session.get_one(Pledge, pledges[0]).state is PledgeState.CONVERTED
    other_id, _worker = offer_of(pledges[1])
    with pytest.raises(NotFound), write_transaction():
        take_pledge_offer(
            other_id, worker_id=worker, scheme_id=None, own_share_fen=0, actor_id=None
        )
    with clock.frozen(clock.now() + timedelta(days=4)):
        second, worker = offer_of(pledges[1])
        with pytest.raises(Refused) as refused, write_transaction():
            take_pledge_offer(
                second, worker_id=worker, scheme_id=None, own_share_fen=0, actor_id=None
            )
    assert refused.value.codes == ("pledge_offer_over",)
    assert seats(run_id) == (3, CourseRunState.FULL), "a refusal leaves the seat held"
    events = db.session.scalars(
        select(AuditEvent.event).where(AuditEvent.subject_kind == "pledge").distinct()
    ).all()
    assert set(events) == {"pledge.made", "pledge.offered", "pledge.converted"}


def test_an_institution_that_takes_its_offers_back_frees_the_seats_and_keeps_the_line(line):
    pledges, run_id, _occupation = line
    offer(run_id)
    with write_transaction():
        assert withdraw_pledge_offers(run_id, actor_id=None) == 3
    assert seats(run_id) == (0, CourseRunState.OPEN)
    assert held() == []
    states = set(db.session.scalars(select(Pledge.state)))
    assert states == {PledgeState.OPEN}
    assert offer(run_id) == 3
    assert held() == pledges[3:], "nobody is offered the same class twice"


def test_small_groups_are_neither_shown_nor_offered_a_class(app, now):
    with write_transaction():
        occupation_id = make_occupation(title="焊工").id
        make_line(occupation_id, GROUP_MIN - 1)
        run = make_run_for(occupation_id)
        run_id, institution_id, area = run.id, run.institution_id, make_place().path
    assert list_demand(area, PageRequest()).items == []
    assert list_runs_in_line(institution_id)[0].waiting == 0
    with pytest.raises(Refused) as refused:
        offer(run_id)
    assert refused.value.codes == ("pledges_too_few",)
    with write_transaction():
        make_line(occupation_id, 1)
    (group,) = list_demand(area, PageRequest()).items
    assert (group.occupation, group.people) == ("焊工", GROUP_MIN)
    assert list_runs_in_line(institution_id)[0].waiting == GROUP_MIN
    assert list_demand("/990000/", PageRequest()).items == []


def test_only_pledges_whose_place_time_and_hours_suit_are_answered(app, now):
    with write_transaction():
        occupation_id = make_occupation().id
        far = make_place("220100", "长春市").id
        today = clock.today()
        for change in (
            {"jurisdiction_id": far},
            {"starts_until": today + timedelta(days=6)},
            {"starts_from": today + timedelta(days=8)},
            {"hours": PledgeHours.OUTSIDE_WORK_HOURS},
        ):
            pledge_of(make_worker(), occupation_id, **change)
        pledge_of(make_worker(), make_occupation().id)
        suiting = [pledge.id for pledge in make_line(occupation_id, GROUP_MIN)]
        run_id = make_run_for(occupation_id).id  # from next week on, in the daytime
    assert offer(run_id) == GROUP_MIN
    assert held() == suiting
