"""Showing who one is: number, name, telephone, place; one question per screen."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.demo.persons import spare_id_number
from marketplace.edge.access import access, signed_in
from marketplace.edge.extensions import limiter
from marketplace.edge.places import Places, find_places
from marketplace.edge.reasons import show_reasons
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.text import is_number, mask_id_number, mask_phone, tidy
from marketplace.people.operations import register_worker
from marketplace.people.rules import (
    PRIVACY_NOTICE_VERSION,
    IdNumber,
    normal_phone,
    read_id_number,
    refusals_for_name,
    refusals_for_phone,
)
from marketplace.web.accounts.answers_so_far import forget_answers, keep_answer, read_answers
from marketplace.web.accounts.blueprint import blueprint
from marketplace.web.accounts.forms.sign_up import (
    FinishForm,
    NameForm,
    NumberForm,
    PhoneForm,
    PlaceForm,
)

Answer = str | Response | tuple[str, int]
STEPS = 5


@blueprint.get("/identity/number")
@access(signed_in)
def show_identity_number() -> Answer:
    """First question: the ID number."""
    if current_user.worker_id is not None:
        return redirect(url_for("accounts.show_start"))
    return _question(1, NumberForm(), "id_number")


@blueprint.post("/identity/number")
@access(signed_in)
def answer_identity_number() -> Answer:
    """Check the number's form."""
    form = NumberForm()
    if not form.validate_on_submit():
        return _question(1, form, "id_number"), 422
    identity = read_id_number(form.id_number.data, on=clock.today())
    if not isinstance(identity, IdNumber):
        return _refused(1, form, "id_number", identity)
    keep_answer("number", identity.number)
    return redirect(url_for("accounts.show_identity_name"), 303)


@blueprint.get("/identity/name")
@access(signed_in)
def show_identity_name() -> Answer:
    """Second question: the name."""
    return _question(2, NameForm(name=read_answers().get("name", current_user.name)), "name")


@blueprint.post("/identity/name")
@access(signed_in)
def answer_identity_name() -> Answer:
    """Keep the name."""
    form = NameForm()
    if not form.validate_on_submit():
        return _question(2, form, "name"), 422
    name = tidy(form.name.data)
    if refusals := refusals_for_name(name):
        return _refused(2, form, "name", refusals)
    keep_answer("name", name)
    return redirect(url_for("accounts.show_identity_phone"), 303)


@blueprint.get("/identity/phone")
@access(signed_in)
def show_identity_phone() -> Answer:
    """Third question: the telephone number."""
    return _question(3, PhoneForm(), "phone")


@blueprint.post("/identity/phone")
@access(signed_in)
def answer_identity_phone() -> Answer:
    """Keep the telephone number."""
    form = PhoneForm()
    if not form.validate_on_submit():
        return _question(3, form, "phone"), 422
    phone = normal_phone(form.phone.data)
    if refusals := refusals_for_phone(phone):
        return _refused(3, form, "phone", refusals)
    keep_answer("phone", phone)
    return redirect(url_for("accounts.show_identity_place"), 303)


@blueprint.get("/identity/place")
@access(signed_in)
def show_identity_place() -> Answer:
    """Fourth question: where the person lives; province, city, county, or by name."""
    places = find_places(request.args)
    return _place_page(places, PlaceForm())


@blueprint.post("/identity/place")
@access(signed_in)
def answer_identity_place() -> Answer:
    """Keep the place; it may be left open where no list of places is loaded."""
    place = PlaceForm().place.data or ""
    keep_answer("place", place if is_number(place) else "")
    return redirect(url_for("accounts.show_identity_check"), 303)


@blueprint.get("/identity/check")
@access(signed_in)
def show_identity_check() -> Answer:
    """Last screen: everything once more, masked."""
    return _check_page(FinishForm())


@blueprint.post("/identity/check")
@access(signed_in)
@limiter.limit("10 per minute; 30 per hour")
def prove_identity() -> Answer:
    """Enter the person."""
    form = FinishForm()
    answers = read_answers()
    if not form.validate_on_submit() or "number" not in answers:
        return redirect(url_for("accounts.show_identity_number"), 303)
    place = answers.get("place", "")
    try:
        with write_transaction():
            register_worker(
                id_number=answers["number"],
                name=answers.get("name", ""),
                phone=answers.get("phone", ""),
                residence_id=int(place) if is_number(place) else None,
                user_id=current_user.user_id,
                actor_id=current_user.user_id,
                privacy_notice_version=session.get("privacy_notice", PRIVACY_NOTICE_VERSION),
            )
    except Refused as refused:
        show_reasons(form, refused)
        page = _check_page(form)
        return (page, 409) if isinstance(page, str) else page
    forget_answers()
    flash(_("You are registered. Welcome!"), "success")
    return redirect(url_for("job_seekers.show_start"), 303)


def _question(step: int, form: Any, name: str) -> str:
    is_demo = current_app.config["DEMO"] and name == "id_number"
    return render_template(
        "accounts/identity_question.html",
        form=form,
        entry=form[name],
        step=step,
        steps=STEPS,
        # In the demo nobody should type the number of a real person, theirs included.
        spare=spare_id_number() if is_demo else None,
    )


def _refused(step: int, form: Any, name: str, refusals: tuple[Refusal, ...]) -> tuple[str, int]:
    show_reasons(form, Refused(refusals))
    return _question(step, form, name), 422


def _place_page(places: Places, form: PlaceForm) -> str:
    return render_template(
        "accounts/identity_place.html", places=places, form=form, step=4, steps=STEPS
    )


def _check_page(form: FinishForm) -> str | Response:
    answers = read_answers()
    if "number" not in answers:
        return redirect(url_for("accounts.show_identity_number"), 303)
    place = answers.get("place", "")
    return render_template(
        "accounts/identity_check.html",
        form=form,
        number=mask_id_number(answers["number"]),
        name=answers.get("name", ""),
        phone=mask_phone(answers.get("phone", "")),
        place=Places.name_of(int(place)) if is_number(place) else None,
        step=5,
        steps=STEPS,
    )
