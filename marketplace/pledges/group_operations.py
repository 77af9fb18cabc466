"""Groups of small employers: announced by an office, joined by people with the employer's code.

Employers have no login. What an employer announces is seen as demand at once; a seat is only ever
held for a person, who joins with a pledge and a voucher of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from marketplace.audit.operations import record_event
from marketplace.catalog.queries.occupations import get_occupation
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.institutions.rules import is_valid_uscc
from marketplace.jurisdictions.queries import get_jurisdiction
from marketplace.people.queries import lock_worker
from marketplace.pledges.group_queries import count_joined
from marketplace.pledges.models import EmployerGroup, Pledge
from marketplace.pledges.operations import PledgeContent, make_pledge
from marketplace.pledges.rules import GroupFacts, refusals_for_group
from marketplace.pledges.states import EmployerGroupState, PledgeHours


@dataclass(frozen=True, slots=True)
class GroupContent:
    """What an employer says."""

    employer_name: str
    uscc: str | None
    occupation_id: int
    jurisdiction_id: int
    starts_from: date
    starts_until: date
    hours: PledgeHours
    people: int


def announce_employer_group(content: GroupContent, *, actor_id: int | None) -> EmployerGroup:
    """Write down that an employer would send so many people. Binds nobody, costs nothing.

    Refuses what `refusals_for_group` names; an unknown occupation or place is not found.
    """
    occupation = get_occupation(content.occupation_id)
    place = get_jurisdiction(content.jurisdiction_id)
    name, uscc = content.employer_name.strip(), (content.uscc or "").strip().upper() or None
    facts = GroupFacts(
        employer_name=name,
        uscc_is_valid=uscc is None or is_valid_uscc(uscc),
        people=content.people,
        starts_from=content.starts_from,
        starts_until=content.starts_until,
        today=clock.today(),
    )
    if refusals := refusals_for_group(facts):
        raise Refused(refusals)
    group = EmployerGroup(
        code=new_code("EG"),
        employer_name=name,
        uscc=uscc,
        occupation_id=occupation.id,
        jurisdiction_id=place.id,
        starts_from=content.starts_from,
        starts_until=content.starts_until,
        hours=content.hours,
        people=content.people,
        state=EmployerGroupState.OPEN,
        made_by=actor_id,
        made_at=clock.now(),
        ended_at=None,
    )
    db.session.add(group)
    db.session.flush()
    _record("employer_group.announced", group, actor_id)
    return group


def join_employer_group(code: str, *, worker_id: int, actor_id: int | None) -> Pledge:
    """Stand in line with the employer's group, for what it waits for, by the code it gave out.

    Refuses a code that no open group has, a group that is full, and what `refusals_for_pledge`
    names. Not before today: who joins late waits from now on.
    """
    lock_worker(worker_id)
    group = db.session.scalar(
        select(EmployerGroup)
        .where(EmployerGroup.code == code.strip().upper())
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    today = clock.today()
    is_open = group is not None and group.state is EmployerGroupState.OPEN
    if group is None or not is_open or group.starts_until < today:
        raise Refused(Refusal("group_not_found", field="code"))
    if count_joined(group.id) >= group.people:
        raise Refused(Refusal("group_full", {"people": group.people}, field="code"))
    content = PledgeContent(
        occupation_id=group.occupation_id,
        jurisdiction_id=group.jurisdiction_id,
        starts_from=max(group.starts_from, today),
        starts_until=group.starts_until,
        hours=group.hours,
        employer_group_id=group.id,
    )
    return make_pledge(worker_id, content, actor_id=actor_id)


def end_employer_group(code: str, *, actor_id: int | None) -> EmployerGroup:
    """Nobody joins any more; who has joined stays in line. Refuses `group_ended`."""
    group = db.session.scalar(
        select(EmployerGroup)
        .where(EmployerGroup.code == code)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if group is None:
        raise NotFound("employer group", code)
    if group.state is EmployerGroupState.ENDED:
        raise Refused(Refusal("group_ended"))
    group.state, group.ended_at = EmployerGroupState.ENDED, clock.now()
    db.session.flush()
    _record("employer_group.ended", group, actor_id)
    return group


def end_past_groups(*, limit: int) -> int:
    """End groups whose time has passed; returns how many."""
    codes = db.session.scalars(
        select(EmployerGroup.code)
        .where(
            EmployerGroup.state == EmployerGroupState.OPEN,
            EmployerGroup.starts_until < clock.today(),
        )
        .order_by(EmployerGroup.id)
        .limit(limit)
    ).all()
    for code in codes:
        end_employer_group(code, actor_id=None)
    return len(codes)


def _record(event: str, group: EmployerGroup, actor_id: int | None) -> None:
    record_event(
        event,
        subject_kind="employer_group",
        subject_code=group.code,
        actor_id=actor_id,
        details={"employer": group.employer_name, "people": group.people},
    )
