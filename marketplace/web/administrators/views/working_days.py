"""Working days and the limit of reviews: what the clock of an application runs by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from marketplace.accreditation.operations import policy as operations
from marketplace.accreditation.queries import (
    get_calendar_years,
    get_review_limit,
    list_calendar_days,
    list_review_limits,
)
from marketplace.edge.access import access, administrator
from marketplace.edge.reasons import show_reasons
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.text import day_from_text, is_number
from marketplace.people.queries import list_user_names
from marketplace.web.administrators.blueprint import blueprint
from marketplace.web.administrators.forms.working_days import CalendarForm, ReviewLimitForm

Answer = str | Response | tuple[str, int]


@blueprint.get("/working-days")
@access(administrator)
def show_working_days() -> str:
    """The days of a year that are not what their weekday says, and the limit of reviews."""
    return _page()


@blueprint.post("/working-days")
@access(administrator)
def note_working_days() -> Answer:
    """Take in holidays and worked weekends."""
    form = CalendarForm()
    if not form.validate_on_submit():
        return _page(calendar=form), 422
    lines = (form.lines.data or "").splitlines()
    return _set(
        form,
        lambda: operations.import_calendar(lines, actor_id=current_user.user_id),
        _("The days are noted. Reviews handed in from now on are counted by them."),
        calendar=form,
    )


@blueprint.post("/working-days/<day>/remove")
@access(administrator)
def remove_working_day(day: str) -> Answer:
    """Let a day be again what its weekday says."""
    named = day_from_text(day)
    if named is None:
        raise NotFound("calendar_day", day)
    with write_transaction():
        operations.remove_calendar_day(named, actor_id=current_user.user_id)
    flash(_("The day is again what its weekday says."), "success")
    return redirect(url_for("administrators.show_working_days", year=named.year), 303)


@blueprint.post("/review-limit")
@access(administrator)
def set_review_limit() -> Answer:
    """Say how many working days the office has, from a day on."""
    form = ReviewLimitForm()
    if not form.validate_on_submit():
        return _page(limit=form), 422
    return _set(
        form,
        lambda: operations.set_review_limit(
            valid_from=form.valid_from.data,
            working_days=form.working_days.data,
            clause=form.clause.data or "",
            actor_id=current_user.user_id,
        ),
        _("The limit is set. Applications under review keep the one they were handed in under."),
        limit=form,
    )


def _set(form: FlaskForm, operation: Callable[[], object], done: str, **forms: Any) -> Answer:
    try:
        with write_transaction():
            operation()
    except Refused as refused:
        show_reasons(form, refused)
        return _page(**forms), 409
    flash(done, "success")
    return redirect(url_for("administrators.show_working_days"), 303)


def _page(calendar: CalendarForm | None = None, limit: ReviewLimitForm | None = None) -> str:
    today = clock.today()
    years = sorted({*get_calendar_years(), today.year, today.year + 1})
    asked = request.args.get("year", "")
    year = int(asked) if is_number(asked) and int(asked) in years else today.year
    limits = list_review_limits()
    return render_template(
        "administrators/working_days.html",
        calendar=calendar or CalendarForm(formdata=None),
        limit=limit or ReviewLimitForm(formdata=None),
        years=years,
        year=year,
        days=list_calendar_days(year),
        present=get_review_limit(today),
        limits=limits,
        names=list_user_names({row.set_by for row in limits if row.set_by}),
    )
