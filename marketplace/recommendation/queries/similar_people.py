"""What people in a situation like somebody's completed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select

from marketplace.catalog.models import Course, CourseRun
from marketplace.enrollment.models import Completion, Enrollment
from marketplace.foundation.db import db
from marketplace.people.models import CategoryFact
from marketplace.people.states import CategoryFactState, WorkerCategory

COMPLETIONS_MAX = 5_000
"""The newest completions of similar people; older ones would hardly change the order."""
PRIOR_STRENGTH = 10.0
"""Of the candidates `matching evaluate` chooses from, the one that holds with little data."""


@dataclass(frozen=True, slots=True)
class Companions:
    """How strongly an occupation is suggested by what similar people completed, and how many."""

    share: float
    people: int


def get_companions(
    worker_id: int,
    *,
    categories: Collection[WorkerCategory],
    learned_ids: Collection[int],
    on: date,
) -> dict[int, Companions]:
    """By occupation: what people of the same categories, or with the same learning, completed.

    The score is that of `affinity.smoothed_companions` on the newest completions, 1 for the
    highest; for somebody who has learned nothing yet it is how often each was completed.
    """
    pairs = _list_pairs(worker_id, categories=categories, learned_ids=learned_ids, on=on)
    if not pairs:
        return {}
    people: dict[int, int] = {}
    for _person, occupation_id in pairs:
        people[occupation_id] = people.get(occupation_id, 0) + 1
    scores = _scores(pairs, learned_ids) or {key: float(count) for key, count in people.items()}
    most = max(scores.values()) or 1.0
    return {key: Companions(scores.get(key, 0.0) / most, people[key]) for key in people}


def _scores(pairs: list[tuple[int, int]], learned_ids: Collection[int]) -> dict[int, float]:
    # Numbers only when somebody needs them: the library takes a third of a second to load.
    import numpy as np
    from scipy import sparse

    from marketplace.recommendation.affinity import smoothed_companions

    users = {user: place for place, user in enumerate(sorted({user for user, _item in pairs}))}
    items = {item: place for place, item in enumerate(sorted({item for _user, item in pairs}))}
    own = [items[item] for item in sorted(learned_ids) if item in items]
    if not own:
        return {}
    rows = [users[user] for user, _item in pairs]
    columns = [items[item] for _user, item in pairs]
    shape = (len(users), len(items))
    chosen = sparse.csr_matrix((np.ones(len(pairs), dtype=np.float32), (rows, columns)), shape)
    mine = sparse.csr_matrix(
        (np.ones(len(own), dtype=np.float32), ([0] * len(own), own)), (1, len(items))
    )
    scored = smoothed_companions(PRIOR_STRENGTH)(chosen)(mine)[0]
    return {item: float(scored[place]) for item, place in items.items()}


def _list_pairs(
    worker_id: int,
    *,
    categories: Collection[WorkerCategory],
    learned_ids: Collection[int],
    on: date,
) -> list[tuple[int, int]]:
    """(person, occupation), each pair once."""
    same_category = select(CategoryFact.worker_id).where(
        CategoryFact.category.in_(list(categories)),
        CategoryFact.state == CategoryFactState.VERIFIED,
        CategoryFact.valid_from <= on,
        or_(CategoryFact.valid_until.is_(None), CategoryFact.valid_until >= on),
    )
    same_learning = (
        select(Enrollment.worker_id)
        .join(Completion, Completion.enrollment_id == Enrollment.id)
        .join(CourseRun, CourseRun.id == Enrollment.course_run_id)
        .join(Course, Course.id == CourseRun.course_id)
        .where(Course.occupation_id.in_(list(learned_ids)))
    )
    rows = db.session.execute(
        select(Enrollment.worker_id, Course.occupation_id)
        .join(Completion, Completion.enrollment_id == Enrollment.id)
        .join(CourseRun, CourseRun.id == Enrollment.course_run_id)
        .join(Course, Course.id == CourseRun.course_id)
        .where(
            Enrollment.worker_id != worker_id,
            Course.occupation_id.is_not(None),
            or_(Enrollment.worker_id.in_(same_category), Enrollment.worker_id.in_(same_learning)),
        )
        .order_by(Completion.id.desc())
        .limit(COMPLETIONS_MAX)
    )
    return list({(row.worker_id, row.occupation_id): None for row in rows})
