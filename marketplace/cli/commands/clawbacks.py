"""`clawbacks`: training money taken back from institutions, and what the system proposes so.

Of people that is another command: `benefit-clawbacks`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click
from flask.cli import AppGroup

from marketplace.cli.acting import act_as, by_option, json_option, reason_option
from marketplace.cli.answers import print_json
from marketplace.cli.codes import no_code_of
from marketplace.settlement.operations import clawbacks, voided
from marketplace.settlement.queries.receivables import ClawbackRow, get_clawback_row
from marketplace.settlement.queries.voided import (
    ProposalRow,
    get_proposed_clawback,
    list_proposed_clawbacks,
)

group = AppGroup(
    "clawbacks",
    short_help="From INSTITUTIONS: take training money back (CP-…, CB-…).",
    help="Take training money back from INSTITUTIONS: proposals CP-…, clawbacks CB-….\n\n"
    "What people give back of benefits (BC-…) is `benefit-clawbacks`.",
)
EVERYWHERE = ("",)
_of_institutions = no_code_of(
    {
        "BC-": "a clawback from a person: use `benefit-clawbacks`",
        "BN-": "a benefit of a person: use `benefit-clawbacks`",
    }
)


@group.command("proposed")
@json_option
def proposed(as_json: bool) -> None:
    """Clawbacks from institutions that the system proposes and nobody has decided, oldest first
    (at most 200)."""
    rows = [_proposal(row) for row in list_proposed_clawbacks(EVERYWHERE)]
    if as_json:
        print_json({"total": len(rows), "proposals": rows})
        return
    for row in rows:
        click.echo(_line(row))
    click.echo(f"{len(rows)} proposed clawbacks", err=True)


@group.command("take")
@click.argument("proposal", metavar="PROPOSAL", callback=_of_institutions)
@click.option("--instalments", default=1, show_default=True, type=int, help="Monthly.")
@reason_option
@by_option
@json_option
def take(proposal: str, instalments: int, reason: str, by: str, as_json: bool) -> None:
    """Prepare the clawback of PROPOSAL, CP-… (first officer); `approve` signs it."""
    _act(
        proposal,
        by,
        as_json,
        lambda proposal_id, actor_id: voided.take_proposed_clawback(
            proposal_id, instalments=instalments, reason=reason, actor_id=actor_id
        ),
    )


@group.command("dismiss")
@click.argument("proposal", metavar="PROPOSAL", callback=_of_institutions)
@reason_option
@by_option
@json_option
def dismiss(proposal: str, reason: str, by: str, as_json: bool) -> None:
    """Say that nothing is to be taken back for PROPOSAL (first officer)."""
    _act(
        proposal,
        by,
        as_json,
        lambda proposal_id, actor_id: voided.prepare_dismissal(
            proposal_id, reason=reason, actor_id=actor_id
        ),
    )


@group.command("sign-dismissal")
@click.argument("proposal", metavar="PROPOSAL", callback=_of_institutions)
@by_option
@json_option
def sign_dismissal(proposal: str, by: str, as_json: bool) -> None:
    """Sign that nothing is taken back for PROPOSAL (second officer)."""
    _act(
        proposal,
        by,
        as_json,
        lambda proposal_id, actor_id: voided.approve_dismissal(proposal_id, actor_id=actor_id),
    )


@group.command("return-dismissal")
@click.argument("proposal", metavar="PROPOSAL", callback=_of_institutions)
@reason_option
@by_option
@json_option
def return_dismissal(proposal: str, reason: str, by: str, as_json: bool) -> None:
    """Send the dismissal back (second officer): PROPOSAL stays."""
    _act(
        proposal,
        by,
        as_json,
        lambda proposal_id, actor_id: voided.reject_dismissal(
            proposal_id, reason=reason, actor_id=actor_id
        ),
    )


@group.command("approve")
@click.argument("code", metavar="CLAWBACK", callback=_of_institutions)
@by_option
@json_option
def approve(code: str, by: str, as_json: bool) -> None:
    """Sign CLAWBACK, CB-… (second officer): the institution owes it."""
    _decide(
        code,
        by,
        as_json,
        lambda row, actor_id: clawbacks.approve_clawback(row.clawback.id, actor_id=actor_id),
    )


@group.command("reject")
@click.argument("code", metavar="CLAWBACK", callback=_of_institutions)
@reason_option
@by_option
@json_option
def reject(code: str, reason: str, by: str, as_json: bool) -> None:
    """Send CLAWBACK back (second officer); what proposed it is open again."""
    _decide(
        code,
        by,
        as_json,
        lambda row, actor_id: clawbacks.reject_clawback(
            row.clawback.id, reason=reason, actor_id=actor_id
        ),
    )


def _act(code: str, by: str, as_json: bool, act: Callable[[int, int], object]) -> None:
    def find(paths: Sequence[str]) -> ProposalRow:
        return get_proposed_clawback(code, paths=paths)

    act_as(
        by,
        lambda row, actor_id: act(row.proposal.id, actor_id),
        find=find,
        tell=lambda paths: _proposal(find(paths)),
        line=_line,
        as_json=as_json,
    )


def _decide(code: str, by: str, as_json: bool, act: Callable[[ClawbackRow, int], object]) -> None:
    act_as(
        by,
        act,
        find=lambda paths: get_clawback_row(code, paths=paths),
        tell=lambda paths: _clawback(get_clawback_row(code, paths=paths)),
        line=lambda told: f"{told['clawback']}: {told['state']}, {told['amount_fen']} fen",
        as_json=as_json,
    )


def _proposal(row: ProposalRow) -> dict[str, Any]:
    one = row.proposal
    return {
        "proposal": one.code,
        "institution": row.institution_code,
        "class": row.run_code,
        "redemption": row.redemption_code,
        "certificate": one.certificate,
        "cause": one.reason,
        "amount_fen": one.amount_fen,
        "currency": one.currency,
        "state": one.state.value,
        "proposed_at": one.proposed_at.isoformat(),
        "clawback": row.clawback_code,
        "dismissal_reason": one.dismissal_reason,
    }


def _line(document: dict[str, Any]) -> str:
    then = f", clawback {document['clawback']}" if document["clawback"] else ""
    amount, state = document["amount_fen"], document["state"]
    return f"{document['proposal']}  {document['institution']}  {amount:>9} fen  {state}{then}"


def _clawback(row: ClawbackRow) -> dict[str, Any]:
    one = row.clawback
    return {
        "clawback": one.code,
        "amount_fen": one.amount_fen,
        "currency": one.currency,
        "instalments": one.instalments,
        "state": one.state.value,
        "reason": one.reason,
        "entry_id": one.entry_id,
    }
