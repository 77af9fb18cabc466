"""How courses are reviewed and classes filed: the thresholds, dated."""

from __future__ import annotations

from flask import flash, redirect, url_for
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
from marketplace.edge.office_settings import OfficeSettingsForm, settings_form
from marketplace.edge.reasons import show_reasons
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.web.administrators.blueprint import blueprint
from marketplace.web.administrators.office_settings import settings_page

Answer = str | Response | tuple[str, int]
CatalogPolicyForm = settings_form(POLICY_FIELDS)


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
                form.values(POLICY_FIELDS),
                clause=form.clause.data or "",
                based_on=int(form.based_on.data),
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(form), 409
    flash(_("The settings hold from today on."), "success")
    return redirect(url_for("administrators.show_catalog_policy"), 303)


def _page(form: OfficeSettingsForm) -> str:
    return settings_page(
        form,
        POLICY_FIELDS,
        list_catalog_policies(),
        title=_("Course review and class filing"),
        lead=_(
            "When a class counts as filed late, and when a price or a text is pointed out "
            "to the reviewer. Earlier decisions keep the settings of their day."
        ),
        action=url_for("administrators.set_catalog_policy"),
        defaults=values_of(CatalogPolicy()),
    )
