"""Finding one's own learner by the code of their voucher; never a list of holders."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.catalog.queries.course_runs import get_course_run
from marketplace.edge.access import access, institution_staff
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refusal, Refused
from marketplace.redemption.operations import look_up
from marketplace.web.institution_staff.blueprint import blueprint
from marketplace.web.institution_staff.forms.classes import VoucherCodeForm


@blueprint.get("/look-up")
@access(institution_staff)
def show_look_up() -> str:
    """One field for one code."""
    return render_template("institution_staff/show_look_up.html", form=VoucherCodeForm())


@blueprint.post("/look-up")
@access(institution_staff)
def look_up_voucher() -> Response | tuple[str, int]:
    """Go to the class of the learner who holds this voucher."""
    form = VoucherCodeForm()
    refusals: tuple[Refusal, ...] = ()
    if form.validate_on_submit():
        try:
            with write_transaction():
                enrollment = look_up.look_up_voucher(
                    form.voucher_code.data,
                    institution_id=current_user.institution_id,
                    actor_id=current_user.user_id,
                )
        except Refused as refused:
            enrollment, refusals = None, refused.refusals
        if enrollment is not None:
            run = get_course_run(enrollment.course_run_id)
            anchor = f"learner-{enrollment.id}"
            target = url_for("institution_staff.show_class", code=run.code, _anchor=anchor)
            return redirect(target, 303)
        refusals = refusals or (Refusal("voucher_code_unknown"),)
    page = render_template("institution_staff/show_look_up.html", form=form, refusals=refusals)
    return page, 409 if refusals else 422
