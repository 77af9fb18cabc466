"""Are vouchers really used? From issue to use, by population, with a rescue where people drop."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as Redirect

from marketplace.campaigns.labels import STUCK_LABELS
from marketplace.campaigns.operations.messages import ask_for_reminder
from marketplace.campaigns.queries.campaigns import find_campaign_in_scope
from marketplace.campaigns.queries.stuck import Holders
from marketplace.campaigns.states import CampaignChannel, StuckStep
from marketplace.edge.access import access, fund_officer, officer
from marketplace.edge.answers import flash_refused
from marketplace.edge.downloads import attachment
from marketplace.edge.formats import localized, sentence
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_day
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.files import csv_text
from marketplace.foundation.paging import PAGE_SIZE_MAX, PageRequest
from marketplace.reporting.funnel import (
    BY_LABELS,
    FunnelBy,
    FunnelScope,
    count_stuck,
    get_funnel,
    list_funnels,
)
from marketplace.reporting.funnel_steps import STEP_HELP, STEP_LABELS, Funnel, FunnelStep
from marketplace.vouchers.queries.schemes import find_scheme_by_code, list_schemes
from marketplace.web.fund_managers.blueprint import blueprint

RESCUES = {
    FunnelStep.SEEN: StuckStep.NOT_SEEN,
    FunnelStep.CLAIMED: StuckStep.NOT_CLAIMED,
    FunnelStep.RESERVED: StuckStep.NOT_RESERVED,
}
"""Where people drop -> who is reminded."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; what is not known asks for everything."""

    scheme_code: str
    by: FunnelBy
    scope: FunnelScope


@blueprint.get("/funnel")
@access(officer)
def show_funnel() -> str:
    """All vouchers of the officer's places, told apart as asked."""
    asked = _asked()
    schemes = list_schemes(PageRequest(1, PAGE_SIZE_MAX)).items
    return render_template(
        "fund_managers/show_funnel.html",
        asked=asked,
        whole=get_funnel(asked.scope),
        records=None if asked.scope.scheme_id else get_funnel(_records_only(asked.scope)),
        parts=list_funnels(asked.scope, asked.by),
        by_labels=BY_LABELS,
        step_labels=STEP_LABELS,
        step_help=STEP_HELP,
        stuck=count_stuck(asked.scope) if asked.scope.scheme_id is not None else {},
        stuck_labels=STUCK_LABELS,
        rescues=RESCUES,
        schemes=[
            (scheme.code, f"{scheme.code} · {localized(version.title)}")
            for scheme, version in schemes
        ],
    )


@blueprint.get("/funnel.csv")
@access(officer)
def download_funnel() -> Response:
    """The same numbers as a table."""
    asked = _asked()
    header = [sentence(BY_LABELS[asked.by]), *(sentence(text) for text in STEP_LABELS.values())]
    whole = get_funnel(asked.scope)
    rows = [_csv_row(part, sentence(part.label)) for part in list_funnels(asked.scope, asked.by)]
    rows.append(_csv_row(whole, _("All together")))
    if asked.scope.scheme_id is None:
        records = get_funnel(_records_only(asked.scope))
        rows.append(_csv_row(records, _("Besides: vouchers that only record training")))
    return attachment(
        "".join(csv_text(header, iter(rows))).encode(),
        media_type="text/csv; charset=utf-8",
        file_name=f"funnel-{asked.by.value}-{clock.today():%Y%m%d}.csv",
    )


@blueprint.post("/funnel/remind")
@access(fund_officer)
def remind_voucher_holders() -> Redirect:
    """Remind holders of a scheme's vouchers, within the officer's places, who wait at a step."""
    scheme = find_scheme_by_code(request.form.get("scheme", ""))
    if scheme is None:
        raise NotFound("scheme")
    _remind(Holders(scheme.id, None, officer_paths()), CampaignChannel.IN_APP)
    return redirect(url_for("fund_managers.show_funnel", scheme=scheme.code), 303)


@blueprint.post("/campaigns/<code>/remind")
@access(fund_officer)
def remind_campaign(code: str) -> Redirect:
    """Remind people of a campaign who wait at a step."""
    found = find_campaign_in_scope(code, officer_paths())
    if found is None:
        raise NotFound("campaign", code)
    campaign = found[0]
    _remind(Holders(campaign.scheme_id, campaign.id), campaign.channel)
    return redirect(url_for("fund_managers.show_campaign", code=code), 303)


def _remind(holders: Holders, channel: CampaignChannel) -> None:
    asked = request.form.get("step", "")
    if asked not in list(StuckStep):
        raise NotFound("step")
    try:
        with write_transaction():
            ask_for_reminder(
                holders, StuckStep(asked), actor_id=current_user.user_id, channel=channel
            )
        flash(
            _("Reminders are sent in the background. Nobody gets one within a week of the last."),
            "success",
        )
    except Refused as refused:
        flash_refused(refused)


def _records_only(scope: FunnelScope) -> FunnelScope:
    """The vouchers that pay nothing, counted apart."""
    return replace(scope, records_only=True)


def _asked() -> Asked:
    schemes = list_schemes(PageRequest(1, 2))
    # Where there is one scheme only, its holders can be reminded without choosing it first.
    only = schemes.items[0][0].code if schemes.total == 1 else ""
    scheme = find_scheme_by_code(request.args.get("scheme", only))
    by = request.args.get("by", "")
    return Asked(
        scheme.code if scheme else "",
        FunnelBy(by) if by in list(FunnelBy) else FunnelBy.CATEGORY,
        FunnelScope(
            paths=officer_paths(),
            scheme_id=scheme.id if scheme else None,
            issued_from=asked_day("from"),
            issued_until=asked_day("until"),
        ),
    )


def _csv_row(funnel: Funnel, label: str) -> list[object]:
    return [label, *(step.count for step in funnel.steps)]
