"""Reading one course: public, without a login."""

from __future__ import annotations

from flask import render_template

from marketplace.catalog.models import CourseRun
from marketplace.catalog.queries.course_runs import list_course_runs_of_course
from marketplace.catalog.queries.courses import find_public_course
from marketplace.catalog.rules import (
    COURSE_RUN_STATE_WORDS,
    FEE_PART_WORDS,
    LEVEL_WORDS,
    MODE_WORDS,
    refusals_for_showing,
    refusals_for_taking_a_place,
)
from marketplace.edge.access import access, anyone
from marketplace.foundation import clock
from marketplace.foundation.errors import NotFound, Refusal
from marketplace.institutions.rules import STATE_WORDS
from marketplace.web.visitors.blueprint import blueprint
from marketplace.web.visitors.linked_data import course_linked_data
from marketplace.web.visitors.prices import list_own_shares

Answer = str | tuple[str, int]


@blueprint.get("/courses/<code>")
@access(anyone)
def show_course(code: str) -> Answer:
    """One course: what, fee, where and when, whose, and whether one can get in.

    A course that was public and is not offered any more answers 410 with a page that says why; one
    that never was public is not there at all (404).
    """
    found = find_public_course(code)
    if found is None:
        raise NotFound("course")
    refusals = refusals_for_showing(found.facts)
    if refusals:
        return render_template("visitors/course_gone.html", found=found, refusals=refusals), 410
    runs = list_course_runs_of_course(found.course.id, from_on=clock.today())
    return render_template(
        "visitors/show_course.html",
        found=found,
        own_share=list_own_shares([found.course.id]).get(found.course.id),
        runs=[(run, _reasons_against(run)) for run in runs],
        run_words=COURSE_RUN_STATE_WORDS,
        mode_words=MODE_WORDS,
        level_words=LEVEL_WORDS,
        fee_words=FEE_PART_WORDS,
        institution_words=STATE_WORDS,
        linked_data=course_linked_data(found, runs),
    )


def _reasons_against(run: CourseRun) -> tuple[Refusal, ...]:
    return refusals_for_taking_a_place(
        run.state,
        enrollment_opens_on=run.enrollment_opens_on,
        enrollment_closes_on=run.enrollment_closes_on,
        today=clock.today(),
    )
