"""Settling differences of the bank: what is proposed, who takes it, who signs it."""

from __future__ import annotations

from collections.abc import Callable

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, fund_officer
from marketplace.edge.acting import act_or_tell
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_page, page_url
from marketplace.foundation.errors import Refusal, Refused
from marketplace.ledger.entries import AccountName
from marketplace.reconciliation.entries import WITHOUT_OWN_ENTRY, counter_side, other_bank
from marketplace.reconciliation.operations import proposals, settling
from marketplace.reconciliation.queries.overview import get_break_by_code
from marketplace.reconciliation.queries.proposals import (
    AT_ONCE_MAX,
    BreakLine,
    find_named_payout,
    get_proposal_by_code,
    list_break_lines,
    list_proposals_of_break,
    list_waiting_proposals,
)
from marketplace.reconciliation.queries.repayments import find_named_clawback
from marketplace.reconciliation.queries.undoing import list_undone_ties
from marketplace.reconciliation.rules.proposals import Proposed, kinds_for
from marketplace.reconciliation.states import ProposalKind
from marketplace.reporting.labels import LEDGER_ACCOUNT_LABELS
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.labels import (
    BREAK_LABELS,
    CAUSE_LABELS,
    PROPOSAL_KIND_LABELS,
    PROPOSAL_LABELS,
    PROPOSAL_REASON_LABELS,
)

WORKLIST = "fund_managers.list_break_proposals"


@blueprint.get("/reconciliation/breaks/<code>")
@access(fund_officer)
def show_break(code: str) -> str:
    """One difference: the bank's line, what is proposed and why, who signed what."""
    paths = officer_paths()
    get_break_by_code(code, paths=paths)
    [row] = list_break_lines([code], paths=paths)
    proposed = proposals.list_proposed([row], paths=paths)[row.item.id]
    return render_template(
        "fund_managers/show_break.html",
        row=row,
        proposed=proposed,
        preview=_preview(row, proposed),
        ledger_labels=LEDGER_ACCOUNT_LABELS,
        story=list_proposals_of_break(row.item.id),
        was_tied=bool(list_undone_ties(row.line.id)),
        choices=kinds_for(row.item.amount_fen),
        kinds=PROPOSAL_KIND_LABELS,
        reasons=PROPOSAL_REASON_LABELS,
        labels=PROPOSAL_LABELS,
        break_labels=BREAK_LABELS,
        causes=CAUSE_LABELS,
    )


@blueprint.post("/reconciliation/breaks/<code>/propose")
@access(fund_officer)
def propose_break_entry(code: str) -> Response:
    """The maker takes the system's proposal, or another one."""
    get_break_by_code(code, paths=officer_paths())
    return _act(
        lambda: proposals.propose_entry(
            code, _choice(), actor_id=current_user.user_id, paths=officer_paths()
        ),
        _("Proposed. Another officer signs it next."),
        url_for("fund_managers.show_break", code=code),
    )


@blueprint.post("/reconciliation/breaks/propose")
@access(fund_officer)
def propose_break_entries() -> Response:
    """The maker takes the system's proposals for several differences of one kind."""
    return _act(
        lambda: proposals.take_proposals(
            request.form.getlist("code"),
            actor_id=current_user.user_id,
            reason=request.form.get("reason", ""),
            paths=officer_paths(),
        ),
        _("Proposed. Another officer signs them next."),
        url_for("fund_managers.show_reconciliation"),
    )


@blueprint.get("/reconciliation/proposals", endpoint="list_break_proposals")
@access(fund_officer)
def show_break_proposals() -> str:
    """The checker's worklist."""
    kind = request.args.get("kind", "")
    return render_template(
        "fund_managers/list_break_proposals.html",
        page=list_waiting_proposals(asked_page(), kind=kind, paths=officer_paths()),
        kind=kind,
        kinds=PROPOSAL_KIND_LABELS,
        causes=CAUSE_LABELS,
        page_url=page_url,
    )


@blueprint.post("/reconciliation/proposals/approve")
@access(fund_officer)
def approve_break_proposals() -> Response:
    """The checker signs the chosen ones: all of them or none."""
    codes = request.form.getlist("code")
    for code in codes[: AT_ONCE_MAX + 1]:
        get_proposal_by_code(code, paths=officer_paths())
    return _act(
        lambda: settling.approve_proposals(
            codes, actor_id=current_user.user_id, paths=officer_paths()
        ),
        _("Signed and booked; the lines count as explained."),
        url_for(WORKLIST),
    )


@blueprint.post("/reconciliation/proposals/<code>/return")
@access(fund_officer)
def return_break_proposal(code: str) -> Response:
    """The checker sends one back."""
    row = get_proposal_by_code(code, paths=officer_paths())
    return _act(
        lambda: settling.return_proposal(
            code, reason=request.form.get("reason", ""), actor_id=current_user.user_id
        ),
        _("Sent back; nothing was booked."),
        url_for("fund_managers.show_break", code=row.item.code),
    )


@blueprint.post("/reconciliation/proposals/<code>/withdraw")
@access(fund_officer)
def withdraw_break_proposal(code: str) -> Response:
    """The maker takes it back."""
    row = get_proposal_by_code(code, paths=officer_paths())
    return _act(
        lambda: proposals.withdraw_proposal(code, actor_id=current_user.user_id),
        _("Withdrawn; nothing was booked."),
        url_for("fund_managers.show_break", code=row.item.code),
    )


@blueprint.post("/reconciliation/proposals/<code>/reverse")
@access(fund_officer)
def reverse_break_proposal(code: str) -> Response:
    """Propose to undo what was booked."""
    row = get_proposal_by_code(code, paths=officer_paths())
    return _act(
        lambda: proposals.propose_reversal(
            code, reason=request.form.get("reason", ""), actor_id=current_user.user_id
        ),
        _("The reversal is proposed. Another officer signs it next."),
        url_for("fund_managers.show_break", code=row.item.code),
    )


def _preview(row: BreakLine, proposed: Proposed) -> list[tuple[AccountName, bool, int]]:
    """Both sides of the entry the proposal would book: account, whether debit, fen."""
    kind = proposed.kind
    if kind is None or kind in WITHOUT_OWN_ENTRY:
        return []
    code = proposed.payout_code
    payout = find_named_payout(code) if code else None
    owed = find_named_clawback(code, paths=officer_paths()) if code else None
    if kind is ProposalKind.PERSON_REPAID and owed is None:
        return []
    counter = counter_side(
        kind,
        bank_account=row.bank_account,
        currency=row.currency,
        institution_code=payout.institution_code if payout else None,
        worker_code=owed.worker_code if owed else payout.worker_code if payout else None,
        place_code=row.place_code,
    )
    bank = other_bank(row.bank_account, row.currency)
    fen = abs(row.item.amount_fen)
    debited, credited = (counter, bank) if row.item.amount_fen < 0 else (bank, counter)
    return [(debited, True, fen), (credited, False, fen)]


def _choice() -> proposals.Choice:
    try:
        kind = ProposalKind(request.form.get("kind", ""))
    except ValueError as error:
        raise Refused(Refusal("proposal_other_direction", field="kind")) from error
    return proposals.Choice(
        kind, request.form.get("reason", ""), request.form.get("payout", "")[:40]
    )


def _act(act: Callable[[], object], done: str, back: str) -> Response:
    act_or_tell(act, done=done)
    return redirect(back, 303)
