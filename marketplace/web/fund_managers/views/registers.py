"""Keeping the registers of assessment bodies and qualifications: every change a dated version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.directories.labels import DIRECTORY_TITLES, STATE_LABELS, STATE_TONES
from marketplace.directories.rules import RegisterChange
from marketplace.directories.states import DirectoryName
from marketplace.edge.access import access, officer
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.reasons import show_reasons
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.text import tidy
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.directory_places import read_place
from marketplace.web.fund_managers.forms.directories import RegisterChangeForm
from marketplace.web.fund_managers.register_acts import get_register

Answer = str | Response | tuple[str, int]


@blueprint.get("/registers/<register>")
@access(officer)
def list_register(register: str) -> str:
    """The entries of a register that the officer keeps, with what was said last."""
    acts = get_register(register)
    asked = tidy(request.args.get("q", ""))[:100]
    return render_template(
        "fund_managers/list_register.html",
        register=register,
        asked=asked,
        page=acts.list_kept(officer_paths(), asked, asked_page(size=30)),
        page_url=page_url,
        **_words(register),
    )


@blueprint.get("/registers/<register>/new")
@access(officer)
def show_new_register_entry(register: str) -> str:
    """The form for a new entry."""
    return _new_page(register, get_register(register).form())


@blueprint.post("/registers/<register>/new")
@access(officer)
def add_register_entry(register: str) -> Answer:
    """List a new entry from a day on."""
    acts = get_register(register)
    form = acts.form()

    def add(content: Any) -> Any:
        return acts.add(content, _change(form), actor_id=current_user.user_id)

    entry = _saved(register, form, add)
    if isinstance(entry, int):
        return _new_page(register, form), entry
    flash(_("The entry is in the directory."), "success")
    return redirect(_entry_url(register, entry), 303)


@blueprint.get("/registers/<register>/<code>")
@access(officer)
def show_register_entry(register: str, code: str) -> str:
    """One entry: every version, and the form for the next."""
    return _entry_page(register, code)


@blueprint.post("/registers/<register>/<code>")
@access(officer)
def change_register_entry(register: str, code: str) -> Answer:
    """Say something else from a day on."""
    acts = get_register(register)
    entry_id = _entry_here(register, code).id
    form = acts.form()

    def change(content: Any) -> Any:
        return acts.change(entry_id, content, _change(form), actor_id=current_user.user_id)

    entry = _saved(register, form, change)
    if isinstance(entry, int):
        return _entry_page(register, code, form=form), entry
    flash(_("The directory says so from the day you chose."), "success")
    return redirect(_entry_url(register, entry), 303)


@blueprint.post("/registers/<register>/<code>/retire")
@access(officer)
def retire_register_entry(register: str, code: str) -> Answer:
    """End the listing from a day on."""
    acts = get_register(register)
    entry_id = _entry_here(register, code).id
    form = RegisterChangeForm(prefix="retire")
    if not form.validate_on_submit():
        return _entry_page(register, code, retire_form=form), 422
    try:
        with write_transaction():
            acts.retire(entry_id, _change(form), actor_id=current_user.user_id)
    except Refused as refused:
        show_reasons(form, refused)
        return _entry_page(register, code, retire_form=form), 409
    flash(_("The listing ends on the day you chose."), "success")
    return redirect(_entry_url(register, code), 303)


def _saved(register: str, form: Any, act: Callable[[Any], Any]) -> str | int:
    """The code of the entry, or the status with which the form is shown again."""
    valid = form.validate_on_submit()
    allowed, place = read_place(form)
    content = get_register(register).read_content(form, place) if valid and allowed else None
    if content is None:
        return 422
    try:
        with write_transaction():
            return str(act(content).code)
    except Refused as refused:
        show_reasons(form, refused)
        return 409


def _change(form: Any) -> RegisterChange:
    """The dates of validity belong to a change of the content, not to its end."""
    dates = (form.valid_from.data, form.valid_until.data) if "valid_from" in form else (None, None)
    return RegisterChange(form.effective_on.data, form.reason.data, form.clause.data, *dates)


def _entry_here(register: str, code: str) -> Any:
    entry = get_register(register).find_kept(code, officer_paths())
    if entry is None:
        raise NotFound("register_entry")
    return entry


def _entry_url(register: str, code: str) -> str:
    return url_for("fund_managers.show_register_entry", register=register, code=code)


def _new_page(register: str, form: Any) -> str:
    return render_template(
        "fund_managers/new_register_entry.html", register=register, form=form, **_words(register)
    )


def _entry_page(
    register: str, code: str, *, form: Any = None, retire_form: RegisterChangeForm | None = None
) -> str:
    acts = get_register(register)
    entry = _entry_here(register, code)
    versions = acts.list_versions(entry.id)
    return render_template(
        "fund_managers/show_register_entry.html",
        register=register,
        entry=entry,
        versions=versions,
        form=form or acts.form(formdata=None, data=acts.fill_in(versions[0])),
        retire_form=retire_form or RegisterChangeForm(formdata=None, prefix="retire"),
        **_words(register),
    )


def _words(register: str) -> dict[str, Any]:
    return {
        "directory_title": DIRECTORY_TITLES[DirectoryName(register)],
        "state_labels": STATE_LABELS,
        "state_tones": STATE_TONES,
    }
