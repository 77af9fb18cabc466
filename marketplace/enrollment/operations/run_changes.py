"""Changing a class that people may rely on: never silently."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from marketplace.catalog.models import CourseRun, CourseRunChange
from marketplace.catalog.operations.run_changes import rewrite_course_run
from marketplace.catalog.queries.course_runs import get_course_run, get_course_run_facts
from marketplace.catalog.rules import CourseRunPlan
from marketplace.catalog.run_rules import TOLD
from marketplace.enrollment import errors as _errors  # noqa: F401  (registers the notices)
from marketplace.enrollment.queries import list_live_learners
from marketplace.foundation.db import db
from marketplace.notices.operations import send_notice


def change_course_run(
    course_run_id: int, *, plan: CourseRunPlan, reason: str, actor_id: int | None
) -> CourseRunChange | None:
    """Change a filed class and tell every learner what concerns them, in one act.

    Refuses what `rewrite_course_run` refuses. No entry: the price and the voucher stay as fixed.
    """
    change = rewrite_course_run(course_run_id, plan=plan, reason=reason, actor_id=actor_id)
    if change is None:
        return None
    learners = list_live_learners(course_run_id)
    notices = list(_notices(get_course_run(course_run_id), change))
    if not notices or not learners:
        return change
    for learner in learners:
        for kind, params in notices:
            if learner.user_id is not None:
                link = f"/me/classes/{learner.enrollment_code}"
                send_notice(learner.user_id, kind=kind, params=params, link=link)
    change.learners_told = sum(learner.user_id is not None for learner in learners)
    db.session.flush()
    return change


def _notices(course_run: CourseRun, change: CourseRunChange) -> Iterator[tuple[str, Any]]:
    title = get_course_run_facts(course_run.id).title
    for one in change.changes:
        if one["what"] not in TOLD:
            continue
        params = {"title": title, "reason": change.reason or "–"}
        if one["what"] == "site":
            yield "course_run.place_changed", {**params, "site": course_run.site}
        elif one["what"] == "times":
            shown = "; ".join(text for text in one["after"][:3] if text)
            counted = {"count": len(one["after"]), "times": shown}
            yield "course_run.times_changed", {**params, **counted}
        else:
            yield "course_run.teacher_changed", params
