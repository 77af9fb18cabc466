"""My categories: declared, withdrawn, ended."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, job_seeker
from marketplace.edge.extensions import limiter
from marketplace.edge.reasons import show_reasons
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.people import labels
from marketplace.people.models import CategoryFact
from marketplace.people.operations import (
    declare_category_with_evidence,
    end_category_fact,
    withdraw_category_fact,
)
from marketplace.people.queries import (
    find_category_fact_of_worker,
    list_category_facts,
    list_documents_of_worker,
)
from marketplace.people.rules import DOCUMENT_NEEDED
from marketplace.people.states import WorkerCategory
from marketplace.web.job_seekers.blueprint import blueprint
from marketplace.web.job_seekers.forms.categories import DeclareForm, EndForm

Answer = str | Response | tuple[str, int]


@blueprint.get("/categories")
@access(job_seeker)
def list_my_categories() -> str:
    """What I declared, how it was decided, and why."""
    documents = list_documents_of_worker(current_user.worker_id)
    return render_template(
        "job_seekers/categories.html",
        facts=list_category_facts(current_user.worker_id),
        documents={document.id: document for document in documents},
        labels=labels,
    )


@blueprint.get("/categories/new")
@access(job_seeker)
def choose_category() -> str:
    """First question: which category."""
    return render_template(
        "job_seekers/choose_category.html", categories=list(WorkerCategory), labels=labels
    )


@blueprint.get("/categories/new/<category>")
@access(job_seeker)
def show_declaration(category: str) -> str:
    """Second question: since when, with which evidence."""
    return _declaration_page(DeclareForm(), _category(category))


@blueprint.post("/categories/new/<category>")
@access(job_seeker)
@limiter.limit("10 per minute; 60 per hour")
def declare_category(category: str) -> Answer:
    """Take the declaration in; an officer decides."""
    wanted = _category(category)
    form = DeclareForm()
    if not form.validate_on_submit():
        return _declaration_page(form, wanted), 422
    upload = form.document.data
    content = upload.read() if upload else b""
    if upload:
        upload.close()
    try:
        with write_transaction():
            declare_category_with_evidence(
                current_user.worker_id,
                category=wanted,
                valid_from=form.valid_from.data,
                valid_until=form.valid_until.data,
                file_name=(upload.filename or "") if upload else "",
                media_type=(upload.mimetype or "") if upload else "",
                content=content if upload and upload.filename else None,
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _declaration_page(form, wanted), 422
    flash(_("Your declaration was received. An officer will look at it."), "success")
    return redirect(url_for("job_seekers.list_my_categories"), 303)


@blueprint.post("/categories/<code>/withdraw")
@access(job_seeker)
def withdraw_category(code: str) -> Response:
    """Take a declaration back."""
    fact = _own_fact(code)
    with write_transaction():
        withdraw_category_fact(fact.id, actor_id=current_user.user_id)
    flash(_("The declaration was withdrawn."), "success")
    return redirect(url_for("job_seekers.list_my_categories"), 303)


@blueprint.get("/categories/<code>/end")
@access(job_seeker)
def show_category_end(code: str) -> str:
    """Ask for the last day of a confirmed category."""
    return _end_page(EndForm(ends_on=clock.today()), _own_fact(code))


@blueprint.post("/categories/<code>/end")
@access(job_seeker)
def end_category(code: str) -> Answer:
    """Note that a confirmed category no longer holds."""
    fact = _own_fact(code)
    form = EndForm()
    if not form.validate_on_submit():
        return _end_page(form, fact), 422
    try:
        with write_transaction():
            end_category_fact(fact.id, ends_on=form.ends_on.data, actor_id=current_user.user_id)
    except Refused as refused:
        show_reasons(form, refused)
        return _end_page(form, _own_fact(code)), 422
    flash(_("The end was noted."), "success")
    return redirect(url_for("job_seekers.list_my_categories"), 303)


def _declaration_page(form: DeclareForm, category: WorkerCategory) -> str:
    return render_template(
        "job_seekers/declare_category.html",
        form=form,
        category=category,
        label=labels.CATEGORY_LABELS[category],
        evidence=labels.EVIDENCE_LABELS[category],
        document_needed=category in DOCUMENT_NEEDED,
    )


def _end_page(form: EndForm, fact: CategoryFact) -> str:
    label: Any = labels.CATEGORY_LABELS[fact.category]
    return render_template("job_seekers/end_category.html", form=form, fact=fact, label=label)


def _category(text: str) -> WorkerCategory:
    try:
        return WorkerCategory(text)
    except ValueError as error:
        raise NotFound("category") from error


def _own_fact(code: str) -> CategoryFact:
    fact = find_category_fact_of_worker(code, current_user.worker_id)
    if fact is None:
        raise NotFound("category fact", code)
    return fact
