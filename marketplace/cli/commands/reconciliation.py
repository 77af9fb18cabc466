"""`reconciliation run`, `show`, `suggestions`, `propose`: do bank, payouts and books agree?"""

from __future__ import annotations

import sys
from typing import Any

import click
from flask.cli import AppGroup

from marketplace.cli.answers import EXIT_REFUSED, print_json, refusals_end_the_command
from marketplace.cli.matching import reconcile_all
from marketplace.foundation.paging import PAGE_SIZE_MAX, PageRequest
from marketplace.reconciliation.operations.proposals import list_proposed
from marketplace.reconciliation.operations.suggestions import list_suggestions
from marketplace.reconciliation.queries.overview import BreakFilter, get_reconciliation, list_breaks
from marketplace.reconciliation.queries.proposals import (
    BreakLine,
    count_waiting_proposals,
    list_open_break_lines,
)
from marketplace.reconciliation.rules.proposals import Proposed
from marketplace.reconciliation.rules.suggestions import Suggestion

SHOWN_MAX = 1_000

group = AppGroup("reconciliation", help="Bank statements against payouts and the books.")
bank_account_option = click.option(
    "--account", "bank_account", metavar="CODE", help="One bank account only."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@group.command("run")
@bank_account_option
@json_option
def run(bank_account: str | None, as_json: bool) -> None:
    """Match open statement lines, then show what is left.

    What found its payout is booked chunk by chunk: stopped anywhere, run it again.
    """
    with refusals_end_the_command(as_json=as_json):
        result = reconcile_all(bank_account=bank_account)
    more = {"matched_now": result.matched, "breaks_opened": result.breaks_opened}
    _answer(bank_account, more, as_json=as_json)


@group.command("show")
@bank_account_option
@json_option
def show(bank_account: str | None, as_json: bool) -> None:
    """Show matches, differences and what is unexplained."""
    _answer(bank_account, {}, as_json=as_json)


@group.command("suggestions")
@json_option
def suggestions(as_json: bool) -> None:
    """Show what open lines may belong to. Officers confirm on the reconciliation page."""
    found = [_suggestion(each) for each in list_suggestions()]
    if as_json:
        print_json({"total": len(found), "suggestions": found[:SHOWN_MAX]})
        return
    for item in found[:SHOWN_MAX]:
        click.echo(f"{item['confidence']:3} {item['kind']}: {', '.join(item['payouts'])}")
    click.echo(f"{len(found)} suggestions", err=True)


@group.command("propose")
@json_option
def propose(as_json: bool) -> None:
    """Show which entry would settle each open difference, and what waits for a signature.

    Officers take and sign on the pages: a signature is a person's own login (decision 0104).
    """
    rows = list_open_break_lines()
    proposed = list_proposed(rows)
    found = [_proposal(row, proposed[row.item.id]) for row in rows]
    if as_json:
        waiting = count_waiting_proposals()
        print_json({"total": len(found), "proposals": found, "waiting_for_signature": waiting})
        return
    for item in found:
        click.echo(f"{item['break']} {item['amount_fen']}: {item['kind'] or '–'} ({item['why']})")
    click.echo(f"{len(found)} open differences", err=True)


def _proposal(row: BreakLine, proposed: Proposed) -> dict[str, Any]:
    return {
        "break": row.item.code,
        "account": row.bank_account,
        "cause": row.item.cause,
        "amount_fen": row.item.amount_fen,
        "currency": row.currency,
        "kind": proposed.kind.value if proposed.kind else None,
        "payout": proposed.payout_code,
        "stripe_movement": proposed.movement_id,
        "why": proposed.reason.code,
    }


def _suggestion(each: Suggestion) -> dict[str, Any]:
    return {
        "key": each.key,
        "kind": each.kind.value,
        "confidence": each.confidence,
        "sure": each.is_sure,
        "lines": [line.code for line in each.lines],
        "payouts": [payout.payout_code for payout in each.payouts],
        "reasons": [reason.code for reason in each.reasons],
    }


def _answer(bank_account: str | None, more: dict[str, Any], *, as_json: bool) -> None:
    document = {**reconciliation_document(bank_account), **more}
    if as_json:
        print_json(document)
    else:
        for name in ("lines", "matched", "explained", "breaks", "found", "unexplained_fen"):
            click.echo(f"{name}: {document[name]}")
    sys.exit(EXIT_REFUSED if document["unexplained_fen"] else 0)


def reconciliation_document(bank_account: str | None) -> dict[str, Any]:
    """The answer others script against. `unexplained_fen` is 0 when everything agrees."""
    summary = get_reconciliation(bank_account)
    breaks = list_breaks(
        PageRequest(1, PAGE_SIZE_MAX), wanted=BreakFilter(bank_account=bank_account)
    ).items
    return {
        "lines": summary.lines,
        "matched": summary.matched,
        "explained": summary.explained,
        "breaks": summary.breaks,
        "found": summary.found,
        "unexplained_fen": summary.unexplained_fen,
        "open_lines_fen": summary.open_fen,
        "clearing": [
            {"rail": rail.rail, "clearing_fen": rail.clearing_fen, "sent_fen": rail.sent_fen}
            for rail in summary.rails
        ],
        "open_breaks": [
            {
                "code": row.item.code,
                "cause": row.item.cause,
                "amount_fen": row.item.amount_fen,
                "age_days": row.age_days,
                "owner": row.owner_login,
            }
            for row in breaks
        ],
    }
