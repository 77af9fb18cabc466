"""My pledges: waiting with others for a class, and the place that is held for me."""

from __future__ import annotations

from datetime import timedelta

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.catalog.operations.course_runs import give_back_seat
from marketplace.catalog.queries.course_runs import get_course_run_facts
from marketplace.edge.access import access, job_seeker
from marketplace.edge.answers import flash_refused
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.reasons import show_reasons
from marketplace.foundation import clock
from marketplace.foundation.db import rehearsal, write_transaction
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.text import is_number
from marketplace.jurisdictions.queries import find_jurisdiction_by_code, get_jurisdiction
from marketplace.people.queries import get_worker
from marketplace.pledges import labels
from marketplace.pledges.group_operations import join_employer_group
from marketplace.pledges.operations import (
    PledgeContent,
    decline_pledge_offer,
    make_pledge,
    take_pledge_offer,
    withdraw_pledge,
)
from marketplace.pledges.queries import get_pledge_offer_of, list_pledges_of_worker
from marketplace.pledges.rules import GROUP_MIN, OFFER_DAYS
from marketplace.pledges.states import PledgeHours, PledgeOfferState
from marketplace.recommendation.queries.preferences import list_occupations_taught
from marketplace.vouchers.queries.prices import list_offers_for_worker
from marketplace.vouchers.queries.schemes import find_scheme_by_code
from marketplace.web.job_seekers.blueprint import blueprint
from marketplace.web.job_seekers.forms.pledges import JoinGroupForm, PledgeForm

Answer = str | Response | tuple[str, int]


@blueprint.get("/pledges")
@access(job_seeker)
def list_my_pledges() -> str:
    """What I wait for, and the form to wait for more."""
    return _page(_new_form())


@blueprint.post("/pledges", endpoint="make_pledge")
@access(job_seeker)
def make_my_pledge() -> Answer:
    """Stand in line."""
    form = _form()
    if not form.validate_on_submit():
        return _page(form), 422
    content = PledgeContent(
        occupation_id=int(form.occupation.data),
        jurisdiction_id=int(form.place.data),
        starts_from=form.starts_from.data,
        starts_until=form.starts_until.data,
        hours=PledgeHours(form.hours.data),
    )
    try:
        with write_transaction():
            make_pledge(current_user.worker_id, content, actor_id=current_user.user_id)
    except Refused as refused:
        show_reasons(form, refused)
        return _page(form), 409
    flash(_("You are in line. You get a message when a class takes place."), "success")
    return redirect(url_for("job_seekers.list_my_pledges"), 303)


@blueprint.post("/pledges/join", endpoint="join_employer_group")
@access(job_seeker)
def join_my_employers_group() -> Answer:
    """Stand in line with my employer's people."""
    form = JoinGroupForm()
    if not form.validate_on_submit():
        return _page(_new_form(), form), 422
    try:
        with write_transaction():
            join_employer_group(
                form.code.data, worker_id=current_user.worker_id, actor_id=current_user.user_id
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(_new_form(), form), 409
    flash(_("You are in line. You get a message when a class takes place."), "success")
    return redirect(url_for("job_seekers.list_my_pledges"), 303)


@blueprint.post("/pledges/<code>/withdraw", endpoint="withdraw_pledge")
@access(job_seeker)
def withdraw_my_pledge(code: str) -> Response:
    """Leave the line."""
    try:
        with write_transaction():
            withdraw_pledge(code, worker_id=current_user.worker_id, actor_id=current_user.user_id)
        flash(_("You are no longer in line."), "success")
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("job_seekers.list_my_pledges"), 303)


@blueprint.get("/pledges/offers/<code>")
@access(job_seeker)
def show_pledge_offer(code: str) -> str:
    """The place that is held for me, what it costs with each voucher, yes or no."""
    return _offer_page(code)


@blueprint.post("/pledges/offers/<code>/take", endpoint="take_pledge_offer")
@access(job_seeker)
def take_my_offer(code: str) -> Answer:
    """Yes: the place is mine."""
    offer_id = get_pledge_offer_of(code, worker_id=current_user.worker_id).offer.id
    scheme_code, _colon, own_share = request.form.get("offer", "").partition(":")
    scheme = find_scheme_by_code(scheme_code) if scheme_code else None
    if scheme_code and (scheme is None or not is_number(own_share, digits_max=13)):
        raise NotFound("offer")
    try:
        with write_transaction():
            take_pledge_offer(
                offer_id,
                worker_id=current_user.worker_id,
                scheme_id=scheme.id if scheme else None,
                own_share_fen=int(own_share) if scheme else 0,
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        return _offer_page(code, refused.refusals), 409
    flash(_("The place is yours."), "success")
    return redirect(url_for("job_seekers.list_my_classes"), 303)


@blueprint.post("/pledges/offers/<code>/decline", endpoint="decline_pledge_offer")
@access(job_seeker)
def decline_my_offer(code: str) -> Answer:
    """No: the place goes to the next in line; I go on waiting for another class."""
    offer_id = get_pledge_offer_of(code, worker_id=current_user.worker_id).offer.id
    try:
        with write_transaction():
            decline_pledge_offer(
                offer_id, worker_id=current_user.worker_id, actor_id=current_user.user_id
            )
    except Refused as refused:
        return _offer_page(code, refused.refusals), 409
    flash(_("The place goes to the next in line. You keep waiting for another class."), "success")
    return redirect(url_for("job_seekers.list_my_pledges"), 303)


def _page(form: PledgeForm, join: JoinGroupForm | None = None) -> str:
    return render_template(
        "job_seekers/pledges.html",
        page=list_pledges_of_worker(current_user.worker_id, asked_page()),
        page_url=page_url,
        form=form,
        join=join or JoinGroupForm(formdata=None),
        labels=labels,
        group_min=GROUP_MIN,
        offer_days=OFFER_DAYS,
    )


def _offer_page(code: str, refusals: tuple[Refusal, ...] = ()) -> str:
    view = get_pledge_offer_of(code, worker_id=current_user.worker_id)
    run_id = view.offer.course_run_id
    is_open = view.offer.state is PledgeOfferState.OPEN and view.offer.held_until > clock.now()
    offers = []
    if is_open:
        # Prices are asked as if the held seat were free: nothing of this is kept.
        with rehearsal():
            give_back_seat(run_id)
            offers = list_offers_for_worker(current_user.worker_id, run_id)
        view = get_pledge_offer_of(code, worker_id=current_user.worker_id)
    return render_template(
        "job_seekers/pledge_offer.html",
        view=view,
        run=get_course_run_facts(run_id),
        is_open=is_open,
        offers=[offer for offer in offers if not offer.refusals],
        refused_offers=[offer for offer in offers if offer.refusals],
        refusals=refusals,
    )


def _new_form() -> PledgeForm:
    form = PledgeForm(formdata=None)
    form.fill_choices(list_occupations_taught(), _places())
    form.starts_from.data = clock.today()
    form.starts_until.data = clock.today() + timedelta(days=90)
    return form


def _form() -> PledgeForm:
    form = PledgeForm()
    form.fill_choices(list_occupations_taught(), _places())
    return form


def _places() -> list[tuple[int, str]]:
    """Where I live and work, each with its city around it."""
    worker = get_worker(current_user.worker_id)
    found: dict[int, str] = {}
    for home_id in (worker.residence_id, worker.workplace_id):
        if home_id is None:
            continue
        codes = [part for part in get_jurisdiction(home_id).path.split("/") if part]
        for part in reversed(codes[1:3] or codes):
            if place := find_jurisdiction_by_code(part):
                found.setdefault(place.id, place.name)
    return list(found.items())
