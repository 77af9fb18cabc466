"""A person is suggested only what a voucher of theirs pays for today, and may say no to it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.audit.models import AuditEvent
from marketplace.catalog.queries.course_runs import find_course_run_by_code
from marketplace.catalog.queries.courses import get_course
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import PageRequest
from marketplace.people.queries import get_worker
from marketplace.recommendation.models import SuggestionShowing
from marketplace.recommendation.operations import (
    change_suggestion_preference,
    note_suggestions_shown,
)
from marketplace.recommendation.queries.exposure import list_exposures
from marketplace.recommendation.queries.suggestions import get_suggestions, is_shown_today
from marketplace.recommendation.states import SuggestionState
from marketplace.vouchers.queries.schemes import get_scheme
from tests.factories.catalog import make_listed_course, make_occupation, make_open_course_run
from tests.factories.funds import make_county
from tests.factories.institutions import make_accredited_institution
from tests.factories.people import make_worker
from tests.factories.redemption import make_case
from tests.factories.vouchers import make_pack, make_scheme
from tests.kept import kept


@pytest.fixture
@kept
def world(app, now):
    """A worker, a scheme for everybody, and one open class in the worker's county."""
    with write_transaction():
        county = make_county()
        worker = make_worker(residence_id=county.id)
        scheme = make_scheme(make_pack())
        school = make_accredited_institution(jurisdiction_id=county.id)
        course = make_listed_course(school, occupation=make_occupation("6-31-01-03"))
        run = make_open_course_run(course, jurisdiction_id=county.id)
        return worker.id, worker.user_id, scheme.id, school.id, course.id, run.code


def suggested(worker_id: int) -> list[str]:
    db.session.rollback()
    return [item.run.run_code for item in get_suggestions(worker_id).items]


def test_an_open_class_that_a_voucher_pays_for_is_suggested_with_its_reasons(world):
    worker_id, *_others, run_code = world
    (item,) = get_suggestions(worker_id).items
    assert item.run.run_code == run_code
    assert item.price.scheme_title is not None
    assert [reason.kind.value for reason in item.suggestion.reasons] == [
        "same_county",
        "starts_soon",
    ]


def test_full_closed_unlisted_and_unpayable_classes_are_not_suggested(world):
    worker_id, *_others, run_code = world
    with write_transaction():
        make_open_course_run(make_listed_course(level=1))  # the scheme has no rate for level 1
        full = make_open_course_run(make_listed_course(), capacity=1)
        make_case(course_run=full)
        held = make_open_course_run()

        get_course(held.course_id).quarantine_reason = "price_odd"
    assert suggested(worker_id) == [run_code]
    with clock.frozen(clock.now() + timedelta(days=8)):
        assert suggested(worker_id) == []


def test_what_one_is_in_is_not_suggested_again(world):
    worker_id, _user, scheme_id, _school, _course, _run = world
    with write_transaction():
        run = find_course_run_by_code(world[-1])
        make_case(course_run=run, worker=get_worker(worker_id), scheme=get_scheme(scheme_id))
    assert suggested(worker_id) == []


def test_without_a_voucher_that_pays_the_reasons_are_told(app, now):
    with write_transaction():
        worker_id = make_worker(residence_id=make_county().id).id
        make_scheme(make_pack(eligibility={"categories": {"value": ["veteran"], "clause": "§1"}}))
        make_open_course_run(make_listed_course())
    found = get_suggestions(worker_id)
    assert found.items == ()
    assert [refusal.code for refusal in found.refusals] == ["category_not_verified"]


def test_turning_suggestions_off_is_heeded_audited_and_can_be_undone(world):
    worker_id, user_id, *_others, run_code = world

    def turn(state: SuggestionState) -> None:
        with write_transaction():
            change_suggestion_preference(
                worker_id, state=state, occupation_id=None, actor_id=user_id
            )

    turn(SuggestionState.OFF)
    turn(SuggestionState.OFF)
    assert suggested(worker_id) == []
    assert not get_suggestions(worker_id).is_on
    turn(SuggestionState.ON)
    assert suggested(worker_id) == [run_code]
    events = db.session.scalars(
        select(AuditEvent.event)
        .where(AuditEvent.event.like("worker.suggestions%"))
        .order_by(AuditEvent.id)
    ).all()
    assert events == ["worker.suggestions_off", "worker.suggestions_on"]


def test_the_wanted_work_comes_first(world):
    worker_id, user_id, *_others, run_code = world
    with write_transaction():
        wanted = make_occupation("4-10-01-05", title="养老护理员")
        far = make_open_course_run(make_listed_course(occupation=wanted))
        far_code = far.code
        change_suggestion_preference(
            worker_id,
            state=SuggestionState.ON,
            occupation_id=wanted.id,
            actor_id=user_id,
        )
    assert suggested(worker_id) == [far_code, run_code]
    with pytest.raises(NotFound), write_transaction():
        change_suggestion_preference(
            worker_id, state=SuggestionState.ON, occupation_id=999_999, actor_id=user_id
        )


def test_a_showing_is_counted_once_a_day_and_reported_with_what_came_of_it(world):
    worker_id, _user, scheme_id, _school, course_id, _run = world
    chosen = [item.suggestion for item in get_suggestions(worker_id).items]
    for _again in range(2):
        with write_transaction():
            note_suggestions_shown(worker_id, chosen)
    assert is_shown_today(worker_id, [course_id])
    assert db.session.query(SuggestionShowing).count() == 1
    with write_transaction():
        make_case(
            course_run=find_course_run_by_code(world[-1]),
            worker=get_worker(worker_id),
            scheme=get_scheme(scheme_id),
        )
    (row,) = list_exposures(("",), PageRequest(), on=clock.today()).items
    assert (row.showings, row.people, row.enrolled, row.share) == (1, 1, 1, 1.0)
    assert list_exposures(("/999999/",), PageRequest(), on=clock.today()).items == []
