"""Recovery codes: made, shown once, used when authenticator and passkeys are lost."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, anyone, signed_in
from marketplace.edge.answers import refusal_sentence
from marketplace.edge.extensions import limiter
from marketplace.edge.reasons import show_reasons
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refusal, Refused
from marketplace.people.operations import make_recovery_codes, use_recovery_code
from marketplace.people.queries import count_recovery_codes_left, get_user, list_second_factors
from marketplace.people.rules import RECOVERY_CODES_FEW
from marketplace.web.accounts.blueprint import blueprint
from marketplace.web.accounts.forms.passwords import ConfirmForm
from marketplace.web.accounts.forms.sign_in import RecoveryCodeForm
from marketplace.web.accounts.pending import continue_sign_in, find_pending

Answer = str | Response | tuple[str, int]


@blueprint.get("/recovery-codes")
@access(signed_in)
def show_recovery_codes() -> Answer:
    """How many are left; asks for the password before new ones are made."""
    if not list_second_factors(get_user(current_user.user_id)):
        return redirect(url_for("accounts.show_security"))
    return _page(ConfirmForm())


@blueprint.post("/recovery-codes")
@access(signed_in)
@limiter.limit("10 per minute")
def submit_recovery_codes() -> Answer:
    """Make ten new ones and show them, this once; so the answer is a page, not a redirect."""
    form = ConfirmForm()
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        with write_transaction():
            codes = make_recovery_codes(current_user.user_id, password=form.password.data)
    except Refused as refused:
        show_reasons(form, refused)
        return _page(form), 422
    return show_new_codes(codes)


@blueprint.get("/second-factor/recovery")
@access(anyone)
def show_recovery() -> Answer:
    """Ask for a recovery code in place of the second factor."""
    if find_pending(factor_shown=False) is None:
        return redirect(url_for("accounts.sign_in"))
    return render_template("accounts/recovery.html", form=RecoveryCodeForm())


@blueprint.post("/second-factor/recovery")
@access(anyone)
@limiter.limit("20 per minute")
def submit_recovery() -> Answer:
    """Check a recovery code; each opens once."""
    pending = find_pending(factor_shown=False)
    if pending is None:
        return redirect(url_for("accounts.sign_in"), 303)
    user, way_on = pending
    form = RecoveryCodeForm()
    if not form.validate_on_submit():
        return render_template("accounts/recovery.html", form=form), 422
    with write_transaction():
        left = use_recovery_code(user.id, code=form.code.data)
    if left is None:
        form.code.errors = [refusal_sentence(Refusal("recovery_code_wrong"))]
        return render_template("accounts/recovery.html", form=form), 422
    answer = continue_sign_in(get_user(user.id), way_on, factor_shown=True)
    _say_what_is_left(left)
    return answer


def show_new_codes(codes: tuple[str, ...]) -> str:
    """The one page on which codes can be read."""
    return render_template("accounts/new_recovery_codes.html", codes=codes)


def _say_what_is_left(left: int) -> None:
    """After the cookie of the sign-in was renewed, so that the message survives."""
    if left == 0:
        flash(
            _("That was your last recovery code. Make new ones now: My login and security."),
            "refusal",
        )
    elif left <= RECOVERY_CODES_FEW:
        flash(
            _(
                "Recovery codes left: %(count)s. Make new ones soon: My login and security.",
                count=left,
            ),
            "refusal",
        )


def _page(form: ConfirmForm) -> str:
    left = count_recovery_codes_left(current_user.user_id)
    return render_template("accounts/recovery_codes.html", form=form, left=left)
