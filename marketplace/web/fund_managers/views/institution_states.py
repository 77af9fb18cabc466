"""Where an institution stands: decided with its clause and day, told, never edited."""

from __future__ import annotations

from collections.abc import Callable

from flask import current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, officer
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_day
from marketplace.edge.reasons import show_reasons
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.money import Money
from marketplace.institutions.models import Institution
from marketplace.institutions.operations.registration import (
    bar_institution as bar,
)
from marketplace.institutions.operations.registration import (
    reinstate_institution as reinstate,
)
from marketplace.institutions.operations.registration import (
    suspend_institution as suspend,
)
from marketplace.institutions.operations.registration import (
    withdraw_institution as withdraw,
)
from marketplace.institutions.queries import find_institution_in, get_state_on, list_state_facts
from marketplace.institutions.rules import STATE_WORDS
from marketplace.institutions.states import INSTITUTION_TRANSITIONS
from marketplace.people.queries import list_user_logins
from marketplace.reporting.effects import count_standing_effects
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.forms.applications import StandingForm

Answer = str | Response | tuple[str, int]


@blueprint.get("/institutions/<code>/state")
@access(officer)
def show_institution_state(code: str) -> str:
    """What can be decided, whom it touches, and every earlier decision."""
    return _page(_institution_here(code), StandingForm(effective_on=clock.today()))


@blueprint.post("/institutions/<code>/suspend")
@access(officer)
def suspend_institution(code: str) -> Answer:
    """Stop the institution for a time."""
    return _decide(code, suspend, _("The institution is suspended."))


@blueprint.post("/institutions/<code>/bar")
@access(officer)
def bar_institution(code: str) -> Answer:
    """Bar the institution."""
    return _decide(code, bar, _("The institution is barred."))


@blueprint.post("/institutions/<code>/reinstate")
@access(officer)
def reinstate_institution(code: str) -> Answer:
    """Let the institution teach again."""
    return _decide(code, reinstate, _("The institution may teach again."))


@blueprint.post("/institutions/<code>/withdraw")
@access(officer)
def withdraw_institution(code: str) -> Answer:
    """The institution has left."""
    return _decide(code, withdraw, _("The institution has withdrawn."))


def _decide(code: str, operation: Callable[..., Institution], done: str) -> Answer:
    institution = _institution_here(code)
    form = StandingForm()
    if not form.validate_on_submit():
        return _page(institution, form), 422
    effective_on = form.effective_on.data or clock.today()
    try:
        with write_transaction():
            operation(
                institution.id,
                reason=form.reason.data,
                clause=form.clause.data or None,
                effective_on=effective_on,
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(_institution_here(code), form), 409
    if effective_on > clock.today():
        done = _("The decision is noted and takes effect on its day. The staff have been told.")
    flash(done, "success")
    return redirect(url_for("fund_managers.show_institution_state", code=code), 303)


def _institution_here(code: str) -> Institution:
    institution = find_institution_in(code, officer_paths())
    if institution is None:
        raise NotFound("institution")
    return institution


def _page(institution: Institution, form: StandingForm) -> str:
    facts = list(reversed(list_state_facts(institution.id)))
    effects = count_standing_effects(institution.id)
    on = asked_day("on") or clock.today()
    return render_template(
        "fund_managers/show_institution_state.html",
        institution=institution,
        form=form,
        facts_of_standing=facts,
        deciders=list_user_logins({fact.decided_by for fact in facts if fact.decided_by}),
        effects=effects,
        amount=Money(effects.amount_fen, current_app.config["CURRENCY"]),
        next_states=INSTITUTION_TRANSITIONS[institution.state],
        on=on,
        state_then=get_state_on(institution, on),
        state_words=STATE_WORDS,
    )
