"""Objections to publicised claims (公示异议): by anybody, without a login, answered by receipt."""

from __future__ import annotations

from flask import Response, make_response, render_template

from marketplace.claims import labels
from marketplace.claims.operations.objections import Said, file_public_objection
from marketplace.claims.queries.claims import ClaimRow, get_publicised
from marketplace.claims.queries.objections import find_objection_by_receipt
from marketplace.claims.rules.objections import ANSWER_DAYS
from marketplace.claims.states import ObjectionGrounds
from marketplace.edge.access import access, anyone
from marketplace.edge.extensions import limiter
from marketplace.edge.reasons import show_reasons
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.foundation.text import tidy
from marketplace.web.visitors.blueprint import blueprint
from marketplace.web.visitors.forms.objections import ObjectionForm, ReceiptForm


@blueprint.get("/claims/<code>/objection")
@access(anyone)
def show_objection_form(code: str) -> Response:
    """Ask what is wrong; only while the claim is publicised."""
    return _form_page(get_publicised(code), ObjectionForm(), 200)


@blueprint.post("/claims/<code>/objection")
@access(anyone)
@limiter.limit("10 per hour")
def file_objection(code: str) -> Response:
    """Take the objection in and show its receipt, once."""
    row = get_publicised(code)
    claim_id = row.claim.id
    form = ObjectionForm()
    if not form.validate_on_submit():
        return _form_page(row, form, 422)
    said = Said(
        ObjectionGrounds(form.grounds.data),
        form.statement.data,
        form.name.data or "",
        form.contact.data or "",
    )
    try:
        with write_transaction():
            receipt = file_public_objection(claim_id, said)
    except Refused as refused:
        show_reasons(form, refused)
        return _form_page(get_publicised(code), form, 409)
    return _private(
        render_template(
            "visitors/objection_filed.html", code=code, receipt=receipt, days=ANSWER_DAYS
        ),
        200,
    )


@blueprint.get("/objections")
@access(anyone)
def show_objection_look_up() -> Response:
    """Ask for a receipt."""
    return _private(
        render_template("visitors/look_up_objection.html", form=ReceiptForm(), found=None), 200
    )


@blueprint.post("/objections")
@access(anyone)
@limiter.limit("20 per minute")
def look_up_objection() -> Response:
    """What became of an objection. The receipt stands in no address, so in no log."""
    form = ReceiptForm()
    found = None
    status_code = 422
    if form.validate_on_submit():
        found = find_objection_by_receipt(tidy(form.receipt.data).upper())
        status_code = 200 if found else 404
    page = render_template(
        "visitors/look_up_objection.html", form=form, found=found, labels=labels,
        is_unknown=status_code == 404,
    )  # fmt: skip
    return _private(page, status_code)


def _form_page(row: ClaimRow, form: ObjectionForm, status_code: int) -> Response:
    return _private(
        render_template("visitors/object_to_claim.html", row=row, form=form, days=ANSWER_DAYS),
        status_code,
    )


def _private(page: str, status_code: int) -> Response:
    answer = make_response(page, status_code)
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Cache-Control"] = "no-store"
    return answer
