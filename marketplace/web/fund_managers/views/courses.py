"""Reviewing submitted courses (目录清单管理): list them, or return them with reasons."""

from __future__ import annotations

import hashlib
import json

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.catalog.offer_warnings import OfferWarning, warning_to_json
from marketplace.catalog.operations import courses as operations
from marketplace.catalog.queries.courses import (
    CourseInReview,
    find_course_in_review,
    list_courses_in_review,
)
from marketplace.catalog.queries.late_filings import count_waiting_late_filings
from marketplace.catalog.queries.occupations import get_occupation
from marketplace.catalog.queries.offer_facts import get_offer_warnings
from marketplace.catalog.rules import COURSE_STATE_WORDS, LEVEL_WORDS, MODE_WORDS
from marketplace.edge.access import access, officer
from marketplace.edge.answers import flash_refused
from marketplace.edge.course_versions import comparison_for_review, read_version_pages
from marketplace.edge.officers import officer_paths
from marketplace.edge.reasons import show_reasons
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.paging import PageRequest
from marketplace.institutions.rules import STATE_WORDS
from marketplace.vouchers.queries.course_means import list_voucher_caps
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.forms.reviews import DecisionReasonForm

Answer = str | Response | tuple[str, int]


def course_here(code: str) -> CourseInReview:
    """A course of the officer's places, or 404."""
    found = find_course_in_review(code, officer_paths())
    if found is None:
        raise NotFound("course")
    return found


@blueprint.get("/courses")
@access(officer)
def list_submitted_courses() -> str:
    """Courses and revisions that wait for review, oldest first."""
    page = list_courses_in_review(officer_paths(), PageRequest(request.args.get("page", 1, int)))
    return render_template(
        "fund_managers/list_submitted_courses.html",
        page=page,
        late_filings=count_waiting_late_filings(officer_paths()),
        url_for_page=lambda n: url_for("fund_managers.list_submitted_courses", page=n),
    )


@blueprint.get("/courses/<code>")
@access(officer)
def review_course(code: str) -> str:
    """One course as submitted, beside what it said before."""
    return _review_page(course_here(code), DecisionReasonForm())


@blueprint.post("/courses/<code>/list")
@access(officer)
def list_course(code: str) -> Answer:
    """Make the course public, in view of the warnings the page showed."""
    found = course_here(code)
    title = found.version.title
    try:
        with write_transaction():
            operations.list_course(
                found.course.id,
                actor_id=current_user.user_id,
                warnings_seen=_warnings_seen(found),
            )
    except Refused as refused:
        flash_refused(refused)
        return _review_page(course_here(code), DecisionReasonForm()), 409
    flash(_("“%(title)s” is in the published list now.", title=title), "success")
    return redirect(url_for("fund_managers.list_submitted_courses"), 303)


@blueprint.post("/courses/<code>/return")
@access(officer)
def return_course(code: str) -> Answer:
    """Send the course back with the reasons."""
    found = course_here(code)
    title = found.version.title
    form = DecisionReasonForm()
    if not form.validate_on_submit():
        return _review_page(found, form), 422
    try:
        with write_transaction():
            operations.return_course(
                found.course.id,
                reason=form.reason.data,
                actor_id=current_user.user_id,
                warnings_seen=_warnings(found),
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _review_page(course_here(code), form), 409
    flash(_("“%(title)s” was sent back to the institution.", title=title), "success")
    return redirect(url_for("fund_managers.list_submitted_courses"), 303)


def _warnings(found: CourseInReview) -> tuple[OfferWarning, ...]:
    caps = list_voucher_caps(found.course, found.version)
    return get_offer_warnings(found.course, found.version, caps=caps)


def _warnings_seen(found: CourseInReview) -> tuple[OfferWarning, ...]:
    """The warnings as they are now, if they are those the officer saw; else look again."""
    warnings = _warnings(found)
    seen = request.form.get("warnings", "")
    if warnings and seen != _mark_of(warnings):
        raise Refused(Refusal("warnings_changed"))
    return warnings


def _mark_of(warnings: tuple[OfferWarning, ...]) -> str:
    """A short mark of what was shown, so that a decision is about what was seen."""
    text = json.dumps([warning_to_json(warning) for warning in warnings], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _review_page(found: CourseInReview, form: DecisionReasonForm) -> str:
    course = found.course
    waits = course.state == "submitted" or found.is_revision
    warnings = _warnings(found) if waits else ()
    return render_template(
        "fund_managers/review_course.html",
        found=found,
        form=form,
        pages=read_version_pages(course),
        comparison=comparison_for_review(course, found.version),
        warnings=warnings,
        warnings_mark=_mark_of(warnings),
        occupation=get_occupation(course.occupation_id) if course.occupation_id else None,
        waits=waits,
        state_words=COURSE_STATE_WORDS,
        institution_words=STATE_WORDS,
        mode_words=MODE_WORDS,
        level_words=LEVEL_WORDS,
    )
