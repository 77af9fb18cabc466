"""Waiting lists of all courses, one unit of work each: for the command and the job."""

from __future__ import annotations

from collections.abc import Callable

from marketplace.enrollment.operations.waiting import offer_seats
from marketplace.enrollment.waiting_queries import list_courses_waited_for
from marketplace.foundation.db import write_transaction


def offer_everywhere(*, before_each: Callable[[int], None] = lambda _done: None) -> dict[str, int]:
    """How many courses somebody waits for, and how many offers are new."""
    course_ids = list_courses_waited_for()
    offers = 0
    for done, course_id in enumerate(course_ids):
        with write_transaction():
            before_each(done)
            offers += offer_seats(course_id)
    return {"courses": len(course_ids), "offers": offers}
