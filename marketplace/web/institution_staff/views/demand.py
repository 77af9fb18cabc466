"""What people wait for near us, without names, and offering our classes to the line."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, institution_manager, institution_staff
from marketplace.edge.answers import flash_refused
from marketplace.edge.paging import asked_page, page_url
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.institutions.queries import get_institution
from marketplace.jurisdictions.queries import get_jurisdiction
from marketplace.pledges.group_queries import list_announced
from marketplace.pledges.labels import HOURS_LABELS
from marketplace.pledges.operations import offer_run_to_pledges, withdraw_pledge_offers
from marketplace.pledges.queries import list_demand, list_runs_in_line
from marketplace.pledges.rules import GROUP_MIN, OFFER_DAYS
from marketplace.web.institution_staff.blueprint import blueprint
from marketplace.web.institution_staff.views.course_runs import own_course_run


@blueprint.get("/demand")
@access(institution_staff)
def show_demand() -> str:
    """Groups of five or more in our city, and our open classes with the line for each."""
    return render_template(
        "institution_staff/show_demand.html",
        page=list_demand(_area(), asked_page()),
        groups=list_announced(_area()),
        page_url=page_url,
        runs=list_runs_in_line(current_user.institution_id),
        hours_labels=HOURS_LABELS,
        group_min=GROUP_MIN,
        offer_days=OFFER_DAYS,
    )


@blueprint.post("/course-runs/<code>/pledge-offers", endpoint="offer_run_to_pledges")
@access(institution_manager)
def offer_own_run(code: str) -> Response:
    """Hold places of a class for those in line, first come first."""
    run_id = own_course_run(code).id
    try:
        with write_transaction():
            count = offer_run_to_pledges(run_id, actor_id=current_user.user_id)
        flash(_("Places held for people in line: %(count)s", count=count), "success")
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("institution_staff.show_demand"), 303)


@blueprint.post("/course-runs/<code>/pledge-offers/withdraw", endpoint="withdraw_pledge_offers")
@access(institution_manager)
def take_own_offers_back(code: str) -> Response:
    """Hold no places any more; the people stay in line for other classes."""
    run_id = own_course_run(code).id
    with write_transaction():
        count = withdraw_pledge_offers(run_id, actor_id=current_user.user_id)
    flash(_("Held places that are free again: %(count)s", count=count), "success")
    return redirect(url_for("institution_staff.show_demand"), 303)


def _area() -> str:
    """The city of the institution; what has no place sees no demand of any."""
    place_id = get_institution(current_user.institution_id).jurisdiction_id
    if place_id is None:
        return "-"
    codes = [part for part in get_jurisdiction(place_id).path.split("/") if part]
    return "/" + "/".join(codes[:2]) + "/"
