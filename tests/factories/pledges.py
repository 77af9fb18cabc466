"""People in line for a class, and a seat held for one of them. Use in write_transaction."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from marketplace.catalog.models import CourseRun
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.people.models import Worker
from marketplace.pledges.group_operations import GroupContent, announce_employer_group
from marketplace.pledges.models import EmployerGroup, Pledge, PledgeOffer
from marketplace.pledges.operations import PledgeContent, make_pledge, offer_run_to_pledges
from marketplace.pledges.rules import GROUP_MIN
from marketplace.pledges.states import PledgeHours
from tests.factories.catalog import make_listed_course, make_occupation, make_open_course_run
from tests.factories.funds import make_place
from tests.factories.institutions import make_accredited_institution
from tests.factories.people import make_worker


def make_line(occupation_id: int, people: int, **changes: Any) -> list[Pledge]:
    """So many people of the test city who wait for the same occupation."""
    return [pledge_of(make_worker(), occupation_id, **changes) for _number in range(people)]


def pledge_of(worker: Worker, occupation_id: int, **changes: Any) -> Pledge:
    """One person's pledge for the next three months."""
    today = clock.today()
    content: dict[str, Any] = {
        "occupation_id": occupation_id,
        "jurisdiction_id": make_place().id,
        "starts_from": today,
        "starts_until": today + timedelta(days=90),
        "hours": PledgeHours.ANY,
        **changes,
    }
    return make_pledge(worker.id, PledgeContent(**content), actor_id=worker.user_id)


def make_run_for(occupation_id: int, **plan: Any) -> CourseRun:
    """An open class in the test city that teaches the occupation."""
    place = make_place()
    course = make_listed_course(make_accredited_institution(jurisdiction_id=place.id))
    course.occupation_id = occupation_id
    db.session.flush()
    return make_open_course_run(course, jurisdiction_id=place.id, **plan)


def make_employer_group(occupation_id: int | None = None, **changes: Any) -> EmployerGroup:
    """Three people of a small employer of the test city, for the next three months."""
    today = clock.today()
    content: dict[str, Any] = {
        "employer_name": "白城市利民机修厂",
        "uscc": None,
        "occupation_id": occupation_id or make_occupation().id,
        "jurisdiction_id": make_place().id,
        "starts_from": today,
        "starts_until": today + timedelta(days=90),
        "hours": PledgeHours.ANY,
        "people": 3,
        **changes,
    }
    return announce_employer_group(GroupContent(**content), actor_id=None)


def make_held_seat(worker: Worker) -> tuple[Pledge, PledgeOffer]:
    """A worker's pledge with a seat held for it."""
    occupation_id = make_occupation().id
    pledge = pledge_of(worker, occupation_id)
    make_line(occupation_id, GROUP_MIN - 1)
    offer_run_to_pledges(make_run_for(occupation_id).id, actor_id=None)
    offer = db.session.scalars(select(PledgeOffer).where(PledgeOffer.pledge_id == pledge.id))
    return pledge, offer.one()
