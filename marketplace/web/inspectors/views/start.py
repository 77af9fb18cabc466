"""Where an inspector begins: visits to make, holds to decide, the classes of the day by risk."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, inspector
from marketplace.edge.paging import asked_day
from marketplace.evidence.labels import KIND_LABELS
from marketplace.evidence.risk_queries import list_holds_given_to, list_lessons_by_risk
from marketplace.evidence.risk_rules import RISK_TEXTS
from marketplace.foundation import clock
from marketplace.foundation.paging import PageRequest
from marketplace.foundation.text import tidy
from marketplace.inspections import labels
from marketplace.inspections.queries import find_class_in, list_visits_in
from marketplace.inspections.states import VisitState
from marketplace.people.queries import get_user, list_second_factors
from marketplace.web.inspectors.blueprint import blueprint, my_paths

DAYS_AHEAD = 30


@blueprint.get("/")
@access(inspector)
def show_start() -> str:
    """What waits for me, and where to look first today or on a day to come."""
    on = _day()
    mine = {"inspector_id": current_user.user_id}
    first = datetime.combine(on, time(0), tzinfo=clock.zone()).astimezone(UTC)
    return render_template(
        "inspectors/start.html",
        on=on,
        today=clock.today(),
        next_day=on + timedelta(days=1),
        previous_day=on - timedelta(days=1) if on > clock.today() else None,
        open_visits=list_visits_in(my_paths(), PageRequest(), state=VisitState.OPEN, **mine).items,
        planned=list_visits_in(my_paths(), PageRequest(), state=VisitState.PLANNED, **mine).items,
        holds=list_holds_given_to(current_user.user_id, my_paths()),
        lessons=list_lessons_by_risk(my_paths(), from_at=first, to_at=first + timedelta(days=1)),
        risk_texts=RISK_TEXTS,
        kinds=KIND_LABELS,
        labels=labels,
        has_second_factor=bool(list_second_factors(get_user(current_user.user_id))),
    )


@blueprint.get("/classes")
@access(inspector)
def find_class() -> Response:
    """Go to the page of a class by its code."""
    code = tidy(request.args.get("code", "")).upper()
    if find_class_in(code, my_paths()) is None:
        flash(_("No class in your places has this code."), "refusal")
        return redirect(url_for("inspectors.show_start"), 303)
    return redirect(url_for("inspectors.show_class", code=code), 303)


def _day() -> date:
    """Today, or a day of the next month."""
    asked = asked_day("day") or clock.today()
    return min(max(asked, clock.today()), clock.today() + timedelta(days=DAYS_AHEAD))
