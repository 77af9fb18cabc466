"""Vacancies that fit what I learned; being referred, taking it back, saying that I work."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.catalog.rules import LEVEL_WORDS
from marketplace.edge.access import access, job_seeker
from marketplace.edge.answers import flash_refused
from marketplace.edge.extensions import limiter
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.public_address import public_address
from marketplace.edge.qr import qr_drawing
from marketplace.edge.reasons import show_reasons
from marketplace.employers import labels
from marketplace.employers.operations.referrals import record_employment
from marketplace.employers.queries.referrals import (
    find_live_referral,
    get_referral_of_worker,
    list_referrals_of_worker,
)
from marketplace.employers.queries.vacancies import (
    get_vacancy_item,
    is_vacancy_open,
    list_fitting_vacancies,
)
from marketplace.employers.rules import Achievement
from marketplace.employers.states import EmploymentEvidence
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.jurisdictions.queries import get_jurisdiction
from marketplace.people.queries.workers import get_worker
from marketplace.records.operations.referrals import refer_worker, take_back_referral
from marketplace.records.queries.record import list_achievements, list_completed_codes
from marketplace.web.job_seekers.blueprint import blueprint
from marketplace.web.job_seekers.forms.referrals import EmploymentForm, ReferralForm

Answer = str | Response | tuple[str, int]


@blueprint.get("/vacancies")
@access(job_seeker)
def list_my_vacancies() -> str:
    """What fits the occupations I completed, with the reasons."""
    worker = get_worker(current_user.worker_id)
    achievements = [Achievement(*pair) for pair in list_achievements(worker.id)]
    places = [place for place in (worker.residence_id, worker.workplace_id) if place]
    homes = [get_jurisdiction(place).path for place in places]
    return render_template(
        "job_seekers/list_my_vacancies.html",
        page=list_fitting_vacancies(
            achievements,
            homes,
            asked_page(),
            on=clock.today(),
        ),
        achievements=achievements,
        labels=labels,
        level_words=LEVEL_WORDS,
        page_url=page_url,
    )


@blueprint.get("/vacancies/<code>/refer")
@access(job_seeker)
def show_referral_form(code: str) -> str:
    """What is passed on, before I agree."""
    return _form_page(code, ReferralForm())


@blueprint.post("/vacancies/<code>/refer")
@access(job_seeker)
@limiter.limit("20 per hour")
def create_referral(code: str) -> Answer:
    """Refer me; the answer is a page, because the link in it is shown once."""
    form = ReferralForm()
    if not form.validate_on_submit():
        return _form_page(code, form), 422
    try:
        with write_transaction():
            _referral, secret = refer_worker(
                current_user.worker_id,
                vacancy_code=code,
                has_consented=form.consent.data,
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _form_page(code, form), 409
    address = public_address("visitors.show_shared_record", token=secret) if secret else None
    return render_template(
        "job_seekers/referral_made.html",
        item=get_vacancy_item(code),
        address=address,
        qr=qr_drawing(address) if address else None,
    )


@blueprint.get("/referrals")
@access(job_seeker)
def list_my_referrals() -> str:
    """Where I was referred to, and what became of it."""
    return _list_page(EmploymentForm())


@blueprint.post("/referrals/<code>/withdraw")
@access(job_seeker)
def withdraw_referral(code: str) -> Response:
    """Take it back; the link that went with it ends too."""
    try:
        with write_transaction():
            take_back_referral(
                code, worker_id=current_user.worker_id, actor_id=current_user.user_id
            )
        flash(_("The referral and its link have ended."), "success")
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("job_seekers.list_my_referrals"), 303)


@blueprint.post("/referrals/<code>/employment")
@access(job_seeker)
def declare_employment(code: str) -> Answer:
    """I work there now; counted as said by me until somebody proves it."""
    referral = get_referral_of_worker(code, current_user.worker_id)
    form = EmploymentForm()
    if not form.validate_on_submit():
        return _list_page(form, code), 422
    try:
        with write_transaction():
            record_employment(
                referral.id,
                evidence=EmploymentEvidence.SELF_DECLARED,
                note="",
                started_on=form.started_on.data,
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _list_page(form, code), 409
    flash(_("Noted. We are glad for you."), "success")
    return redirect(url_for("job_seekers.list_my_referrals"), 303)


def _form_page(code: str, form: ReferralForm) -> str:
    item = get_vacancy_item(code)
    return render_template(
        "job_seekers/refer_to_vacancy.html",
        item=item,
        form=form,
        is_open=is_vacancy_open(item.vacancy, on=clock.today()),
        is_referred=find_live_referral(current_user.worker_id, item.vacancy.id) is not None,
        trainings=len(list_completed_codes(current_user.worker_id)),
        level_words=LEVEL_WORDS,
    )


def _list_page(form: EmploymentForm, wrong_code: str | None = None) -> str:
    return render_template(
        "job_seekers/list_my_referrals.html",
        page=list_referrals_of_worker(current_user.worker_id, asked_page()),
        form=form,
        wrong_code=wrong_code,
        labels=labels,
        page_url=page_url,
    )
