"""My keys to the REST interface: the secret is shown once."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, signed_in
from marketplace.edge.extensions import limiter
from marketplace.edge.reasons import show_reasons
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.people.operations.api_tokens import create_api_token, revoke_api_token
from marketplace.people.queries.api_tokens import list_api_tokens as list_tokens
from marketplace.people.states import ApiScope
from marketplace.web.accounts.blueprint import blueprint
from marketplace.web.accounts.forms.api_tokens import ApiTokenForm


@blueprint.get("/api-tokens")
@access(signed_in)
def list_api_tokens() -> str:
    """All my tokens, and a form for one more."""
    return _page(ApiTokenForm())


@blueprint.post("/api-tokens")
@access(signed_in)
@limiter.limit("10 per minute")
def submit_api_token() -> str | tuple[str, int]:
    """Make a token and show its secret, this once; so the answer is a page, not a redirect."""
    form = ApiTokenForm()
    if not form.validate_on_submit():
        return _page(form), 422
    user_id = current_user.user_id
    try:
        with write_transaction():
            _token, secret = create_api_token(
                user_id,
                name=form.name.data,
                scopes=[ApiScope(scope) for scope in form.scopes.data],
                days=form.days.data,
                actor_id=user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(form), 422
    return _page(ApiTokenForm(formdata=None), secret)


@blueprint.post("/api-tokens/<code>/revoke")
@access(signed_in)
def submit_api_token_end(code: str) -> Response:
    """End one of my tokens."""
    with write_transaction():
        revoke_api_token(code, user_id=current_user.user_id, actor_id=current_user.user_id)
    flash(_("The token was revoked."), "success")
    return redirect(url_for("accounts.list_api_tokens"), 303)


def _page(form: ApiTokenForm, secret: str | None = None) -> str:
    return render_template(
        "accounts/api_tokens.html",
        form=form,
        secret=secret,
        tokens=list_tokens(current_user.user_id),
        now=clock.now(),
    )
