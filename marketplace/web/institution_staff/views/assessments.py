"""Asking a body of the directory to assess a class, and taking it back."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.assessments.operations import assign_assessment, cancel_assessment
from marketplace.assessments.queries import find_live_assessment
from marketplace.edge.access import access, institution_manager
from marketplace.edge.answers import flash_refused
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.web.institution_staff.blueprint import blueprint
from marketplace.web.institution_staff.views.classes import get_own_run


@blueprint.post("/classes/<code>/assessment")
@access(institution_manager)
def assign_class_assessment(code: str) -> Response:
    """This body is to assess the class."""
    run = get_own_run(code)
    try:
        with write_transaction():
            assign_assessment(
                run.id,
                assessor_code=request.form.get("assessor", "")[:40],
                actor_id=current_user.user_id,
            )
        flash(_("The body has been asked. Its people enter the results."), "success")
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("institution_staff.show_results", code=code), 303)


@blueprint.post("/classes/<code>/assessment/cancel")
@access(institution_manager)
def cancel_class_assessment(code: str) -> Response:
    """The body is not to assess it after all."""
    run = get_own_run(code)
    live = find_live_assessment(run.id)
    if live is None:
        raise NotFound("assessment")
    try:
        with write_transaction():
            cancel_assessment(
                live.code, reason=request.form.get("reason", ""), actor_id=current_user.user_id
            )
        flash(_("The body is no longer asked to assess this class."), "success")
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("institution_staff.show_results", code=code), 303)
