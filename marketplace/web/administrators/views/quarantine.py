"""What imports held back: why, what the file said, and the decision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.catalog.operations.quarantine import (
    keep_course_out,
    keep_institution_out,
    release_course,
    release_institution,
)
from marketplace.catalog.queries.courses import find_course_by_code
from marketplace.catalog.queries.quarantine import (
    list_doubts,
    list_held_courses,
    list_held_institutions,
)
from marketplace.edge.access import access, administrator
from marketplace.edge.answers import refusal_sentence
from marketplace.edge.import_pages import problem_sentence
from marketplace.edge.paging import asked_page
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.institutions.queries import find_institution_by_code
from marketplace.web.administrators.blueprint import blueprint
from marketplace.web.administrators.forms.imports import DecisionForm

Answer = str | Response | tuple[str, int]
ACTS: dict[tuple[str, str], Callable[..., Any]] = {
    ("course", "release"): release_course,
    ("course", "keep-out"): keep_course_out,
    ("institution", "release"): release_institution,
    ("institution", "keep-out"): keep_institution_out,
}


@blueprint.get("/quarantine")
@access(administrator)
def show_quarantine() -> str:
    """Courses or institutions that wait for a decision."""
    kind = "institution" if request.args.get("kind") == "institution" else "course"
    listing = list_held_institutions if kind == "institution" else list_held_courses
    return render_template("administrators/quarantine.html", page=listing(asked_page()), kind=kind)


@blueprint.get("/quarantine/<kind>/<code>")
@access(administrator)
def show_held(kind: str, code: str) -> str:
    """One thing held back, with what its file said."""
    return _page(kind, code, DecisionForm())


@blueprint.post("/quarantine/<kind>/<code>/<act>")
@access(administrator)
def decide_held(kind: str, code: str, act: str) -> Answer:
    """Release it with a reason, or keep it out."""
    operation = ACTS.get((kind, act))
    if operation is None:
        raise NotFound("act")
    held = _held(kind, code)
    form = DecisionForm()
    if not form.validate_on_submit():
        return _page(kind, code, form), 422
    try:
        with write_transaction():
            operation(held.id, reason=form.reason.data, actor_id=current_user.user_id)
    except Refused as refused:
        form.reason.errors = [refusal_sentence(refusal) for refusal in refused.refusals]
        return _page(kind, code, form), 409
    flash(_("Your decision is recorded."), "success")
    return redirect(url_for("administrators.show_quarantine", kind=kind), 303)


def _held(kind: str, code: str) -> Any:
    held: Any = None
    if kind == "course":
        held = find_course_by_code(code)
    elif kind == "institution":
        held = find_institution_by_code(code)
    if held is None or not held.quarantine_reason:
        raise NotFound(kind, code)
    return held


def _page(kind: str, code: str, form: DecisionForm) -> str:
    held = _held(kind, code)
    return render_template(
        "administrators/held.html",
        kind=kind,
        held=held,
        form=form,
        doubts=list_doubts(kind, held.source_key),
        problem_sentence=problem_sentence,
    )
