"""The second factor at sign-in: a code or a passkey."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace.edge.access import access, anyone
from marketplace.edge.answers import refusal_sentence
from marketplace.edge.extensions import limiter
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refusal
from marketplace.people.models import User
from marketplace.people.operations import use_totp
from marketplace.people.queries import get_user, list_second_factors
from marketplace.web.accounts.blueprint import blueprint
from marketplace.web.accounts.forms.sign_in import CodeForm
from marketplace.web.accounts.pending import continue_sign_in, find_pending

Answer = str | Response | tuple[str, int]


@blueprint.get("/second-factor")
@access(anyone)
def show_second_factor() -> Answer:
    """Ask for the second factor."""
    pending = find_pending(factor_shown=False)
    if pending is None:
        return redirect(url_for("accounts.sign_in"))
    return _page(CodeForm(), pending[0])


@blueprint.post("/second-factor")
@access(anyone)
@limiter.limit("20 per minute")
def submit_second_factor() -> Answer:
    """Check a code; each opens once."""
    pending = find_pending(factor_shown=False)
    if pending is None:
        return redirect(url_for("accounts.sign_in"), 303)
    user, way_on = pending
    form = CodeForm()
    if not form.validate_on_submit():
        return _page(form, user), 422
    with write_transaction():
        opened = use_totp(user.id, code=form.code.data)
    if not opened:
        form.code.errors = [refusal_sentence(Refusal("second_factor_wrong"))]
        return _page(form, get_user(user.id)), 422
    return continue_sign_in(get_user(user.id), way_on, factor_shown=True)


def _page(form: CodeForm, user: User) -> str:
    return render_template(
        "accounts/second_factor.html",
        form=form,
        factors=list_second_factors(user),
        title=_("Second step of signing in"),
    )
