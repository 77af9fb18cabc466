"""Logins: found, made, given roles, locked, closed."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.audit.queries import list_events_of
from marketplace.edge import trail
from marketplace.edge.access import access, administrator
from marketplace.edge.answers import flash_refused
from marketplace.edge.language import DEFAULT_LOCALE
from marketplace.edge.paging import asked_page
from marketplace.edge.reasons import show_reasons
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.paging import PageRequest
from marketplace.foundation.text import mask_name
from marketplace.jurisdictions.queries import find_jurisdiction_by_code
from marketplace.people import labels
from marketplace.people.models import User
from marketplace.people.operations import (
    close_user,
    create_officer,
    grant_role,
    lock_login,
    remove_second_factors,
    revoke_role,
    set_initial_password,
    unlock_login,
)
from marketplace.people.queries import (
    find_user_by_code,
    list_role_grants,
    list_roles_held,
    list_second_factors,
    search_users,
)
from marketplace.people.states import Role, UserState
from marketplace.web.administrators.blueprint import blueprint
from marketplace.web.administrators.forms.users import NewUserForm, ReasonForm, RoleForm

Answer = str | Response | tuple[str, int]
ACTS: dict[str, Callable[..., None]] = {
    "lock": lock_login,
    "unlock": unlock_login,
    "close": close_user,
}


@blueprint.get("/users")
@access(administrator)
def list_users() -> str:
    """Logins, by name of login, role or state."""
    text = request.args.get("q", "")[:100]
    role = _one_of(Role, "role")
    state = _one_of(UserState, "state")
    page = search_users(text, asked_page(), role=role, state=state)
    return render_template(
        "administrators/users.html",
        page=page,
        text=text,
        role=role,
        state=state,
        labels=labels,
        roles=list_roles_held({user.id for user in page.items}),
        mask_name=mask_name,
    )


@blueprint.get("/users/new")
@access(administrator)
def show_new_user() -> str:
    """Ask for an officer's login, name and role."""
    return render_template("administrators/new_user.html", form=NewUserForm())


@blueprint.post("/users/new")
@access(administrator)
def create_user() -> Answer:
    """Make an officer's login with a password that opens one door; shown once."""
    form = NewUserForm()
    if not form.validate_on_submit():
        return render_template("administrators/new_user.html", form=form), 422
    password = _initial_password()
    try:
        with write_transaction():
            user = create_officer(
                form.login.data,
                name=form.name.data,
                password=password,
                locale=DEFAULT_LOCALE,
                role=Role(form.role.data),
                jurisdiction_id=_place_of(form),
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return render_template("administrators/new_user.html", form=form), 422
    return render_template("administrators/initial_password.html", user=user, password=password)


@blueprint.get("/users/<code>")
@access(administrator)
def show_user(code: str) -> str:
    """One login: state, roles, second factor, what happened to it."""
    return _page(_user(code), RoleForm(), ReasonForm())


@blueprint.post("/users/<code>/roles")
@access(administrator)
def grant_user_role(code: str) -> Answer:
    """Give a role in a place."""
    user = _user(code)
    form = RoleForm()
    if not form.validate_on_submit():
        return _page(user, form, ReasonForm()), 422
    user_id = user.id
    try:
        with write_transaction():
            grant_role(
                user_id,
                role=Role(form.role.data),
                jurisdiction_id=_place_of(form),
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(_user(code), form, ReasonForm()), 422
    flash(_("The role was given."), "success")
    return redirect(url_for("administrators.show_user", code=code), 303)


@blueprint.post("/users/<code>/roles/<int:grant_id>/revoke")
@access(administrator)
def revoke_user_role(code: str, grant_id: int) -> Response:
    """Take a role back."""
    if grant_id not in {grant.id for grant, _place in list_role_grants(_user(code).id)}:
        raise NotFound("role grant", grant_id)
    try:
        with write_transaction():
            revoke_role(grant_id, actor_id=current_user.user_id)
        flash(_("The role was taken back."), "success")
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("administrators.show_user", code=code), 303)


@blueprint.post("/users/<code>/<any(lock, unlock, close):act>")
@access(administrator)
def change_user_state(code: str, act: str) -> Answer:
    """Lock, unlock or close a login, with a reason."""
    user = _user(code)
    form = ReasonForm()
    if not form.validate_on_submit():
        return _page(user, RoleForm(), form), 422
    user_id = user.id
    try:
        with write_transaction():
            ACTS[act](user_id, reason=form.reason.data, actor_id=current_user.user_id)
    except Refused as refused:
        show_reasons(form, refused)
        return _page(_user(code), RoleForm(), form), 409
    flash(_("The state of the login was changed."), "success")
    return redirect(url_for("administrators.show_user", code=code), 303)


@blueprint.post("/users/<code>/password")
@access(administrator)
def reset_user_password(code: str) -> str:
    """Give a password that opens one door; shown once."""
    user = _user(code)
    password = _initial_password()
    with write_transaction():
        set_initial_password(user.id, password=password, actor_id=current_user.user_id)
    return render_template(
        "administrators/initial_password.html", user=_user(code), password=password
    )


@blueprint.post("/users/<code>/second-factors/remove")
@access(administrator)
def remove_user_second_factors(code: str) -> Response:
    """For somebody who lost the device; the person is told."""
    user = _user(code)
    if user.id == current_user.user_id:
        raise Refused(Refusal("own_login"))
    with write_transaction():
        remove_second_factors(user.id, password=None, actor_id=current_user.user_id)
    flash(_("The second factors were removed."), "success")
    return redirect(url_for("administrators.show_user", code=code), 303)


def _page(user: User, role_form: RoleForm, reason_form: ReasonForm) -> str:
    return render_template(
        "administrators/user.html",
        user=user,
        grants=list_role_grants(user.id),
        factors=list_second_factors(user),
        events=list_events_of("user", user.code, PageRequest(1, 10)),
        role_form=role_form,
        reason_form=reason_form,
        labels=labels,
        trail=trail,
    )


def _user(code: str) -> User:
    user = find_user_by_code(code)
    if user is None:
        raise NotFound("user", code)
    return user


def _place_of(form: Any) -> int | None:
    code = (form.place.data or "").strip()
    if not code:
        return None
    place = find_jurisdiction_by_code(code)
    if place is None:
        raise Refused(Refusal("place_unknown", {"code": code[:12]}, field="place"))
    return place.id


def _initial_password() -> str:
    """Twelve characters that read well aloud: 59 bits, good for one door."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(3))


def _one_of(kind: Any, name: str) -> Any:
    text = request.args.get(name, "")
    return kind(text) if text in {member.value for member in kind} else None
