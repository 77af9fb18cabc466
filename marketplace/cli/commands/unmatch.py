"""`unmatch`: a bank line that was tied to the wrong payout is untied, by two officers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click
from flask.cli import AppGroup

from marketplace.cli.acting import act_as, by_option, json_option, reason_option
from marketplace.cli.answers import print_json, refusals_end_the_command
from marketplace.foundation.paging import PAGE_SIZE_MAX, PageRequest
from marketplace.reconciliation.operations import undoing
from marketplace.reconciliation.queries.match_pages import MatchPage, TieRow, get_match_page
from marketplace.reconciliation.queries.undoing import (
    LineInPlace,
    UndoingRow,
    get_line_in_place,
    list_undoings,
)
from marketplace.reconciliation.rules.undoing import refusals_for_match
from marketplace.reconciliation.states import UndoingState

TO_SIGN = "to_sign"

group = AppGroup(
    "unmatch",
    short_help="Untie bank lines from the wrong payouts.",
    help="Untie bank lines from payouts they were wrongly matched to: one officer proposes, "
    "another signs.",
)


@group.command("list")
@click.option("--all", "every", is_flag=True, help="Those that were decided, too.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, PAGE_SIZE_MAX))
@json_option
def list_(every: bool, limit: int, as_json: bool) -> None:
    """Matches that wait for a second signature to be undone, newest first."""
    state = None if every else UndoingState.PROPOSED
    page = list_undoings(PageRequest(1, limit), state=state)
    rows = [_proposal(row) for row in page.items]
    if as_json:
        print_json({"total": page.total, "undoings": rows})
        return
    for row in rows:
        click.echo(f"{row['line']}  {row['amount_fen']:>12}  {row['state']}  {row['reason']}")
    click.echo(f"{page.total} undoings", err=True)


@group.command("show")
@click.argument("code", metavar="LINE")
@json_option
def show(code: str, as_json: bool) -> None:
    """What LINE is tied to, what was undone, and every reason against undoing it now."""
    with refusals_end_the_command(as_json=as_json):
        document = _document(get_match_page(code))
    if as_json:
        print_json(document)
    else:
        click.echo(_line(document))


@group.command("propose")
@click.argument("code", metavar="LINE")
@reason_option
@by_option
@json_option
def propose(code: str, reason: str, by: str, as_json: bool) -> None:
    """Propose that LINE was tied to the wrong payout (first officer)."""
    _act(
        code,
        by,
        as_json,
        lambda place, actor_id: undoing.propose_undoing(
            place.line.id, reason=reason, actor_id=actor_id
        ),
    )


@group.command("sign")
@click.argument("code", metavar="LINE")
@by_option
@json_option
def sign(code: str, by: str, as_json: bool) -> None:
    """Sign it (second officer): the payouts are on their way again, LINE is open."""
    _act(
        code,
        by,
        as_json,
        lambda place, actor_id: undoing.approve_undoing(place.line.id, actor_id=actor_id),
    )


@group.command("return")
@click.argument("code", metavar="LINE")
@reason_option
@by_option
@json_option
def return_(code: str, reason: str, by: str, as_json: bool) -> None:
    """Send it back (second officer): the match counts as before."""
    _act(
        code,
        by,
        as_json,
        lambda place, actor_id: undoing.return_undoing(
            place.line.id, reason=reason, actor_id=actor_id
        ),
    )


@group.command("withdraw")
@click.argument("code", metavar="LINE")
@by_option
@json_option
def withdraw(code: str, by: str, as_json: bool) -> None:
    """Take the proposal back (the first officer) before anybody signed."""
    _act(
        code,
        by,
        as_json,
        lambda place, actor_id: undoing.withdraw_undoing(place.line.id, actor_id=actor_id),
    )


def _act(code: str, by: str, as_json: bool, act: Callable[[LineInPlace, int], object]) -> None:
    act_as(
        by,
        act,
        find=lambda paths: get_line_in_place(code, paths=paths),
        tell=lambda paths: _document(get_match_page(code, paths=paths)),
        line=_line,
        as_json=as_json,
    )


def _document(found: MatchPage) -> dict[str, Any]:
    line = found.place.line
    waiting = found.waiting
    return {
        "line": line.code,
        "statement": found.place.statement_code,
        "account": found.place.bank_account,
        "currency": found.place.currency,
        "amount_fen": line.amount_fen,
        "booked_on": line.booked_on.isoformat(),
        "state": TO_SIGN if waiting else line.state.value,
        "difference": found.break_code,
        "payouts": [_tie(row) for row in found.ties],
        "payouts_total": found.tie_count,
        "undone": [_tie(row) for row in found.undone],
        "waiting": _proposal(waiting) if waiting else None,
        "against": [refusal.code for refusal in refusals_for_match(found.use)],
    }


def _tie(row: TieRow) -> dict[str, Any]:
    return {
        "payout": row.payout_code,
        "state": row.state.value,
        "line": row.line_code,
        "amount_fen": row.amount_fen,
        "entry": row.entry_id,
        "reversed_by": row.reversal_id,
        "rule": row.rule,
        "undone_at": row.undone_at.isoformat() if row.undone_at else None,
        "reason": row.undone_for,
    }


def _proposal(row: UndoingRow) -> dict[str, Any]:
    one = row.undoing
    return {
        "code": one.code,
        "line": row.line.code,
        "statement": row.statement_code,
        "amount_fen": row.line.amount_fen,
        "state": one.state.value,
        "reason": one.reason,
        "proposed_by": row.proposed_by_login,
        "decided_by": row.decided_by_login,
        "decision_reason": one.decision_reason,
    }


def _line(document: dict[str, Any]) -> str:
    payouts = ", ".join(row["payout"] for row in document["payouts"]) or "–"
    what = (document[name] for name in ("line", "booked_on", "amount_fen", "state"))
    return "  ".join([*(str(each) for each in what), payouts])
