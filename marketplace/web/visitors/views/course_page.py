"""The page of one course: what, when, for how much, how good, whose, and can I get in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from itertools import groupby
from urllib.parse import quote

import segno
from flask import Response, render_template, url_for
from flask_babel import gettext as _

from marketplace.catalog.course_features import facts_of_offer
from marketplace.catalog.models import CourseRun
from marketplace.catalog.queries.calendar import LessonTime, list_lesson_times
from marketplace.catalog.queries.course_history import get_course_history
from marketplace.catalog.queries.course_runs import list_course_runs_of_course
from marketplace.catalog.queries.courses import PublicCourse, find_public_course
from marketplace.catalog.queries.similar import list_similar_courses
from marketplace.catalog.rules import (
    COURSE_RUN_STATE_WORDS,
    FEE_PART_WORDS,
    LEVEL_WORDS,
    MODE_WORDS,
    refusals_for_showing,
    refusals_for_taking_a_place,
    refusals_for_teaching,
)
from marketplace.edge.access import access, anyone
from marketplace.edge.formats import in_words
from marketplace.edge.outcomes import outcomes_of_course
from marketplace.edge.paging import asked_day
from marketplace.foundation import clock
from marketplace.foundation.errors import NotFound, Refusal
from marketplace.foundation.money import Money
from marketplace.institutions.rules import STATE_WORDS
from marketplace.standing.queries.ratings import find_current_rating
from marketplace.vouchers.labels import QUOTE_LINE_LABELS
from marketplace.vouchers.queries.course_means import list_voucher_means
from marketplace.vouchers.queries.prices import Offer, WorkerMeans, list_offers
from marketplace.web.visitors.blueprint import blueprint
from marketplace.web.visitors.linked_data import course_linked_data
from marketplace.web.visitors.prices import find_own_means, shares_of

Answer = str | tuple[str, int]
RUNS_WITH_LESSONS = 6
"""As many classes show their lessons; a page of fifty would be a book."""


@dataclass(frozen=True, slots=True)
class RunOnPage:
    """A class with its lessons by local day, and why one cannot enroll in it."""

    run: CourseRun
    days: list[tuple[date, list[LessonTime]]]
    reasons: tuple[Refusal, ...]

    @property
    def lessons(self) -> list[LessonTime]:
        return [lesson for _day, lessons in self.days for lesson in lessons]


@blueprint.get("/courses/<code>")
@access(anyone)
def show_course(code: str) -> Answer:
    """One course: what, fee, where and when, whose, and whether one can get in.

    A course that was public and is not offered any more answers 410 with a page that says why; one
    that never was public is not there at all (404).
    """
    found = _public_course(code)
    if refusals := refusals_for_showing(found.facts):
        page = render_template(
            "visitors/course_gone.html",
            found=found,
            refusals=refusals,
            similar=list_similar_courses(found.course),
        )
        return page, 410
    runs = _runs_of(found)
    similar = list_similar_courses(found.course)
    means = find_own_means()
    shares = shares_of(means, [found.course.id, *(other.course_id for other in similar)])
    canonical = canonical_address(code)
    return render_template(
        "visitors/show_course.html",
        found=found,
        own_share=shares.get(found.course.id),
        shares=shares,
        runs=runs,
        offers=_offers(means, runs),
        means=list_voucher_means(found.course, found.version),
        similar=similar,
        line_labels=QUOTE_LINE_LABELS,
        run_words=COURSE_RUN_STATE_WORDS,
        mode_words=MODE_WORDS,
        level_words=LEVEL_WORDS,
        fee_words=FEE_PART_WORDS,
        institution_words=STATE_WORDS,
        offered=_offered(found),
        canonical=canonical,
        mail=_mail_address(found, canonical),
        linked_data=course_linked_data(
            found, [(one.run, one.lessons) for one in runs], address=canonical
        ),
        rating=find_current_rating(found.institution.id),
        outcomes_shown=outcomes_of_course(found.course, found.version),
    )


def _offered(found: PublicCourse) -> list[tuple[str, str]]:
    facts = facts_of_offer(found.version.attributes or {}, found.institution.features or {})
    return [(in_words(label), in_words(answer)) for label, answer in facts]


@blueprint.get("/courses/<code>/versions")
@access(anyone)
def show_course_versions(code: str) -> str:
    """What the course said when: as listed on any day. Drafts and returned texts stay private."""
    found = _public_course(code)
    history = get_course_history(found.course)
    day = asked_day("on") or clock.today()
    version = history.version_on(day)
    return render_template(
        "visitors/show_course_versions.html",
        found=found,
        versions=[one for one in history.versions if one.number in history.listed_numbers],
        periods=history.periods,
        day=day,
        version=version,
        mode_words=MODE_WORDS,
        fee_words=FEE_PART_WORDS,
        canonical=url_for("visitors.show_course_versions", code=code, _external=True),
    )


@blueprint.get("/courses/<code>/qr.svg")
@access(anyone)
def show_course_qr(code: str) -> Response:
    """The address of the course as a square, to be put up on a wall."""
    _public_course(code)
    image = BytesIO()
    segno.make(canonical_address(code), error="m", micro=False).save(
        image, kind="svg", border=2, omitsize=True, xmldecl=True
    )
    answer = Response(image.getvalue(), mimetype="image/svg+xml")
    answer.headers["Cache-Control"] = "public, max-age=86400"
    return answer


def canonical_address(code: str) -> str:
    """The one address of a course, without language or search."""
    return url_for("visitors.show_course", code=code, _external=True)


@blueprint.app_template_filter("hour")
def hour(instant: datetime) -> str:
    """`08:30` in the deployment's zone."""
    return f"{instant.astimezone(clock.zone()):%H:%M}"


def _public_course(code: str) -> PublicCourse:
    found = find_public_course(code)
    if found is None:
        raise NotFound("course")
    return found


def _runs_of(found: PublicCourse) -> list[RunOnPage]:
    runs = list_course_runs_of_course(found.course.id, from_on=clock.today())
    shown = [run.id for run in runs[:RUNS_WITH_LESSONS]]
    lessons: dict[int, list[LessonTime]] = {}
    for lesson in list_lesson_times(shown):
        lessons.setdefault(lesson.course_run_id, []).append(lesson)
    return [
        RunOnPage(run, _by_day(lessons.get(run.id, [])), _reasons_against(run, found))
        for run in runs
    ]


def _by_day(lessons: Sequence[LessonTime]) -> list[tuple[date, list[LessonTime]]]:
    return [
        (day, list(found))
        for day, found in groupby(lessons, key=lambda one: clock.local_date(one.starts_at))
    ]


def _reasons_against(run: CourseRun, found: PublicCourse) -> tuple[Refusal, ...]:
    """Full, outside the window, or the accreditation does not last: all of it."""
    return (
        *refusals_for_taking_a_place(
            run.state,
            enrollment_opens_on=run.enrollment_opens_on,
            enrollment_closes_on=run.enrollment_closes_on,
            today=clock.today(),
        ),
        *refusals_for_teaching(found.facts, first_on=run.starts_on, last_on=run.ends_on),
    )


def _offers(means: WorkerMeans | None, runs: Sequence[RunOnPage]) -> list[Offer]:
    """What each voucher of the signed-in worker pays for the next class, itemised."""
    run = next((one.run for one in runs if not one.reasons), None)
    return list_offers(means, run.id) if means and run else []


def _mail_address(found: PublicCourse, address: str) -> str:
    """A `mailto:` with title, institution, fee and address; no data of the sender."""
    version = found.version
    fee = Money(version.fee_fen, version.currency).decimal_text()
    body = f"{version.title}\n{found.institution.name}\n{fee} {version.currency}\n\n{address}"
    subject = _("Course: %(title)s", title=version.title)
    return f"mailto:?subject={quote(subject)}&body={quote(body)}"
