"""How claims are checked, publicised and paid: the settings, dated."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.claims.operations import policy as operations
from marketplace.claims.queries.policy import (
    get_claim_policy,
    get_last_claim_policy_number,
    list_claim_policies,
)
from marketplace.claims.rules.policy import CLAIM_POLICY_FIELDS, ClaimPolicy, values_of
from marketplace.edge.access import access, administrator
from marketplace.edge.reasons import show_reasons
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.people.queries import list_user_names
from marketplace.web.administrators.blueprint import blueprint
from marketplace.web.administrators.forms.claim_policy import ClaimPolicyForm

Answer = str | Response | tuple[str, int]


@blueprint.get("/claim-policy")
@access(administrator)
def show_claim_policy() -> str:
    """The settings in force, their defaults, and what they were before."""
    present = get_claim_policy()
    form = ClaimPolicyForm(
        formdata=None,
        **values_of(present),
        clause=present.clause,
        based_on=str(get_last_claim_policy_number()),
    )
    return _page(form)


@blueprint.post("/claim-policy")
@access(administrator)
def set_claim_policy() -> Answer:
    """Set them from today on."""
    form = ClaimPolicyForm()
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        with write_transaction():
            operations.set_claim_policy(
                {name: form[name].data for name in CLAIM_POLICY_FIELDS},
                clause=form.clause.data or "",
                based_on=int(form.based_on.data),
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(form), 409
    flash(_("The settings hold from today on."), "success")
    return redirect(url_for("administrators.show_claim_policy"), 303)


def _page(form: ClaimPolicyForm) -> str:
    rows = list_claim_policies()
    return render_template(
        "administrators/claim_policy.html",
        form=form,
        fields=CLAIM_POLICY_FIELDS,
        defaults=values_of(ClaimPolicy()),
        rows=rows,
        names=list_user_names({row.set_by for row in rows if row.set_by}),
    )
