"""The worklist of declared categories: look at the evidence, confirm or not, next."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, fund_officer
from marketplace.edge.downloads import attachment
from marketplace.edge.paging import asked_page
from marketplace.edge.places import Places
from marketplace.edge.reasons import show_reasons
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.people import labels
from marketplace.people.models import CategoryFact, Worker
from marketplace.people.operations import (
    open_document,
    refuse_category_fact,
    reveal_id_number,
    verify_category_fact,
)
from marketplace.people.queries import (
    find_category_fact_in_scope,
    find_next_waiting_category_fact,
    get_document,
    get_masks,
    get_worker,
    list_category_facts,
    list_category_worklist,
    list_user_logins,
)
from marketplace.people.rules import age_on
from marketplace.people.states import CategoryFactState, DecisionReason, Role, WorkerCategory
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.forms.categories import PurposeForm, RefuseForm, VerifyForm

Answer = str | Response | tuple[str, int]
SHOWN_STATES = (
    CategoryFactState.DECLARED,
    CategoryFactState.VERIFIED,
    CategoryFactState.REFUSED,
)


@blueprint.get("/categories")
@access(fund_officer)
def list_categories() -> str:
    """Declarations of my places; those that wait longest come first."""
    state = _one_of(CategoryFactState, "state") or CategoryFactState.DECLARED
    category = _one_of(WorkerCategory, "category")
    page = list_category_worklist(_paths(), asked_page(), state=state, category=category)
    return render_template(
        "fund_managers/categories.html",
        page=page,
        masks={worker.id: get_masks(worker) for _fact, worker in page.items},
        state=state,
        states=SHOWN_STATES,
        category=category,
        labels=labels,
    )


@blueprint.get("/categories/<code>")
@access(fund_officer)
def show_category(code: str) -> str:
    """One declaration with its evidence."""
    fact, worker = _fact_in_scope(code)
    return _page(fact, worker, VerifyForm(valid_until=fact.valid_until), RefuseForm())


@blueprint.post("/categories/<code>/verify")
@access(fund_officer)
def verify_category(code: str) -> Answer:
    """Confirm it and go on with the next."""
    fact, worker = _fact_in_scope(code)
    fact_id = fact.id
    form = VerifyForm()
    if not form.validate_on_submit():
        return _page(fact, worker, form, RefuseForm()), 422
    try:
        with write_transaction():
            verify_category_fact(
                fact_id, valid_until=form.valid_until.data, actor_id=current_user.user_id
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(*_fact_in_scope(code), form, RefuseForm()), 409
    flash(_("Confirmed. The person has been told."), "success")
    return _next(fact_id)


@blueprint.post("/categories/<code>/refuse")
@access(fund_officer)
def refuse_category(code: str) -> Answer:
    """Do not confirm it, say why, and go on with the next."""
    fact, worker = _fact_in_scope(code)
    fact_id = fact.id
    form = RefuseForm()
    if not form.validate_on_submit():
        return _page(fact, worker, VerifyForm(), form), 422
    try:
        with write_transaction():
            refuse_category_fact(
                fact_id,
                reason=form.reason.data or "",
                reason_code=DecisionReason(form.reason_code.data),
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(*_fact_in_scope(code), VerifyForm(), form), 409
    flash(_("Not confirmed. The person has been told why."), "success")
    return _next(fact_id)


@blueprint.get("/categories/<code>/evidence")
@access(fund_officer)
def open_category_evidence(code: str) -> Response:
    """The evidence itself; opening it is recorded and shown to the person."""
    fact, _worker = _fact_in_scope(code)
    if fact.document_id is None:
        raise NotFound("document")
    with write_transaction():
        purpose = _("Review of the declaration %(code)s", code=code)
        content = open_document(fact.document_id, purpose=purpose, actor_id=current_user.user_id)
        document = get_document(fact.document_id)
        media_type, file_name = document.media_type, document.file_name
    return attachment(content, media_type=media_type, file_name=file_name)


@blueprint.post("/categories/<code>/id-number")
@access(fund_officer)
def reveal_worker_id_number(code: str) -> Answer:
    """Show the full ID number once, for a purpose; recorded and shown to the person."""
    fact, worker = _fact_in_scope(code)
    form = PurposeForm()
    if not form.validate_on_submit():
        return _page(fact, worker, VerifyForm(), RefuseForm(), form), 422
    worker_id = worker.id
    try:
        with write_transaction():
            number = reveal_id_number(
                worker_id, purpose=form.purpose.data, actor_id=current_user.user_id
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(*_fact_in_scope(code), VerifyForm(), RefuseForm(), form), 409
    return render_template("fund_managers/id_number.html", number=number, code=code)


def _page(
    fact: CategoryFact,
    worker: Worker,
    verify: VerifyForm,
    refuse: RefuseForm,
    purpose: PurposeForm | None = None,
) -> str:
    deciders = list_user_logins({fact.decided_by} if fact.decided_by else set())
    values: dict[str, Any] = {
        "document": get_document(fact.document_id) if fact.document_id else None,
        "masks": get_masks(worker),
        "age": age_on(worker.born_on, fact.valid_from),
        "residence": Places.name_of(worker.residence_id) if worker.residence_id else None,
        "workplace": Places.name_of(worker.workplace_id) if worker.workplace_id else None,
        "others": [other for other in list_category_facts(worker.id) if other.id != fact.id],
        "decided_by": deciders.get(fact.decided_by or 0),
    }
    return render_template(
        "fund_managers/category.html",
        fact=fact,
        worker=worker,
        verify=verify,
        refuse=refuse,
        purpose=purpose or PurposeForm(),
        labels=labels,
        **values,
    )


def _next(fact_id: int) -> Response:
    waiting = find_next_waiting_category_fact(_paths(), after_id=fact_id)
    if waiting is None:
        return redirect(url_for("fund_managers.list_categories"), 303)
    return redirect(url_for("fund_managers.show_category", code=waiting.code), 303)


def _fact_in_scope(code: str) -> tuple[CategoryFact, Worker]:
    found = find_category_fact_in_scope(code, _paths())
    if found is None:
        raise NotFound("category fact", code)
    return found[0], get_worker(found[1].id)


def _paths() -> tuple[str, ...]:
    paths: tuple[str, ...] = current_user.paths_of(Role.FUND_OFFICER)
    return paths


def _one_of(kind: Any, name: str) -> Any:
    text = request.args.get(name, "")
    return kind(text) if text in {member.value for member in kind} else None
