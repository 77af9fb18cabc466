"""The logins that act for an employer, recorded by the office that gave it a quota."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, fund_officer
from marketplace.edge.officers import officer_paths
from marketplace.edge.reasons import show_reasons
from marketplace.employers.operations.employers import end_member, record_member
from marketplace.employers.queries.employers import list_members
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.quotas.queries.quotas import QuotaItem, find_quota_in_scope
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.forms.quotas import MemberForm
from marketplace.web.fund_managers.quota_page import QuotaForms, quota_page

Answer = str | Response | tuple[str, int]


@blueprint.post("/quotas/<code>/logins")
@access(fund_officer)
def record_employer_member(code: str) -> Answer:
    """Let a login act for the employer, by its letter."""
    item, form = _quota_here(code), MemberForm(prefix="login")
    if not form.validate_on_submit():
        return quota_page(item, QuotaForms(member=form)), 422
    try:
        with write_transaction():
            record_member(
                item.employer,
                login=form.login.data,
                document_number=form.document_number.data,
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return quota_page(_quota_here(code), QuotaForms(member=form)), 409
    flash(_("The login acts for the employer from now on."), "success")
    return redirect(url_for("fund_managers.show_quota", code=code), 303)


@blueprint.post("/quotas/<code>/logins/<int:member_id>/end")
@access(fund_officer)
def end_employer_member(code: str, member_id: int) -> Response:
    """The login acts no longer for the employer."""
    item = _quota_here(code)
    with write_transaction():
        member = next((one for one in list_members(item.employer.id) if one.id == member_id), None)
        if member is None:
            raise NotFound("employer member", member_id)
        end_member(member, actor_id=current_user.user_id)
    flash(_("The login no longer acts for the employer."), "success")
    return redirect(url_for("fund_managers.show_quota", code=code), 303)


def _quota_here(code: str) -> QuotaItem:
    item = find_quota_in_scope(code, officer_paths())
    if item is None:
        raise NotFound("quota", code)
    return item
