"""How claims are checked, publicised and paid: the settings, dated."""

from __future__ import annotations

from flask import flash, redirect, url_for
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
from marketplace.edge.office_settings import OfficeSettingsForm, settings_form
from marketplace.edge.reasons import show_reasons
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.web.administrators.blueprint import blueprint
from marketplace.web.administrators.office_settings import settings_page

Answer = str | Response | tuple[str, int]
ClaimPolicyForm = settings_form(CLAIM_POLICY_FIELDS)


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
                form.values(CLAIM_POLICY_FIELDS),
                clause=form.clause.data or "",
                based_on=int(form.based_on.data),
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(form), 409
    flash(_("The settings hold from today on."), "success")
    return redirect(url_for("administrators.show_claim_policy"), 303)


def _page(form: OfficeSettingsForm) -> str:
    return settings_page(
        form,
        CLAIM_POLICY_FIELDS,
        list_claim_policies(),
        title=_("Claims and advances"),
        lead=_(
            "How claims are checked, sampled, publicised and paid, and how much may be paid "
            "in advance. Claims that were submitted keep the days they were given."
        ),
        action=url_for("administrators.set_claim_policy"),
        defaults=values_of(ClaimPolicy()),
    )
