"""Choosing an own password after one that an administrator set."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from marketplace.edge.access import access, anyone
from marketplace.edge.reasons import show_reasons
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.people.operations import replace_initial_password
from marketplace.people.queries import get_user
from marketplace.web.accounts.blueprint import blueprint
from marketplace.web.accounts.forms.passwords import NewPasswordForm
from marketplace.web.accounts.pending import enter, find_pending

Answer = str | Response | tuple[str, int]


@blueprint.get("/new-password")
@access(anyone)
def show_new_password() -> Answer:
    """Ask for an own password before anything else."""
    if find_pending(factor_shown=True) is None:
        return redirect(url_for("accounts.sign_in"))
    return render_template("accounts/new_password.html", form=NewPasswordForm())


@blueprint.post("/new-password")
@access(anyone)
def choose_new_password() -> Answer:
    """Take the own password and sign in."""
    pending = find_pending(factor_shown=True)
    if pending is None:
        return redirect(url_for("accounts.sign_in"), 303)
    user, way_on = pending
    form = NewPasswordForm()
    if not form.validate_on_submit():
        return render_template("accounts/new_password.html", form=form), 422
    try:
        with write_transaction():
            replace_initial_password(user.id, new=form.password.data)
    except Refused as refused:
        show_reasons(form, refused)
        return render_template("accounts/new_password.html", form=form), 422
    return enter(get_user(user.id), way_on)
