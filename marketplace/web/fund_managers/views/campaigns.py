"""Campaigns: who gets a targeted voucher, what it would do, and its two signatures."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.campaigns import labels
from marketplace.campaigns.models import Campaign
from marketplace.campaigns.operations.drafts import (
    CampaignContent,
    discard_campaign,
    end_campaign,
    launch_campaign,
    propose_campaign,
    return_campaign,
    save_campaign_draft,
    withdraw_campaign,
)
from marketplace.campaigns.queries.campaigns import (
    find_campaign_in_scope,
    list_campaigns,
    list_member_rows,
)
from marketplace.campaigns.rules import PopulationRule, population_from
from marketplace.campaigns.states import CampaignChannel
from marketplace.edge.access import access, fund_officer, officer
from marketplace.edge.acting import act_or_tell
from marketplace.edge.downloads import attachment
from marketplace.edge.formats import localized, sentence
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.reasons import show_reasons
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.files import csv_text
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.jurisdictions.queries import get_jurisdiction
from marketplace.people.states import WorkerCategory
from marketplace.vouchers.queries.schemes import (
    find_scheme_by_code,
    get_scheme,
    list_schemes_in_force,
)
from marketplace.vouchers.states import VoucherOrigin
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.campaign_page import campaign_page
from marketplace.web.fund_managers.directory_places import read_place
from marketplace.web.fund_managers.forms.campaigns import (
    BatchForm,
    CampaignForm,
    CampaignReasonForm,
)

Answer = str | Response | tuple[str, int]


@blueprint.get("/campaigns", endpoint="list_campaigns")
@access(officer)
def list_own_campaigns() -> str:
    """The campaigns of the officer's places, the newest first."""
    return render_template(
        "fund_managers/list_campaigns.html",
        page=list_campaigns(officer_paths(), asked_page(), invites=True),
        page_url=page_url,
        labels=labels,
    )


@blueprint.get("/campaigns/new")
@access(fund_officer)
def show_new_campaign() -> str:
    """Ask for whom, with which voucher."""
    return form_page(make_form(CampaignForm))


@blueprint.post("/campaigns/new")
@access(fund_officer)
def draft_campaign() -> Answer:
    """Keep the draft; nobody is invited yet."""
    return save_draft(None, make_form(CampaignForm))


@blueprint.get("/campaigns/<code>")
@access(officer)
def show_campaign(code: str) -> str:
    """What it would do, or what it did; and what can be done next."""
    campaign, place = _campaign_here(code)
    return campaign_page(campaign, place, CampaignReasonForm())


@blueprint.get("/campaigns/<code>/change")
@access(fund_officer)
def show_campaign_change(code: str) -> str:
    """The draft in its form."""
    campaign, place = _campaign_here(code)
    form = make_form(_form_class(campaign))
    rule = population_from(campaign.population)
    form.title.data, form.place.data = campaign.title, place.code
    form.scheme.data = get_scheme(campaign.scheme_id).code
    form.categories.data = [category.value for category in rule.categories]
    form.age_min.data, form.age_max.data = rule.age_min, rule.age_max
    form.occupation.data, form.idle_months.data = rule.occupation_code, rule.idle_months
    if campaign.invites:
        form.holdout_percent.data = campaign.holdout_percent
        form.channel.data = campaign.channel.value
    return form_page(form, campaign)


@blueprint.post("/campaigns/<code>/change")
@access(fund_officer)
def change_campaign(code: str) -> Answer:
    """Keep the changed draft."""
    campaign = _campaign_here(code)[0]
    return save_draft(campaign, make_form(_form_class(campaign)))


@blueprint.get("/campaigns/<code>/people.csv")
@access(officer)
def download_campaign_people(code: str) -> FlaskResponse:
    """What became of each person, by public codes only."""
    campaign, _place = _campaign_here(code)
    header = [_("Job seeker"), _("Group"), _("What became of it"), _("Reason"), _("Voucher")]
    rows = (
        (
            worker,
            sentence(labels.ARM_LABELS[arm]),
            sentence(labels.OUTCOME_LABELS[outcome]),
            sentence(labels.refusal_words(reason)) if reason else "",
            voucher or "",
        )
        for worker, arm, outcome, reason, voucher in list_member_rows(campaign.id)
    )
    return attachment(
        "".join(csv_text(header, rows)).encode(),
        media_type="text/csv; charset=utf-8",
        file_name=f"{campaign.code}.csv",
    )


@blueprint.post("/campaigns/<code>/propose", endpoint="propose_campaign")
@access(fund_officer)
def sign_campaign_first(code: str) -> Response:
    """First signature."""
    return _act(
        code,
        lambda campaign: propose_campaign(campaign.id, actor_id=current_user.user_id),
        _("It waits for another officer's signature."),
    )


@blueprint.post("/campaigns/<code>/launch", endpoint="launch_campaign")
@access(fund_officer)
def sign_campaign_second(code: str) -> Response:
    """Second signature: drawing, issuing and inviting begin."""
    return _act(
        code,
        lambda campaign: launch_campaign(campaign.id, actor_id=current_user.user_id),
        _("Signed by two. Vouchers are issued in the background."),
    )


@blueprint.post("/campaigns/<code>/return", endpoint="return_campaign")
@access(fund_officer)
def send_campaign_back(code: str) -> Answer:
    """Back to the one who prepares it, with a reason."""
    return _act_with_reason(code, return_campaign, _("It was sent back."))


@blueprint.post("/campaigns/<code>/discard", endpoint="discard_campaign")
@access(fund_officer)
def give_campaign_up(code: str) -> Response:
    """Nobody wants this draft any more."""
    return _act(
        code,
        lambda campaign: discard_campaign(campaign.id, actor_id=current_user.user_id),
        _("It was discarded."),
    )


@blueprint.post("/campaigns/<code>/end", endpoint="end_campaign")
@access(fund_officer)
def close_campaign(code: str) -> Response:
    """No more messages; vouchers stay with their holders."""
    return _act(
        code,
        lambda campaign: end_campaign(campaign.id, actor_id=current_user.user_id),
        _("The campaign has ended. Its vouchers stay valid."),
    )


@blueprint.post("/campaigns/<code>/withdraw", endpoint="withdraw_campaign")
@access(fund_officer)
def take_campaign_back(code: str) -> Answer:
    """Stop it and revoke every unused voucher."""
    return _act_with_reason(
        code, withdraw_campaign, _("Withdrawn. Its unused vouchers are revoked.")
    )


def save_draft(campaign: Campaign | None, form: CampaignForm) -> Answer:
    """Keep a draft of a campaign, or of a batch, as its form says it."""
    invites = form.channel is not None
    valid = form.validate_on_submit()
    allowed, place = read_place(form) if form.place.data else (False, None)
    scheme = find_scheme_by_code(form.scheme.data or "")
    if not (valid and allowed and place and scheme):
        return form_page(form, campaign), 422
    content = CampaignContent(
        title=form.title.data,
        scheme_id=scheme.id,
        jurisdiction_id=place.id,
        population=PopulationRule(
            categories=tuple(WorkerCategory(value) for value in form.categories.data),
            age_min=form.age_min.data,
            age_max=form.age_max.data,
            occupation_code=(form.occupation.data or "").strip() or None,
            idle_months=form.idle_months.data,
        ),
        holdout_percent=form.holdout_percent.data if invites else 0,
        channel=CampaignChannel(form.channel.data) if invites else CampaignChannel.IN_APP,
        invites=invites,
    )
    try:
        with write_transaction():
            saved = save_campaign_draft(
                content,
                campaign_id=campaign.id if campaign else None,
                actor_id=current_user.user_id,
            )
            code = saved.code
    except Refused as refused:
        show_reasons(form, refused)
        return form_page(form, campaign), 409
    flash(_("The draft is kept. Nothing is issued yet."), "success")
    return redirect(url_for("fund_managers.show_campaign", code=code), 303)


def _form_class(campaign: Campaign) -> type[CampaignForm]:
    return CampaignForm if campaign.invites else BatchForm


def make_form(kind: type[CampaignForm]) -> CampaignForm:
    """The form with the schemes that concern the officer."""
    form = kind()
    form.fill_choices(
        [
            (offer.scheme.code, f"{offer.scheme.code} · {localized(offer.version.title)}")
            for offer in list_schemes_in_force(on=clock.today())
            if VoucherOrigin.ISSUED in offer.policy.ways_out
            and _concerns_me(get_jurisdiction(offer.scheme.jurisdiction_id))
        ]
    )
    return form


def _concerns_me(place: Jurisdiction) -> bool:
    """A scheme of the officer's places, or of a place above them."""
    return any(
        path.startswith(place.path) or place.path.startswith(path) for path in officer_paths()
    )


def form_page(form: CampaignForm, campaign: Campaign | None = None) -> str:
    """The form of a campaign, or of a batch."""
    name = "edit_campaign" if form.channel is not None else "edit_batch"
    return render_template(f"fund_managers/{name}.html", form=form, campaign=campaign)


def _act(code: str, act: Callable[[Campaign], object], done: str) -> Response:
    campaign, _place = _campaign_here(code)
    act_or_tell(lambda: act(campaign), done=done)
    return redirect(url_for("fund_managers.show_campaign", code=code), 303)


def _act_with_reason(code: str, act: Callable[..., object], done: str) -> Answer:
    campaign, place = _campaign_here(code)
    form = CampaignReasonForm()
    if not form.validate_on_submit():
        return campaign_page(campaign, place, form), 422
    return _act(
        code,
        lambda held: act(held.id, reason=form.reason.data, actor_id=current_user.user_id),
        done,
    )


def _campaign_here(code: str) -> tuple[Campaign, Jurisdiction]:
    found = find_campaign_in_scope(code, officer_paths())
    if found is None:
        raise NotFound("campaign", code)
    return found
