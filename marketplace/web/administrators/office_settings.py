"""The page of settings an office sets by a dated row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import render_template

from marketplace.catalog.models import CatalogPolicyRow
from marketplace.claims.models import ClaimPolicyRow
from marketplace.edge.office_settings import OfficeSettingsForm
from marketplace.foundation.office_settings import OfficeSettings
from marketplace.people.queries import list_user_names


def settings_page(
    form: OfficeSettingsForm,
    settings: OfficeSettings,
    rows: Sequence[CatalogPolicyRow] | Sequence[ClaimPolicyRow],
    *,
    title: str,
    lead: str,
    action: str,
    defaults: Mapping[str, int],
) -> str:
    """The settings to fill in, what they were before and by whom, and our defaults."""
    return render_template(
        "administrators/office_settings.html",
        form=form,
        settings=settings,
        rows=rows,
        title=title,
        lead=lead,
        action=action,
        defaults=defaults,
        names=list_user_names({row.set_by for row in rows if row.set_by}),
    )
