"""The quotas of our employer: naming people, and seeing what became of it.

Nobody is listed or searched here, and what is about the person is never told as a reason: that is
between the person and the office.
"""

from __future__ import annotations

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, employer_staff
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.quota_pages import NameEmployeesForm, people_download, read_people
from marketplace.edge.reasons import show_reasons
from marketplace.employers.queries.employers import get_employer
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.stored_refusals import refusal_from
from marketplace.quotas import labels
from marketplace.quotas.operations.naming import name_employees
from marketplace.quotas.queries.namings import get_use, list_all_namings, list_namings, list_uses
from marketplace.quotas.queries.quotas import (
    QuotaItem,
    find_quota_of_employer,
    list_quotas_of_employer,
)
from marketplace.quotas.rules import TOLD_TO_EMPLOYER
from marketplace.vouchers.queries.schemes import get_policy
from marketplace.vouchers.quota_words import quota_sentences
from marketplace.vouchers.states import QuotaState
from marketplace.web.employers.blueprint import blueprint

Answer = str | Response | tuple[str, int]


@blueprint.get("/")
@access(employer_staff)
def show_start() -> str:
    """What our employer was granted."""
    page = list_quotas_of_employer(current_user.employer_id, asked_page())
    return render_template(
        "employers/start.html",
        page=page,
        uses=list_uses([item.quota.id for item in page.items]),
        employer=get_employer(current_user.employer_id),
        labels=labels,
        page_url=page_url,
    )


@blueprint.get("/quotas/<code>")
@access(employer_staff)
def show_quota(code: str) -> str:
    """One quota: places, people, results."""
    return _page(_quota(code), NameEmployeesForm(formdata=None))


@blueprint.post("/quotas/<code>/people")
@access(employer_staff)
def name_people(code: str) -> Answer:
    """Name our people."""
    item, form = _quota(code), NameEmployeesForm()
    if not form.validate_on_submit():
        return _page(item, form), 422
    try:
        with write_transaction():
            name_employees(
                item.quota.id,
                read_people(form),
                document_number=form.document_number.data,
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(_quota(code), form), 409
    flash(_("The list was taken in: below stands what became of each person."), "success")
    return redirect(url_for("employers.show_quota", code=code), 303)


@blueprint.get("/quotas/<code>/people.csv")
@access(employer_staff)
def download_people(code: str) -> FlaskResponse:
    """The same as a spreadsheet, with the names as we typed them, masked."""
    item = _quota(code)
    return people_download(
        item.quota.code, list_all_namings(item.quota.id), masks={}, for_office=False
    )


def _page(item: QuotaItem, form: NameEmployeesForm) -> str:
    policy, page = get_policy(item.version), list_namings(item.quota.id, asked_page())
    return render_template(
        "employers/show_quota.html",
        item=item,
        quota=item.quota,
        use=get_use(item.quota.id),
        page=page,
        refusals={
            one.naming.id: [
                refusal_from(stored)
                for stored in one.naming.refusals
                if stored["code"] in TOLD_TO_EMPLOYER
            ]
            for one in page.items
        },
        sentences=quota_sentences(policy.enterprise_quota),
        may_name=item.quota.state is QuotaState.IN_FORCE and item.quota.ends_on >= clock.today(),
        labels=labels,
        form=form,
        page_url=page_url,
    )


def _quota(code: str) -> QuotaItem:
    item = find_quota_of_employer(code, current_user.employer_id)
    if item is None:
        raise NotFound("quota", code)
    return item
