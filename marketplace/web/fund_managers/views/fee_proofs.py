"""Receipts for assessment fees: the worklist, one with its paper, the officer's answer."""

from __future__ import annotations

from collections.abc import Callable

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.benefits.proofs import operations
from marketplace.benefits.proofs.labels import PROOF_LABELS
from marketplace.benefits.proofs.queries import get_fee_proof, list_fee_proofs
from marketplace.benefits.proofs.states import FeeProofState
from marketplace.edge.access import access, fund_officer
from marketplace.edge.acting import act_or_tell
from marketplace.edge.downloads import attachment
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_page, page_url
from marketplace.foundation.db import write_transaction
from marketplace.people.operations.documents import open_document
from marketplace.people.queries.documents import get_document
from marketplace.web.fund_managers.blueprint import blueprint


@blueprint.get("/fee-proofs", endpoint="list_fee_proofs")
@access(fund_officer)
def show_fee_proofs() -> str:
    """What waits to be checked, oldest first; or what was decided."""
    asked = request.args.get("state", FeeProofState.HANDED_IN.value)
    state = FeeProofState(asked) if asked in tuple(FeeProofState) else None
    return render_template(
        "fund_managers/list_fee_proofs.html",
        page=list_fee_proofs(asked_page(), paths=officer_paths(), state=state),
        state=state,
        labels=PROOF_LABELS,
        page_url=page_url,
    )


@blueprint.get("/fee-proofs/<code>")
@access(fund_officer)
def show_fee_proof(code: str) -> str:
    """One receipt."""
    row = get_fee_proof(code, paths=officer_paths())
    return render_template("fund_managers/show_fee_proof.html", row=row, labels=PROOF_LABELS)


@blueprint.get("/fee-proofs/<code>/receipt")
@access(fund_officer)
def download_fee_receipt(code: str) -> Response:
    """The paper itself; opening it is recorded and shown to the person."""
    proof = get_fee_proof(code, paths=officer_paths()).proof
    with write_transaction():
        purpose = _("Check of receipt %(code)s", code=code)
        content = open_document(proof.document_id, purpose=purpose, actor_id=current_user.user_id)
        document = get_document(proof.document_id)
        media_type, file_name = document.media_type, document.file_name
    return attachment(content, media_type=media_type, file_name=file_name)


@blueprint.post("/fee-proofs/<code>/accept")
@access(fund_officer)
def accept_fee_proof(code: str) -> Response:
    """It is in order: the fee is decided by it."""
    return _act(
        code,
        lambda proof_id, me: operations.accept_fee_proof(proof_id, actor_id=me),
        _("Checked. The fee is decided by itself; the person has been told."),
    )


@blueprint.post("/fee-proofs/<code>/reject")
@access(fund_officer)
def reject_fee_proof(code: str) -> Response:
    """It does not do; the person reads why."""
    reason = request.form.get("reason", "")
    return _act(
        code,
        lambda proof_id, me: operations.reject_fee_proof(proof_id, reason=reason, actor_id=me),
        _("Not accepted. The person has been told why."),
    )


def _act(code: str, act: Callable[[int, int], object], done: str) -> Response:
    proof_id = get_fee_proof(code, paths=officer_paths()).proof.id
    act_or_tell(lambda: act(proof_id, current_user.user_id), done=done)
    return redirect(url_for("fund_managers.show_fee_proof", code=code), 303)
