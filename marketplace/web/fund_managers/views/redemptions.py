"""One redemption: what it paid for, its entries, and taking it back."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.catalog.queries.course_runs import get_course_run_facts
from marketplace.edge.access import access, fund_officer
from marketplace.edge.officers import sees
from marketplace.edge.reasons import show_reasons
from marketplace.enrollment.queries import get_enrollment
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.funds.queries import get_allotment, get_allotment_balances
from marketplace.institutions.queries import get_institution
from marketplace.redemption.models import Redemption
from marketplace.redemption.operations import reverse as operations
from marketplace.redemption.queries.redemptions import (
    find_redemption_by_code,
    is_redemption_settled,
    list_part_reasons,
)
from marketplace.reporting.labels import LEDGER_ACCOUNT_LABELS
from marketplace.reporting.queries import get_entry_view
from marketplace.reporting.trail import trail_of_redemption
from marketplace.retentions import labels as retention_labels
from marketplace.retentions.queries.retentions import list_retentions_of_redemption
from marketplace.vouchers.queries.vouchers import get_voucher
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.forms.disputes import ReverseRedemptionForm

Answer = str | Response | tuple[str, int]


@blueprint.get("/redemptions/<code>")
@access(fund_officer)
def show_redemption(code: str) -> str:
    """What was redeemed, and what taking it back would do to the books."""
    return _page(_redemption(code), ReverseRedemptionForm())


@blueprint.post("/redemptions/<code>/reverse")
@access(fund_officer)
def reverse_redemption(code: str) -> Answer:
    """Take it back with a reason; the voucher is reserved again."""
    redemption = _redemption(code)
    form = ReverseRedemptionForm()
    if not form.validate_on_submit():
        return _page(redemption, form), 422
    try:
        with write_transaction():
            operations.reverse_redemption(
                redemption.id, reason=form.reason.data, actor_id=current_user.user_id
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(_redemption(code), form), 409
    flash(_("The redemption was reversed; the voucher is reserved again."), "success")
    return redirect(url_for("fund_managers.show_redemption", code=code), 303)


def _page(redemption: Redemption, form: ReverseRedemptionForm) -> str:
    enrollment = get_enrollment(redemption.enrollment_id)
    return render_template(
        "fund_managers/redemption.html",
        redemption=redemption,
        voucher=get_voucher(redemption.voucher_id),
        institution=get_institution(redemption.institution_id),
        run=get_course_run_facts(enrollment.course_run_id),
        entry=get_entry_view(redemption.entry_id),
        is_settled=is_redemption_settled(redemption.id),
        part_reason=list_part_reasons([redemption]).get(redemption.id),
        trail=trail_of_redemption(redemption),
        withheld=list_retentions_of_redemption(redemption.id),
        withheld_labels=retention_labels,
        kind_labels=LEDGER_ACCOUNT_LABELS,
        form=form,
    )


def _redemption(code: str) -> Redemption:
    redemption = find_redemption_by_code(code)
    if redemption is None:
        raise NotFound("redemption")
    if not sees(get_allotment_balances(get_allotment(redemption.allotment_id)).jurisdiction.path):
        raise NotFound("redemption")
    return redemption
