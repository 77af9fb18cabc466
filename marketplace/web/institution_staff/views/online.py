"""Online hours of a class: what is credited to whom on which day, and what is not."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template

from marketplace.catalog.queries.course_runs import get_course_run_facts
from marketplace.edge.access import access, institution_staff
from marketplace.edge.paging import asked_page, page_url
from marketplace.enrollment.labels import ONLINE_LOSS_LABELS
from marketplace.enrollment.online_queries import OnlineShare, list_online_shares
from marketplace.enrollment.queries import list_enrollments_of_run
from marketplace.foundation.paging import Page
from marketplace.people.queries.workers import list_worker_masks
from marketplace.web.institution_staff.blueprint import blueprint
from marketplace.web.institution_staff.views.classes import get_own_run


@dataclass(frozen=True, slots=True)
class Line:
    """One learner with the online hours; the name is masked."""

    code: str
    name: str
    share: OnlineShare


@blueprint.get("/classes/<code>/online")
@access(institution_staff)
def show_online_hours(code: str) -> str:
    """Learners in the order of enrolling, each with the days."""
    run = get_own_run(code)
    asked = asked_page()
    enrollments = list_enrollments_of_run(run.id)
    shown = enrollments[asked.offset : asked.offset + asked.limit]
    masks = list_worker_masks([one.worker_id for one in shown])
    shares = list_online_shares([one.id for one in shown])
    lines = [
        Line(one.code, masks[one.worker_id].name if one.worker_id in masks else "–", shares[one.id])
        for one in shown
        if one.id in shares
    ]
    return render_template(
        "institution_staff/show_online_hours.html",
        run=run,
        facts=get_course_run_facts(run.id),
        lines=lines,
        losses=ONLINE_LOSS_LABELS,
        page=Page(shown, len(enrollments), asked.number, asked.limit),
        page_url=page_url,
    )
