"""How often each institution's courses were suggested to people, and what came of it."""

from __future__ import annotations

from flask import render_template

from marketplace.edge.access import access, officer
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_page, page_url
from marketplace.foundation import clock
from marketplace.recommendation.queries.exposure import EXPOSURE_DAYS, list_exposures
from marketplace.recommendation.rules import FAIR_SHARE_TIMES, PER_INSTITUTION_MAX
from marketplace.web.fund_managers.blueprint import blueprint


@blueprint.get("/suggestions")
@access(officer)
def list_suggestion_exposure() -> str:
    """Institutions of the officer's places by their part in all suggestions."""
    return render_template(
        "fund_managers/suggestions.html",
        page=list_exposures(officer_paths(), asked_page(), on=clock.today()),
        page_url=page_url,
        days=EXPOSURE_DAYS,
        per_institution=PER_INSTITUTION_MAX,
        fair_times=FAIR_SHARE_TIMES,
    )
