"""`benefit-clawbacks`: paid benefits taken back from people, and what came back of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click
from flask.cli import AppGroup

from marketplace.benefits.clawbacks.operations import deciding, repayments
from marketplace.benefits.clawbacks.queries.listing import (
    BenefitClawbackRow,
    Wanted,
    get_benefit_clawback_row,
    get_repayment,
    list_benefit_clawbacks,
    list_paid_but_fallen,
    list_repayments,
)
from marketplace.cli.answers import print_json, refusals_end_the_command
from marketplace.cli.drafting import officer_named
from marketplace.drafting.operations.drafts import Officer
from marketplace.foundation.db import write_transaction
from marketplace.foundation.paging import PAGE_SIZE_MAX, PageRequest
from marketplace.payouts.persons.queries import get_benefit_row

group = AppGroup("benefit-clawbacks", help="Paid benefits taken back from people.")
EVERYWHERE = ("",)
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
_by = click.option("--by", required=True, metavar="LOGIN", help="The fund officer who acts.")


@group.command("list")
@click.option("--state", type=click.Choice([one.value for one in Wanted]))
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, PAGE_SIZE_MAX))
@_json
def list_(state: str | None, limit: int, as_json: bool) -> None:
    """Clawbacks, newest first, and paid benefits that lost their cause since."""
    wanted = Wanted(state) if state else None
    page = list_benefit_clawbacks(PageRequest(1, limit), paths=EVERYWHERE, wanted=wanted)
    rows = [_document(row) for row in page.items]
    fallen = [
        {
            "benefit": one.benefit.code,
            "worker": one.worker_code,
            "amount_fen": one.benefit.amount_fen,
        }
        for one in list_paid_but_fallen(paths=EVERYWHERE)
    ]
    if as_json:
        print_json({"total": page.total, "clawbacks": rows, "paid_without_cause": fallen})
        return
    for row in rows:
        click.echo(f"{row['clawback']}  {row['worker']}  {row['left_fen']:>9}  {row['state']}")
    click.echo(f"{page.total} clawbacks; {len(fallen)} paid benefits without their cause.")


@group.command("prepare")
@click.argument("benefit", metavar="BENEFIT")
@click.option("--amount-fen", type=click.IntRange(1), help="The whole benefit when not said.")
@click.option("--instalments", default=1, show_default=True, type=int)
@click.option("--reason", required=True)
@click.option("--clause", required=True)
@_by
@_json
def prepare(
    benefit: str,
    amount_fen: int | None,
    instalments: int,
    reason: str,
    clause: str,
    by: str,
    as_json: bool,
) -> None:
    """Prepare to take BENEFIT back from its person (first officer)."""
    with refusals_end_the_command(as_json=as_json):
        officer = officer_named(by)
        row = get_benefit_row(benefit, paths=tuple(officer.paths))
        with write_transaction():
            code = deciding.prepare_benefit_clawback(
                row.benefit.id,
                amount_fen=amount_fen or row.benefit.amount_fen,
                instalments=instalments,
                reason=reason,
                clause=clause,
                actor_id=officer.user_id,
            ).code
        _answer(code, officer, as_json)


@group.command("approve")
@click.argument("code", metavar="CLAWBACK")
@_by
@_json
def approve(code: str, by: str, as_json: bool) -> None:
    """Sign CLAWBACK (second officer): the person owes it and is told."""
    _act(
        code,
        by,
        as_json,
        lambda row, actor_id: deciding.approve_benefit_clawback(row.clawback.id, actor_id=actor_id),
    )


@group.command("reject")
@click.argument("code", metavar="CLAWBACK")
@click.option("--reason", required=True)
@_by
@_json
def reject(code: str, reason: str, by: str, as_json: bool) -> None:
    """Send CLAWBACK back with a reason (second officer)."""
    _act(
        code,
        by,
        as_json,
        lambda row, actor_id: deciding.reject_benefit_clawback(
            row.clawback.id, reason=reason, actor_id=actor_id
        ),
    )


@group.command("waive")
@click.argument("code", metavar="CLAWBACK")
@click.option("--amount-fen", type=click.IntRange(1), help="All that is left when not said.")
@click.option("--reason", required=True)
@_by
@_json
def waive(code: str, amount_fen: int | None, reason: str, by: str, as_json: bool) -> None:
    """Propose that what is left of CLAWBACK need not be given back (first officer)."""
    _act(
        code,
        by,
        as_json,
        lambda row, actor_id: repayments.prepare_waiver(
            row.clawback.id, amount_fen=amount_fen or row.left_fen, reason=reason, actor_id=actor_id
        ),
    )


@group.command("sign-repayment")
@click.argument("code", metavar="CLAWBACK")
@click.argument("repayment", metavar="REPAYMENT")
@_by
@_json
def sign_repayment(code: str, repayment: str, by: str, as_json: bool) -> None:
    """Sign a REPAYMENT or waiver of CLAWBACK that waits (second officer)."""
    _act(
        code,
        by,
        as_json,
        lambda row, actor_id: repayments.book_repayment(
            get_repayment(repayment, clawback_id=row.clawback.id).id, actor_id=actor_id
        ),
    )


def _act(
    code: str, by: str, as_json: bool, act: Callable[[BenefitClawbackRow, int], object]
) -> None:
    with refusals_end_the_command(as_json=as_json):
        officer = officer_named(by)
        row = get_benefit_clawback_row(code, paths=tuple(officer.paths))
        with write_transaction():
            act(row, officer.user_id)
        _answer(code, officer, as_json)


def _answer(code: str, officer: Officer, as_json: bool) -> None:
    document = _document(get_benefit_clawback_row(code, paths=tuple(officer.paths)))
    if as_json:
        print_json(document)
    else:
        click.echo(f"{code}: {document['state']}, {document['left_fen']} fen left")


def _document(row: BenefitClawbackRow) -> dict[str, Any]:
    clawback = row.clawback
    return {
        "clawback": clawback.code,
        "benefit": row.benefit.code,
        "worker": row.worker_code,
        "amount_fen": clawback.amount_fen,
        "netted_fen": int(row.netted_fen),
        "repaid_fen": int(row.repaid_fen),
        "waived_fen": int(row.waived_fen),
        "left_fen": row.left_fen,
        "currency": clawback.currency,
        "instalments": clawback.instalments,
        "state": "settled" if row.is_settled else clawback.state.value,
        "is_disputed": bool(row.open_disputes),
        "reason": clawback.reason,
        "clause": clawback.clause,
        "waiting": [
            {"repayment": one.code, "kind": one.kind.value, "amount_fen": one.amount_fen}
            for one, _made, _decided in list_repayments(clawback.id)
            if one.state.value == "prepared"
        ],
    }
