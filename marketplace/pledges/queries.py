"""Reading pledges: one's own, the anonymous demand, the line for a class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from marketplace.catalog.models import Course, CourseRun, CourseVersion, Occupation
from marketplace.catalog.states import CourseRunState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.institutions.models import Institution
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.people.models import Worker
from marketplace.pledges.models import EmployerGroup, Pledge, PledgeOffer
from marketplace.pledges.rules import GROUP_MIN, hours_fit
from marketplace.pledges.states import PledgeHours, PledgeOfferState, PledgeState
from marketplace.recommendation.queries.candidates import list_outside_work_hours

WAITING = (PledgeState.OPEN, PledgeState.OFFERED)
LINE_MAX = 1_000
"""As many seats as a class can have."""


@dataclass(frozen=True, slots=True)
class PledgeItem:
    """A pledge as its owner sees it."""

    pledge: Pledge
    occupation: str
    place: str
    offer_code: str | None
    """The seat that is held for it."""
    employer: str | None
    """Whose group the person joined."""


@dataclass(frozen=True, slots=True)
class Demand:
    """A group of people who wait for the same; never fewer than GROUP_MIN."""

    occupation: str
    occupation_code: str
    place: str
    hours: PledgeHours
    people: int
    first_on: date
    last_on: date
    """From the earliest to the latest day on which a class would suit somebody of the group."""


@dataclass(frozen=True, slots=True)
class RunInLine:
    """An open class of an institution and the line that waits for it."""

    run_code: str
    title: str
    starts_on: date
    seats_left: int
    waiting: int
    """0 when fewer than GROUP_MIN wait: smaller groups are not shown."""
    held: int
    taken: int


@dataclass(frozen=True, slots=True)
class OfferView:
    """A held seat with what its page shows."""

    offer: PledgeOffer
    pledge: Pledge
    title: str
    institution_name: str


def lock_pledge(code: str, *, worker_id: int) -> Pledge:
    """A person's own pledge, held until the unit of work ends; another's is not found."""
    pledge = db.session.scalar(
        select(Pledge)
        .where(Pledge.code == code, Pledge.worker_id == worker_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if pledge is None:
        raise NotFound("pledge", code)
    return pledge


def lock_pledge_offer(offer_id: int) -> tuple[PledgeOffer, Pledge]:
    """An offer and its pledge, held until the unit of work ends."""
    row = db.session.execute(
        select(PledgeOffer, Pledge)
        .join(Pledge, Pledge.id == PledgeOffer.pledge_id)
        .where(PledgeOffer.id == offer_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound("pledge offer", offer_id)
    return row[0], row[1]


def get_pledge_offer_of(code: str, *, worker_id: int) -> OfferView:
    """A person's own offer by its code; another's is not found."""
    row = db.session.execute(
        select(PledgeOffer, Pledge, CourseVersion.title, Institution.name)
        .join(Pledge, Pledge.id == PledgeOffer.pledge_id)
        .join(CourseRun, CourseRun.id == PledgeOffer.course_run_id)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .join(Institution, Institution.id == CourseRun.institution_id)
        .where(PledgeOffer.code == code, Pledge.worker_id == worker_id)
    ).one_or_none()
    if row is None:
        raise NotFound("pledge offer", code)
    return OfferView(*row)


def find_open_offer_id(pledge_code: str, *, worker_id: int) -> int | None:
    """The seat that is held for a person's own pledge."""
    return db.session.scalar(
        select(PledgeOffer.id)
        .join(Pledge, Pledge.id == PledgeOffer.pledge_id)
        .where(
            Pledge.code == pledge_code,
            Pledge.worker_id == worker_id,
            PledgeOffer.state == PledgeOfferState.OPEN,
        )
    )


def list_pledges_of_worker(worker_id: int, page: PageRequest) -> Page[PledgeItem]:
    """A person's pledges, the newest first."""
    wanted = (
        select(
            Pledge,
            Occupation.title,
            Jurisdiction.name,
            PledgeOffer.code,
            EmployerGroup.employer_name,
        )
        .join(Occupation, Occupation.id == Pledge.occupation_id)
        .join(Jurisdiction, Jurisdiction.id == Pledge.jurisdiction_id)
        .outerjoin(
            PledgeOffer,
            (PledgeOffer.pledge_id == Pledge.id) & (PledgeOffer.state == PledgeOfferState.OPEN),
        )
        .outerjoin(EmployerGroup, EmployerGroup.id == Pledge.employer_group_id)
        .where(Pledge.worker_id == worker_id)
    )
    total = db.session.scalar(select(func.count()).where(Pledge.worker_id == worker_id)) or 0
    rows = db.session.execute(
        wanted.order_by(Pledge.id.desc()).offset(page.offset).limit(page.limit)
    )
    return Page([PledgeItem(*row) for row in rows], total, page.number, page.limit)


def list_waiting_occupation_ids(worker_id: int) -> list[int]:
    """What a person waits for."""
    return list(
        db.session.scalars(
            select(Pledge.occupation_id)
            .where(Pledge.worker_id == worker_id, Pledge.state.in_(WAITING))
            .order_by(Pledge.id)
            .limit(100)
        )
    )


def list_demand(area_path: str, page: PageRequest) -> Page[Demand]:
    """What people wait for within an area, the largest groups first; small groups are left out."""
    people = func.count(Pledge.id)
    wanted = (
        select(
            Occupation.title,
            Occupation.code,
            Jurisdiction.name,
            Pledge.hours,
            people.label("people"),
            func.min(Pledge.starts_from).label("first_on"),
            func.max(Pledge.starts_until).label("last_on"),
        )
        .join(Occupation, Occupation.id == Pledge.occupation_id)
        .join(Jurisdiction, Jurisdiction.id == Pledge.jurisdiction_id)
        .where(
            Pledge.state == PledgeState.OPEN,
            Pledge.starts_until >= clock.today(),
            Jurisdiction.path.startswith(area_path, autoescape=True),
        )
        .group_by(
            Occupation.id,
            Occupation.title,
            Occupation.code,
            Jurisdiction.id,
            Jurisdiction.name,
            Pledge.hours,
        )
        .having(people >= GROUP_MIN)
    )
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = db.session.execute(
        wanted.order_by(people.desc(), Occupation.code, Jurisdiction.name, Pledge.hours)
        .offset(page.offset)
        .limit(page.limit)
    )
    found = [
        Demand(row.title, row.code, row.name, row.hours, row.people, row.first_on, row.last_on)
        for row in rows
    ]
    return Page(found, total, page.number, page.limit)


def list_line(course_run_id: int, *, limit: int = LINE_MAX) -> list[Pledge]:
    """The pledges a class answers that it was not offered to yet, first come first."""
    outside = course_run_id in list_outside_work_hours([course_run_id])
    suits = [hours for hours in PledgeHours if hours_fit(hours, is_outside_work_hours=outside)]
    rows = db.session.scalars(
        _answered(select(Pledge))
        .where(CourseRun.id == course_run_id, Pledge.hours.in_(suits))
        .order_by(Pledge.id)
        .limit(limit)
    )
    return list(rows)


def _answered(wanted: Any) -> Any:
    """Classes joined with the open pledges they answer by occupation, place and time."""
    seat = aliased(Jurisdiction)
    return (
        wanted.select_from(CourseRun)
        .join(Course, Course.id == CourseRun.course_id)
        .join(Institution, Institution.id == CourseRun.institution_id)
        .join(
            seat, seat.id == func.coalesce(CourseRun.jurisdiction_id, Institution.jurisdiction_id)
        )
        .join(Pledge, Pledge.occupation_id == Course.occupation_id)
        .join(_PLACE, _PLACE.id == Pledge.jurisdiction_id)
        .where(
            Pledge.state == PledgeState.OPEN,
            Pledge.starts_from <= CourseRun.starts_on,
            Pledge.starts_until >= CourseRun.starts_on,
            seat.path.startswith(_PLACE.path),
            ~select(PledgeOffer.id)
            .where(PledgeOffer.pledge_id == Pledge.id, PledgeOffer.course_run_id == CourseRun.id)
            .correlate(Pledge, CourseRun)
            .exists(),
        )
    )


_PLACE = aliased(Jurisdiction)


def count_offers(course_run_id: int) -> int:
    """How many offers a class has made so far, whatever became of them."""
    wanted = select(func.count()).where(PledgeOffer.course_run_id == course_run_id)
    return db.session.scalar(wanted) or 0


def list_runs_in_line(institution_id: int) -> list[RunInLine]:
    """The institution's classes that take enrollments, each with the line that waits for it."""
    rows = db.session.execute(
        select(
            CourseRun.id,
            CourseRun.code,
            CourseVersion.title,
            CourseRun.starts_on,
            (CourseRun.capacity - CourseRun.seats_taken).label("seats_left"),
        )
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .where(
            CourseRun.institution_id == institution_id,
            CourseRun.state.in_((CourseRunState.OPEN, CourseRunState.FULL)),
            CourseRun.enrollment_closes_on >= clock.today(),
        )
        .order_by(CourseRun.starts_on, CourseRun.id)
        .limit(50)
    ).all()
    run_ids = [row.id for row in rows]
    waiting, offers = _count_waiting(run_ids), _count_offers_of(run_ids)
    return [
        RunInLine(
            row.code,
            row.title,
            row.starts_on,
            row.seats_left,
            waiting[row.id] if waiting.get(row.id, 0) >= GROUP_MIN else 0,
            offers.get((row.id, PledgeOfferState.OPEN), 0),
            offers.get((row.id, PledgeOfferState.TAKEN), 0),
        )
        for row in rows
    ]


def _count_waiting(run_ids: Sequence[int]) -> dict[int, int]:
    """How many pledges each class answers."""
    outside = list_outside_work_hours(run_ids)
    rows = db.session.execute(
        _answered(select(CourseRun.id, Pledge.hours, func.count(Pledge.id)))
        .where(CourseRun.id.in_(run_ids))
        .group_by(CourseRun.id, Pledge.hours)
        .order_by(CourseRun.id)
    )
    found: dict[int, int] = {}
    for run_id, hours, count in rows:
        if hours_fit(hours, is_outside_work_hours=run_id in outside):
            found[run_id] = found.get(run_id, 0) + count
    return found


def _count_offers_of(run_ids: Sequence[int]) -> dict[tuple[int, PledgeOfferState], int]:
    rows = db.session.execute(
        select(PledgeOffer.course_run_id, PledgeOffer.state, func.count())
        .where(PledgeOffer.course_run_id.in_(run_ids))
        .group_by(PledgeOffer.course_run_id, PledgeOffer.state)
        .order_by(PledgeOffer.course_run_id)
    )
    return {(run_id, state): count for run_id, state, count in rows}


def list_open_offer_ids(course_run_id: int) -> Sequence[int]:
    """Seats of a class that are held for pledges."""
    return db.session.scalars(
        select(PledgeOffer.id)
        .where(
            PledgeOffer.course_run_id == course_run_id, PledgeOffer.state == PledgeOfferState.OPEN
        )
        .order_by(PledgeOffer.id)
        .limit(LINE_MAX)
    ).all()


def list_due_offer_ids(now: datetime, *, limit: int) -> Sequence[int]:
    """Held seats whose deadline has passed, the earliest first."""
    return db.session.scalars(
        select(PledgeOffer.id)
        .where(PledgeOffer.state == PledgeOfferState.OPEN, PledgeOffer.held_until <= now)
        .order_by(PledgeOffer.held_until, PledgeOffer.id)
        .limit(limit)
    ).all()


def list_past_pledges(on: date, *, limit: int) -> Sequence[Pledge]:
    """Pledges whose time window has passed without a class."""
    return db.session.scalars(
        select(Pledge)
        .where(Pledge.state == PledgeState.OPEN, Pledge.starts_until < on)
        .order_by(Pledge.id)
        .limit(limit)
    ).all()


def find_user_id(worker_id: int) -> int | None:
    """The login of a person, if they have one."""
    return db.session.scalar(select(Worker.user_id).where(Worker.id == worker_id))
