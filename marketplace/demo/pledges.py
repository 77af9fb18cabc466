"""People who wait for a class that does not suit anybody's calendar yet."""

from __future__ import annotations

from datetime import date, timedelta

from marketplace.catalog.queries.courses import get_course
from marketplace.demo.cast import Cast
from marketplace.demo.history import at
from marketplace.foundation.db import write_transaction
from marketplace.pledges.operations import PledgeContent, make_pledge
from marketplace.pledges.states import PledgeHours

GROUPS = ((0, 8, PledgeHours.ANY), (4, 6, PledgeHours.OUTSIDE_WORK_HOURS), (5, 3, PledgeHours.ANY))
"""School whose first course's occupation is meant, people, hours; the last group stays hidden."""


def make_pledges(cast: Cast, *, today: date) -> None:
    """Two groups large enough to be shown, and one that is not."""
    people = iter(cast.worker_ids[1:])
    with at(today - timedelta(days=6)), write_transaction():
        for school, count, hours in GROUPS:
            occupation_id = get_course(cast.schools[school].course_ids[0]).occupation_id
            assert occupation_id is not None, "demo courses name their occupation"
            content = PledgeContent(
                occupation_id=occupation_id,
                jurisdiction_id=cast.prefecture_id,
                starts_from=today,
                starts_until=today + timedelta(days=90),
                hours=hours,
            )
            for _number in range(count):
                make_pledge(next(people), content, actor_id=None)
