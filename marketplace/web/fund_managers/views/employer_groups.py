"""Groups of small employers that would learn together: the office writes them down for them."""

from __future__ import annotations

from datetime import timedelta

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, fund_officer, officer
from marketplace.edge.answers import flash_refused
from marketplace.edge.officers import officer_paths, sees
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.reasons import show_reasons
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.pledges import labels
from marketplace.pledges.group_operations import (
    GroupContent,
    announce_employer_group,
    end_employer_group,
)
from marketplace.pledges.group_queries import GroupRow, get_employer_group, list_employer_groups
from marketplace.pledges.rules import GROUP_MIN
from marketplace.pledges.states import PledgeHours
from marketplace.recommendation.queries.preferences import list_occupations_taught
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.directory_places import read_place
from marketplace.web.fund_managers.forms.employer_groups import EmployerGroupForm

Answer = str | Response | tuple[str, int]


@blueprint.get("/employer-groups", endpoint="list_employer_groups")
@access(officer)
def show_employer_groups() -> str:
    """The groups of the officer's places, the open ones first."""
    return render_template(
        "fund_managers/list_employer_groups.html",
        page=list_employer_groups(officer_paths(), asked_page()),
        page_url=page_url,
        labels=labels,
    )


@blueprint.get("/employer-groups/new")
@access(fund_officer)
def show_new_employer_group() -> str:
    """Ask what the employer says."""
    form = _form()
    form.starts_from.data = clock.today()
    form.starts_until.data = clock.today() + timedelta(days=90)
    return _form_page(form)


@blueprint.post("/employer-groups/new", endpoint="announce_employer_group")
@access(fund_officer)
def announce_group() -> Answer:
    """Write it down; its page shows the code that the employer gives to its people."""
    form = _form()
    valid = form.validate_on_submit()
    allowed, place = read_place(form) if form.place.data else (False, None)
    if not (valid and allowed and place):
        return _form_page(form), 422
    content = GroupContent(
        employer_name=form.employer_name.data,
        uscc=form.uscc.data,
        occupation_id=int(form.occupation.data),
        jurisdiction_id=place.id,
        starts_from=form.starts_from.data,
        starts_until=form.starts_until.data,
        hours=PledgeHours(form.hours.data),
        people=form.people.data,
    )
    try:
        with write_transaction():
            code = announce_employer_group(content, actor_id=current_user.user_id).code
    except Refused as refused:
        show_reasons(form, refused)
        return _form_page(form), 409
    flash(_("The group is announced. Give the employer its code."), "success")
    return redirect(url_for("fund_managers.show_employer_group", code=code), 303)


@blueprint.get("/employer-groups/<code>")
@access(officer)
def show_employer_group(code: str) -> str:
    """One group: its code, how many have joined, what to tell the employer."""
    return render_template(
        "fund_managers/show_employer_group.html",
        row=_group_here(code),
        labels=labels,
        group_min=GROUP_MIN,
    )


@blueprint.post("/employer-groups/<code>/end", endpoint="end_employer_group")
@access(fund_officer)
def end_group(code: str) -> Response:
    """Nobody joins any more."""
    _group_here(code)
    try:
        with write_transaction():
            end_employer_group(code, actor_id=current_user.user_id)
        flash(_("Nobody joins this group any more; who has joined stays in line."), "success")
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("fund_managers.show_employer_group", code=code), 303)


def _group_here(code: str) -> GroupRow:
    """A group within the reader's subtrees, or 404."""
    row = get_employer_group(code)
    if not sees(row.place_path):
        raise NotFound("employer group", code)
    return row


def _form() -> EmployerGroupForm:
    form = EmployerGroupForm()
    form.fill_choices(list_occupations_taught())
    return form


def _form_page(form: EmployerGroupForm) -> str:
    return render_template("fund_managers/employer_group_form.html", form=form)
