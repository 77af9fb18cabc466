"""Claims from the officers' side: check the sample, decide line by line, approve."""

from __future__ import annotations

from collections.abc import Callable

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.claims import labels
from marketplace.claims.operations import decide as operations
from marketplace.claims.queries.claims import get_claim_row, list_claims, list_objections
from marketplace.claims.queries.dates import get_claim_dates
from marketplace.claims.queries.lines import list_claim_lines
from marketplace.claims.queries.policy import get_claim_policy
from marketplace.claims.states import IN_REVIEW, ClaimState
from marketplace.edge.access import access, fund_officer
from marketplace.edge.acting import act_or_tell
from marketplace.edge.answers import flash_refused
from marketplace.edge.claim_packs import claim_pack
from marketplace.edge.extensions import limiter
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_page, page_url
from marketplace.foundation import clock
from marketplace.foundation.errors import Refused
from marketplace.foundation.text import is_number
from marketplace.people.queries import list_user_logins
from marketplace.redemption.queries.class_facts import get_class_terms
from marketplace.reporting.payments import list_payments_of_claim
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.labels import PAYOUT_LABELS

TEXT_MAX = 500


@blueprint.get("/claims", endpoint="list_claims")
@access(fund_officer)
def show_claims() -> str:
    """Claims of the officer's places; what is due first comes first."""
    asked = request.args.get("state", "")
    state = next((state for state in ClaimState if state.value == asked), None)
    return render_template(
        "fund_managers/list_claims.html",
        page=list_claims(asked_page(), paths=officer_paths(), state=state),
        state=state,
        states=[one for one in ClaimState if one is not ClaimState.DRAFT],
        today=clock.today(),
        labels=labels,
        page_url=page_url,
    )


@blueprint.get("/claims/<code>")
@access(fund_officer)
def show_claim(code: str) -> str:
    """One claim: evidence of each line, sample, objections, two signatures."""
    row = get_claim_row(code, paths=officer_paths())
    claim = row.claim
    people = {claim.submitted_by, claim.checked_by, claim.approved_by}
    return render_template(
        "fund_managers/show_claim.html",
        row=row,
        claim=claim,
        lines=list_claim_lines(claim.id),
        objections=list_objections(claim.id),
        dates=get_claim_dates(claim),
        payments=list_payments_of_claim(claim.id),
        payout_labels=PAYOUT_LABELS,
        in_review=claim.state in IN_REVIEW,
        notice_over=claim.notice_until is None or claim.notice_until < clock.today(),
        logins=list_user_logins({one for one in people if one}),
        policy=get_claim_policy(),
        terms=get_class_terms(claim.course_run_id),
        labels=labels,
        text_max=TEXT_MAX,
    )


@blueprint.post("/claims/<code>/check")
@access(fund_officer)
def check_claim(code: str) -> Response:
    """The first signature: every line of the sample was looked at."""
    seen = {int(text) for text in request.form.getlist("seen") if is_number(text)}
    return _act(
        code,
        lambda claim_id: operations.check_claim(
            claim_id, seen_line_ids=seen, actor_id=current_user.user_id
        ),
        _("The claim is checked."),
    )


@blueprint.post("/claims/<code>/approve")
@access(fund_officer)
def approve_claim(code: str) -> Response:
    """The second signature."""
    return _act(
        code,
        lambda claim_id: operations.approve_claim(claim_id, actor_id=current_user.user_id),
        _("The claim is approved and can be settled."),
    )


@blueprint.post("/claims/<code>/lines/<int:line_id>/return")
@access(fund_officer)
def return_claim_line(code: str, line_id: int) -> Response:
    """Give one line back with a reason."""
    return _act(
        code,
        lambda claim_id: operations.return_claim_line(
            claim_id, line_id=line_id, reason=_text("reason"), actor_id=current_user.user_id
        ),
        _("The line was returned; the others go on."),
    )


@blueprint.post("/claims/<code>/lines/<int:line_id>/reject")
@access(fund_officer)
def reject_claim_line(code: str, line_id: int) -> Response:
    """Refuse one line for good."""
    return _act(
        code,
        lambda claim_id: operations.reject_claim_line(
            claim_id, line_id=line_id, reason=_text("reason"), actor_id=current_user.user_id
        ),
        _("The line was rejected and its redemption reversed."),
    )


@blueprint.post("/claims/<code>/objections")
@access(fund_officer)
def record_objection(code: str) -> Response:
    """Write down what somebody said."""
    return _act(
        code,
        lambda claim_id: operations.record_objection(
            claim_id, objection=_text("objection"), actor_id=current_user.user_id
        ),
        _("The objection is recorded; the claim waits for its answer."),
    )


@blueprint.post("/claims/<code>/objections/<int:objection_id>/resolve")
@access(fund_officer)
def resolve_objection(code: str, objection_id: int) -> Response:
    """Write down what was found."""
    return _act(
        code,
        lambda claim_id: operations.resolve_objection(
            claim_id,
            objection_id=objection_id,
            finding=_text("finding"),
            actor_id=current_user.user_id,
        ),
        _("The objection is answered."),
    )


def _text(name: str) -> str:
    return request.form.get(name, "")[:TEXT_MAX]


def _act(code: str, act: Callable[[int], object], done: str) -> Response:
    row = get_claim_row(code, paths=officer_paths())
    act_or_tell(lambda: act(row.claim.id), done=done)
    return redirect(url_for("fund_managers.show_claim", code=code), 303)


@blueprint.get("/claims/<code>/pack.zip")
@access(fund_officer)
@limiter.limit("20 per minute")
def download_claim_pack(code: str) -> Response:
    """The claim as PDF and signed document; 404 before it is submitted."""
    row = get_claim_row(code, paths=officer_paths())
    try:
        return claim_pack(row)
    except Refused as refused:
        flash_refused(refused)
        return redirect(url_for("fund_managers.show_claim", code=code), 303)
