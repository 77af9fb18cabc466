"""How courses are reviewed and classes filed: the thresholds, dated."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.catalog.course_policy import POLICY_FIELDS, CatalogPolicy, values_of
from marketplace.catalog.operations import course_policy as operations
from marketplace.catalog.queries.course_policy import (
    get_catalog_policy,
    get_last_policy_number,
    list_catalog_policies,
)
from marketplace.edge.access import access, administrator
from marketplace.edge.reasons import show_reasons
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.people.queries import list_user_names
from marketplace.web.administrators.blueprint import blueprint
from marketplace.web.administrators.forms.catalog_policy import CatalogPolicyForm

Answer = str | Response | tuple[str, int]


@blueprint.get("/catalog-policy")
@access(administrator)
def show_catalog_policy() -> str:
    """The settings in force, their defaults, and what they were before."""
    present = get_catalog_policy()
    form = CatalogPolicyForm(
        formdata=None,
        **values_of(present),
        clause=present.clause,
        based_on=str(get_last_policy_number()),
    )
    return _page(form)


@blueprint.post("/catalog-policy")
@access(administrator)
def set_catalog_policy() -> Answer:
    """Set them from today on."""
    form = CatalogPolicyForm()
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        with write_transaction():
            operations.set_catalog_policy(
                {name: form[name].data for name in POLICY_FIELDS},
                clause=form.clause.data or "",
                based_on=int(form.based_on.data),
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(form), 409
    flash(_("The settings hold from today on."), "success")
    return redirect(url_for("administrators.show_catalog_policy"), 303)


def _page(form: CatalogPolicyForm) -> str:
    rows = list_catalog_policies()
    return render_template(
        "administrators/catalog_policy.html",
        form=form,
        fields=POLICY_FIELDS,
        defaults=values_of(CatalogPolicy()),
        rows=rows,
        names=list_user_names({row.set_by for row in rows if row.set_by}),
    )
