"""Pledging, offering seats first come first, taking and ending offers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from marketplace.audit.operations import record_event
from marketplace.catalog.operations.course_runs import give_back_seat, take_seat
from marketplace.catalog.queries.course_runs import get_course_run_facts, lock_course_run
from marketplace.catalog.queries.occupations import get_occupation
from marketplace.catalog.states import CourseRunState
from marketplace.enrollment.operations.enroll import enroll_worker
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.jurisdictions.queries import get_jurisdiction
from marketplace.notices.operations import send_notice
from marketplace.people.queries import lock_worker
from marketplace.pledges.labels import OFFER_OVER, OFFERED
from marketplace.pledges.models import Pledge, PledgeOffer
from marketplace.pledges.queries import (
    count_offers,
    find_open_offer_id,
    find_user_id,
    list_due_offer_ids,
    list_line,
    list_open_offer_ids,
    list_past_pledges,
    list_waiting_occupation_ids,
    lock_pledge,
    lock_pledge_offer,
)
from marketplace.pledges.rules import (
    LineFacts,
    PledgeFacts,
    held_until,
    refusals_for_line,
    refusals_for_pledge,
)
from marketplace.pledges.states import PledgeHours, PledgeOfferState, PledgeState
from marketplace.redemption.operations.reserve import enroll_with_voucher

SEATED = (CourseRunState.OPEN, CourseRunState.FULL)


@dataclass(frozen=True, slots=True)
class PledgeContent:
    """What a person waits for."""

    occupation_id: int
    jurisdiction_id: int
    starts_from: date
    starts_until: date
    hours: PledgeHours
    employer_group_id: int | None = None
    """The group of an employer the person joins; see `join_employer_group`."""


def make_pledge(worker_id: int, content: PledgeContent, *, actor_id: int | None) -> Pledge:
    """Stand in line for a class. Binds nobody, costs nothing, holds no voucher.

    Refuses what `refusals_for_pledge` names; an unknown occupation or place is not found.
    """
    lock_worker(worker_id)
    occupation = get_occupation(content.occupation_id)
    place = get_jurisdiction(content.jurisdiction_id)
    waiting = list_waiting_occupation_ids(worker_id)
    facts = PledgeFacts(
        starts_from=content.starts_from,
        starts_until=content.starts_until,
        today=clock.today(),
        open_pledges=len(waiting),
        has_same=occupation.id in waiting,
    )
    if refusals := refusals_for_pledge(facts):
        raise Refused(refusals)
    pledge = Pledge(
        code=new_code("PG"),
        worker_id=worker_id,
        occupation_id=occupation.id,
        jurisdiction_id=place.id,
        starts_from=content.starts_from,
        starts_until=content.starts_until,
        hours=content.hours,
        employer_group_id=content.employer_group_id,
        state=PledgeState.OPEN,
        created_at=clock.now(),
        changed_at=clock.now(),
    )
    db.session.add(pledge)
    db.session.flush()
    _record("pledge.made", pledge, actor_id, occupation=occupation.code)
    return pledge


def withdraw_pledge(code: str, *, worker_id: int, actor_id: int | None) -> Pledge:
    """Leave the line, at any time; a seat that was held goes to the next. Twice changes nothing."""
    held_id = find_open_offer_id(code, worker_id=worker_id)
    offer = _lock_in_line(held_id)[0] if held_id is not None else None
    pledge = lock_pledge(code, worker_id=worker_id)
    if pledge.state not in (PledgeState.OPEN, PledgeState.OFFERED):
        return pledge
    if pledge.state is PledgeState.OFFERED and offer is None:
        raise Refused(Refusal("stale_state"))
    _move(pledge, PledgeState.WITHDRAWN)
    _record("pledge.withdrawn", pledge, actor_id)
    if offer is not None and offer.state is PledgeOfferState.OPEN:
        _end_offer(offer, PledgeOfferState.WITHDRAWN)
        _offer_seats(offer.course_run_id, actor_id=None)
    return pledge


def offer_run_to_pledges(course_run_id: int, *, actor_id: int | None) -> int:
    """Hold a seat for each in the line, first come first, as far as seats go; returns how many.

    Refuses what `refusals_for_line` names. Seats that are given back go on down the line.
    """
    run = lock_course_run(course_run_id)
    today = clock.today()
    facts = LineFacts(
        run_is_open=run.state in SEATED
        and run.enrollment_opens_on <= today <= run.enrollment_closes_on,
        waiting=len(list_line(course_run_id)),
        offered_before=count_offers(course_run_id),
    )
    if refusals := refusals_for_line(facts):
        raise Refused(refusals)
    return _offer_seats(course_run_id, actor_id=actor_id)


def take_pledge_offer(
    offer_id: int,
    *,
    worker_id: int,
    scheme_id: int | None,
    own_share_fen: int,
    actor_id: int | None,
) -> PledgeOffer:
    """The held seat becomes an enrollment, paid by a voucher of a scheme or by the person.

    Taking twice changes nothing. Refuses `pledge_offer_over`, and all that enrolling refuses; then
    the seat stays held. Entries: those of `enroll_with_voucher`.
    """
    lock_worker(worker_id)
    offer, pledge = _lock_in_line(offer_id)
    if pledge.worker_id != worker_id:
        raise NotFound("pledge offer", offer_id)
    if offer.state is PledgeOfferState.TAKEN:
        return offer
    _refuse_if_over(offer)
    # The held seat is the one that enrolling takes: both in one unit of work, so that nobody
    # can come between.
    give_back_seat(offer.course_run_id)
    if scheme_id is None:
        enrollment_id = enroll_worker(
            worker_id, course_run_id=offer.course_run_id, actor_id=actor_id
        ).id
    else:
        enrollment_id = enroll_with_voucher(
            worker_id,
            course_run_id=offer.course_run_id,
            scheme_id=scheme_id,
            own_share_fen=own_share_fen,
            actor_id=actor_id,
        ).enrollment_id
    offer.state, offer.enrollment_id = PledgeOfferState.TAKEN, enrollment_id
    offer.ended_at = clock.now()
    _move(pledge, PledgeState.CONVERTED)
    _record("pledge.converted", pledge, actor_id)
    return offer


def decline_pledge_offer(offer_id: int, *, worker_id: int, actor_id: int | None) -> PledgeOffer:
    """Not this class: the seat goes to the next, the pledge keeps its place for other classes."""
    offer, pledge = _lock_in_line(offer_id)
    if pledge.worker_id != worker_id:
        raise NotFound("pledge offer", offer_id)
    if offer.state is PledgeOfferState.DECLINED:
        return offer
    _refuse_if_over(offer)
    _end_offer(offer, PledgeOfferState.DECLINED)
    _move(pledge, PledgeState.OPEN)
    _record("pledge.declined", pledge, actor_id)
    _offer_seats(offer.course_run_id, actor_id=None)
    return offer


def withdraw_pledge_offers(course_run_id: int, *, actor_id: int | None) -> int:
    """The institution takes back what it holds for the line; those who waited stay in line."""
    lock_course_run(course_run_id)
    offer_ids = list_open_offer_ids(course_run_id)
    for offer_id in offer_ids:
        offer, pledge = lock_pledge_offer(offer_id)
        _end_offer(offer, PledgeOfferState.WITHDRAWN)
        _move(pledge, PledgeState.OPEN)
        _record("pledge.offer_withdrawn", pledge, actor_id)
        _tell(pledge, OFFER_OVER, offer)
    return len(offer_ids)


def end_pledge_offers(*, limit: int) -> int:
    """End offers nobody answered in time and pledges whose time has passed; returns how many.

    The seats go on down the line.
    """
    offer_ids = list_due_offer_ids(clock.now(), limit=limit)
    for offer_id in offer_ids:
        offer, pledge = _lock_in_line(offer_id)
        if offer.state is not PledgeOfferState.OPEN:
            continue  # taken or given up in this very moment
        _end_offer(offer, PledgeOfferState.LAPSED)
        _move(pledge, PledgeState.LAPSED)
        _record("pledge.lapsed", pledge, None)
        _tell(pledge, OFFER_OVER, offer)
        _offer_seats(offer.course_run_id, actor_id=None)
    past = list_past_pledges(clock.today(), limit=limit)
    for pledge in past:
        _move(pledge, PledgeState.LAPSED)
        _record("pledge.lapsed", pledge, None)
    return len(offer_ids) + len(past)


def _lock_in_line(offer_id: int) -> tuple[PledgeOffer, Pledge]:
    """An offer and its pledge, the class locked before them as everywhere in this room.

    One order for everybody: two acts on the same class wait for each other and never in a ring.
    """
    course_run_id = db.session.scalar(
        select(PledgeOffer.course_run_id).where(PledgeOffer.id == offer_id)
    )
    if course_run_id is None:
        raise NotFound("pledge offer", offer_id)
    lock_course_run(course_run_id)
    return lock_pledge_offer(offer_id)


def _offer_seats(course_run_id: int, *, actor_id: int | None) -> int:
    """Seats that are free go down the line; a class that is closed by now offers nothing more."""
    run = lock_course_run(course_run_id)
    left = run.capacity - run.seats_taken
    if run.state is not CourseRunState.OPEN or clock.today() > run.enrollment_closes_on:
        return 0
    line = list_line(course_run_id, limit=max(left, 0))
    until = held_until(clock.now(), closes_on=run.enrollment_closes_on, zone=clock.zone())
    for pledge in line:
        take_seat(course_run_id)
        offer = PledgeOffer(
            code=new_code("PF"),
            pledge_id=pledge.id,
            course_run_id=course_run_id,
            state=PledgeOfferState.OPEN,
            held_until=until,
            made_by=actor_id,
            made_at=clock.now(),
        )
        db.session.add(offer)
        _move(pledge, PledgeState.OFFERED)
        _record("pledge.offered", pledge, actor_id)
        _tell(pledge, OFFERED, offer)
    return len(line)


def _end_offer(offer: PledgeOffer, state: PledgeOfferState) -> None:
    """The seat is free again, unless the class is over."""
    offer.state, offer.ended_at = state, clock.now()
    db.session.flush()
    if lock_course_run(offer.course_run_id).state in (*SEATED, CourseRunState.RUNNING):
        give_back_seat(offer.course_run_id)


def _refuse_if_over(offer: PledgeOffer) -> None:
    if offer.state is not PledgeOfferState.OPEN or offer.held_until <= clock.now():
        raise Refused(Refusal("pledge_offer_over"))


def _move(pledge: Pledge, state: PledgeState) -> None:
    pledge.state, pledge.changed_at = state, clock.now()
    db.session.flush()


def _tell(pledge: Pledge, kind: str, offer: PledgeOffer) -> None:
    user_id = find_user_id(pledge.worker_id)
    if user_id is None:
        return
    run = get_course_run_facts(offer.course_run_id)
    params: dict[str, object] = {"title": run.title}
    link = "/me/pledges"
    if kind == OFFERED:
        params |= {"starts_on": run.starts_on, "until": offer.held_until}
        link = f"/me/pledges/offers/{offer.code}"
    send_notice(user_id, kind=kind, params=params, link=link)


def _record(
    event: str, pledge: Pledge, actor_id: int | None, *, occupation: str | None = None
) -> None:
    record_event(
        event,
        subject_kind="pledge",
        subject_code=pledge.code,
        actor_id=actor_id,
        details={"occupation": occupation} if occupation else {},
    )
