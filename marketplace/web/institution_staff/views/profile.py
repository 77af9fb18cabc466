"""The institution itself: profile, accreditation, payee account."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.catalog.queries.occupations import list_occupation_titles
from marketplace.catalog.rules import LEVEL_WORDS
from marketplace.edge.access import access, institution_manager, institution_staff
from marketplace.edge.reasons import show_reasons
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.institutions.operations import payout_accounts as operations
from marketplace.institutions.queries import (
    find_proposed_payout_account,
    find_verified_payout_account,
    get_institution,
    list_accreditations,
)
from marketplace.institutions.rules import ACCREDITATION_STATE_WORDS, STATE_WORDS
from marketplace.payouts.rails.stripe import find_stripe
from marketplace.teaching.queries import list_site_names
from marketplace.web.institution_staff.blueprint import blueprint
from marketplace.web.institution_staff.forms.payout_accounts import ProposePayoutAccountForm

Answer = str | Response | tuple[str, int]


@blueprint.get("/profile")
@access(institution_staff)
def show_profile() -> str:
    """What the register says about the institution, and what it may teach until when."""
    accreditations = list_accreditations(current_user.institution_id)
    return render_template(
        "institution_staff/show_profile.html",
        institution=get_institution(current_user.institution_id),
        accreditations=accreditations,
        occupation_titles=list_occupation_titles(row.occupation_code for row in accreditations),
        state_words=STATE_WORDS,
        accreditation_words=ACCREDITATION_STATE_WORDS,
        level_words=LEVEL_WORDS,
        site_names=list_site_names(row.site_id for row in accreditations),
    )


@blueprint.get("/payout-account")
@access(institution_manager)
def show_payout_account() -> str:
    """Where the institution is paid, masked, and a form for another account."""
    form = ProposePayoutAccountForm(holder=get_institution(current_user.institution_id).name)
    return _payout_account_page(form)


@blueprint.post("/payout-account")
@access(institution_manager)
def propose_payout_account() -> Answer:
    """Name an account; an officer verifies it before anything is paid there."""
    form = ProposePayoutAccountForm()
    if not form.validate_on_submit():
        return _payout_account_page(form), 422
    try:
        with write_transaction():
            operations.propose_payout_account(
                current_user.institution_id,
                holder=form.holder.data,
                number=form.number.data,
                bank_name=form.bank_name.data,
                bank_code=form.bank_code.data,
                connected_account=form.connected_account.data or "",
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _payout_account_page(form), 409
    flash(_("The account is noted. An officer will verify it."), "success")
    return redirect(url_for("institution_staff.show_payout_account"), 303)


def _payout_account_page(form: ProposePayoutAccountForm) -> str:
    institution_id = current_user.institution_id
    return render_template(
        "institution_staff/show_payout_account.html",
        form=form,
        verified=find_verified_payout_account(institution_id),
        proposed=find_proposed_payout_account(institution_id),
        has_stripe=find_stripe() is not None,
    )
