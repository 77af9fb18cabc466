"""`benefit-clawbacks`: paid benefits taken back from people, and what came back of them.

Of institutions that is another command: `clawbacks`.
"""

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
from marketplace.cli.acting import act_as, by_option, json_option, reason_option
from marketplace.cli.answers import print_json
from marketplace.cli.codes import no_code_of
from marketplace.foundation.paging import PAGE_SIZE_MAX, PageRequest
from marketplace.payouts.persons.queries import get_benefit_row

group = AppGroup(
    "benefit-clawbacks",
    short_help="From PEOPLE: take paid allowances and fees back (BC-…).",
    help="Take paid allowances and fees back from PEOPLE: benefits BN-…, clawbacks BC-….\n\n"
    "What institutions give back of training money (CB-…, CP-…) is `clawbacks`.",
)
EVERYWHERE = ("",)
_of_people = no_code_of(
    {
        "CB-": "a clawback from an institution: use `clawbacks`",
        "CP-": "a clawback proposed from an institution: use `clawbacks`",
    }
)


@group.command("list")
@click.option("--state", type=click.Choice([one.value for one in Wanted]))
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, PAGE_SIZE_MAX))
@json_option
def list_(state: str | None, limit: int, as_json: bool) -> None:
    """Clawbacks from people, newest first, and paid benefits that lost their cause since."""
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
@click.argument("benefit", metavar="BENEFIT", callback=_of_people)
@click.option("--amount-fen", type=click.IntRange(1), help="The whole benefit when not said.")
@click.option("--instalments", default=1, show_default=True, type=int)
@reason_option
@click.option("--clause", required=True)
@by_option
@json_option
def prepare(
    benefit: str,
    amount_fen: int | None,
    instalments: int,
    reason: str,
    clause: str,
    by: str,
    as_json: bool,
) -> None:
    """Prepare to take BENEFIT, BN-…, back from its person (first officer)."""
    made: list[str] = []
    act_as(
        by,
        lambda row, actor_id: made.append(
            deciding.prepare_benefit_clawback(
                row.benefit.id,
                amount_fen=amount_fen or row.benefit.amount_fen,
                instalments=instalments,
                reason=reason,
                clause=clause,
                actor_id=actor_id,
            ).code
        ),
        find=lambda paths: get_benefit_row(benefit, paths=paths),
        tell=lambda paths: _document(get_benefit_clawback_row(made[0], paths=paths)),
        line=_line,
        as_json=as_json,
    )


@group.command("approve")
@click.argument("code", metavar="CLAWBACK", callback=_of_people)
@by_option
@json_option
def approve(code: str, by: str, as_json: bool) -> None:
    """Sign CLAWBACK, BC-… (second officer): the person owes it and is told."""
    _act(
        code,
        by,
        as_json,
        lambda row, actor_id: deciding.approve_benefit_clawback(row.clawback.id, actor_id=actor_id),
    )


@group.command("reject")
@click.argument("code", metavar="CLAWBACK", callback=_of_people)
@reason_option
@by_option
@json_option
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
@click.argument("code", metavar="CLAWBACK", callback=_of_people)
@click.option("--amount-fen", type=click.IntRange(1), help="All that is left when not said.")
@reason_option
@by_option
@json_option
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
@click.argument("code", metavar="CLAWBACK", callback=_of_people)
@click.argument("repayment", metavar="REPAYMENT")
@by_option
@json_option
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
    act_as(
        by,
        act,
        find=lambda paths: get_benefit_clawback_row(code, paths=paths),
        tell=lambda paths: _document(get_benefit_clawback_row(code, paths=paths)),
        line=_line,
        as_json=as_json,
    )


def _line(document: dict[str, Any]) -> str:
    return f"{document['clawback']}: {document['state']}, {document['left_fen']} fen left"


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
