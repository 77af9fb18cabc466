"""A small employer's people stand in line together: by its code, never more than it announced."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from marketplace.audit.queries import list_events_of
from marketplace.catalog.queries.course_runs import get_course_run
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.foundation.paging import PageRequest
from marketplace.pledges.group_operations import (
    end_employer_group,
    end_past_groups,
    join_employer_group,
)
from marketplace.pledges.group_queries import (
    get_employer_group,
    list_announced,
    list_employer_groups,
)
from marketplace.pledges.operations import offer_run_to_pledges, withdraw_pledge
from marketplace.pledges.queries import list_pledges_of_worker
from tests.factories.catalog import make_occupation
from tests.factories.funds import make_place
from tests.factories.people import make_worker
from tests.factories.pledges import make_employer_group, make_line, make_run_for

SECOND_GROUP = """INSERT INTO pledge (code, worker_id, occupation_id, jurisdiction_id, starts_from,
    starts_until, hours, state, created_at, changed_at, employer_group_id)
    SELECT 'PG-CHEAT', worker_id, (SELECT max(id) FROM occupation), jurisdiction_id, starts_from,
    starts_until, hours, 'open', created_at, changed_at, employer_group_id
    FROM pledge WHERE employer_group_id IS NOT NULL ORDER BY id LIMIT 1"""


def join(code: str, worker_id: int) -> str:
    with write_transaction():
        return join_employer_group(code, worker_id=worker_id, actor_id=None).code


def refused_to_join(code: str, worker_id: int) -> tuple[str, ...]:
    with pytest.raises(Refused) as refused:
        join(code, worker_id)
    return refused.value.codes


def test_a_group_from_its_announcement_to_its_end(app, now):
    with write_transaction():
        occupation_id, other_id = make_occupation(title="电工").id, make_occupation().id
        group = make_employer_group(occupation_id)
        code, group_id, path = group.code, group.id, make_place().path
        line = make_line(occupation_id, 3)
        own = [make_worker().id for _number in range(4)]
        run_id = make_run_for(occupation_id, capacity=4).id
    assert [row.group.people for row in list_announced(path)] == [3], "demand, before anybody"
    assert list_announced("/45/") == []

    first = join(f" {code.lower()} ", own[0])
    assert refused_to_join(code, own[0]) == ("pledge_exists",)
    (item,) = list_pledges_of_worker(own[0], PageRequest()).items
    assert (item.employer, item.occupation) == ("白城市利民机修厂", "电工")
    join(code, own[1])
    third = join(code, own[2])
    assert refused_to_join(code, own[3]) == ("group_full",)
    assert refused_to_join("EG-NOBODY", own[3]) == ("group_not_found",)

    # The database keeps the number by itself, whoever writes.
    assert other_id > occupation_id
    with pytest.raises(IntegrityError, match="the group is full"), write_transaction():
        db.session.execute(text(SECOND_GROUP))
    db.session.rollback()

    # A place that is given up is free for another of its people.
    with write_transaction():
        withdraw_pledge(third, worker_id=own[2], actor_id=None)
    join(code, own[3])

    # First come, first served: three from the line and the first of the group.
    with write_transaction():
        assert offer_run_to_pledges(run_id, actor_id=None) == 4
    held = db.session.execute(
        text("SELECT p.code FROM pledge_offer o JOIN pledge p ON p.id = o.pledge_id ORDER BY p.id")
    )
    db.session.expire_all()
    assert [row.code for row in held] == [*(pledge.code for pledge in line), first]
    assert get_course_run(run_id).seats_taken == 4

    with write_transaction():
        end_employer_group(code, actor_id=None)
    with pytest.raises(Refused) as twice, write_transaction():
        end_employer_group(code, actor_id=None)
    assert twice.value.codes == ("group_ended",)
    assert refused_to_join(code, own[2]) == ("group_not_found",)
    row = get_employer_group(code)
    assert (row.joined, row.enrolled, row.group.id) == (3, 0, group_id)
    events = [event.event for event in list_events_of("employer_group", code, PageRequest()).items]
    assert sorted(events) == ["employer_group.announced", "employer_group.ended"]


def test_an_office_sees_the_groups_of_its_places_and_past_ones_end(app, now):
    with write_transaction():
        code, path = make_employer_group().code, make_place().path
    assert [row.group.code for row in list_employer_groups((path,), PageRequest()).items] == [code]
    assert list_employer_groups(("/45/",), PageRequest()).items == []
    with clock.frozen(clock.now() + timedelta(days=91)):
        with write_transaction():
            worker_id = make_worker().id
        assert refused_to_join(code, worker_id) == ("group_not_found",)
        with write_transaction():
            assert end_past_groups(limit=10) == 1
            assert end_past_groups(limit=10) == 0
        assert list_announced(path) == []
