"""What is paid to me beside my training: why, when, and to which account. Nobody applies for it."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.benefits import labels
from marketplace.benefits.clawbacks.queries.listing import list_clawbacks_of_worker
from marketplace.benefits.operations import name_worker_bank_account
from marketplace.benefits.proofs.labels import PROOF_LABELS
from marketplace.benefits.proofs.queries import list_fee_promises
from marketplace.benefits.queries import find_bank_account_in_force, list_promised_lines
from marketplace.edge.access import access, job_seeker
from marketplace.edge.bank_account_form import BankAccountForm
from marketplace.edge.extensions import limiter
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.reasons import show_reasons
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.payouts.persons.labels import STAGE_LABELS_FOR_PERSON
from marketplace.payouts.persons.queries import list_benefits_of_worker, sum_of_worker
from marketplace.web.job_seekers.blueprint import blueprint

Answer = str | Response | tuple[str, int]


@blueprint.get("/benefits")
@access(job_seeker)
def list_my_benefits() -> str:
    """What is due to me, with every reason; what is promised; where it is paid."""
    return render_template(
        "job_seekers/list_my_benefits.html",
        page=list_benefits_of_worker(current_user.worker_id, asked_page()),
        sums=sum_of_worker(current_user.worker_id),
        fees=list_fee_promises(current_user.worker_id),
        proof_labels=PROOF_LABELS,
        clawbacks=list_clawbacks_of_worker(current_user.worker_id),
        promised=list_promised_lines(current_user.worker_id),
        account=find_bank_account_in_force(current_user.worker_id),
        kinds=labels.KIND_LABELS,
        step_words=labels.step_words,
        stages=STAGE_LABELS_FOR_PERSON,
        today=clock.today(),
        page_url=page_url,
    )


@blueprint.get("/benefits/account")
@access(job_seeker)
def show_my_bank_account() -> str:
    """Where I am paid now, and a form to name another account."""
    return _page(BankAccountForm())


@blueprint.post("/benefits/account")
@access(job_seeker)
@limiter.limit("10 per hour")
def name_my_bank_account() -> Answer:
    """Note the account; the first one counts at once, another one after its hold."""
    form = BankAccountForm()
    if not form.validate_on_submit():
        return _page(form), 422
    name, code = form.named_bank()
    try:
        with write_transaction():
            account = name_worker_bank_account(
                current_user.worker_id,
                number=form.number.data,
                bank_name=name,
                bank_code=code,
                actor_id=current_user.user_id,
            )
            waits = account.payable_from > clock.today()
    except Refused as refused:
        show_reasons(form, refused)
        return _page(form), 422
    if waits:
        flash(_("Noted. For your safety nothing is paid there before the day shown."), "success")
    else:
        flash(_("Noted. What is due to you is paid there."), "success")
    return redirect(url_for("job_seekers.list_my_benefits"), 303)


def _page(form: BankAccountForm) -> str:
    return render_template(
        "job_seekers/show_my_bank_account.html",
        form=form,
        account=find_bank_account_in_force(current_user.worker_id),
        today=clock.today(),
    )
