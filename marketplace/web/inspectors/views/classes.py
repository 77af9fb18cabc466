"""One class: its lessons, earlier visits, what is held; planning a visit, or standing in it."""

from __future__ import annotations

from datetime import date

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.catalog.queries.course_runs import list_lessons
from marketplace.edge.access import access, inspector
from marketplace.edge.answers import flash_refused
from marketplace.edge.reasons import show_reasons
from marketplace.evidence.labels import HOLD_STATE_LABELS, HOLD_TONES, KIND_LABELS
from marketplace.evidence.queries import list_holds_of_run
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.inspections import labels
from marketplace.inspections.operations import plan_visit, visit_now
from marketplace.inspections.queries import (
    ClassView,
    find_class_in,
    list_roster_of_lesson,
    list_visits_of_run,
)
from marketplace.inspections.rules import BEGIN_BEFORE
from marketplace.inspections.states import VisitKind
from marketplace.web.inspectors.blueprint import blueprint, my_paths
from marketplace.web.inspectors.forms.visits import PlanVisitForm

Answer = str | Response | tuple[str, int]


@blueprint.get("/classes/<code>")
@access(inspector)
def show_class(code: str) -> str:
    """A class of my places."""
    view = _class(code)
    return _page(view, PlanVisitForm(_days(view)))


@blueprint.post("/classes/<code>/visits")
@access(inspector)
def plan_class_visit(code: str) -> Answer:
    """Plan to go there on one of its days."""
    view = _class(code)
    form = PlanVisitForm(_days(view))
    if not form.validate_on_submit():
        return _page(view, form), 422
    try:
        with write_transaction():
            visit = plan_visit(
                view.run.id,
                kind=VisitKind(form.kind.data),
                planned_on=date.fromisoformat(form.planned_on.data),
                inspector_id=current_user.user_id,
            )
            visit_code = visit.code
    except Refused as refused:
        show_reasons(form, refused)
        return _page(_class(code), form), 409
    flash(_("The visit is planned."), "success")
    return redirect(url_for("inspectors.show_visit", code=visit_code), 303)


@blueprint.post("/classes/<code>/lessons/<int:number>/visit")
@access(inspector)
def visit_lesson_now(code: str, number: int) -> Response:
    """I stand in the door of this lesson."""
    view = _class(code)
    lesson = next((one for one in list_lessons(view.run.id) if one.number == number), None)
    if lesson is None:
        raise NotFound("lesson")
    try:
        with write_transaction():
            visit = visit_now(
                lesson.id, course_run_id=view.run.id, inspector_id=current_user.user_id
            )
            visit_code = visit.code
    except Refused as refused:
        flash_refused(refused)
        return redirect(url_for("inspectors.show_class", code=code), 303)
    return redirect(url_for("inspectors.show_visit", code=visit_code), 303)


def _class(code: str) -> ClassView:
    view = find_class_in(code, my_paths())
    if view is None:
        raise NotFound("course_run")
    return view


def _days(view: ClassView) -> list[date]:
    days = {clock.local_date(lesson.starts_at) for lesson in list_lessons(view.run.id)}
    return sorted(one for one in days if one >= clock.today())


def _page(view: ClassView, form: PlanVisitForm) -> str:
    lessons = list_lessons(view.run.id)
    now = clock.now()
    return render_template(
        "inspectors/show_class.html",
        view=view,
        run=view.run,
        lessons=lessons,
        held_now={
            lesson.id
            for lesson in lessons
            if lesson.starts_at - BEGIN_BEFORE <= now <= lesson.ends_at
        },
        learners=len(list_roster_of_lesson(view.run.id, lessons[0].id)) if lessons else 0,
        visits=list_visits_of_run(view.run.id),
        holds=list_holds_of_run(view.run.id),
        kinds=KIND_LABELS,
        hold_states=HOLD_STATE_LABELS,
        hold_tones=HOLD_TONES,
        labels=labels,
        form=form,
    )
