"""`settlements`: a month of many institutions, prepared by one officer and signed by another."""

from __future__ import annotations

import sys
from typing import Any

import click
from flask.cli import AppGroup

from marketplace.cli.answers import print_json, refusal_lines, refusals_end_the_command
from marketplace.cli.drafting import officer_named
from marketplace.cli.settling import round_document, run_round
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.money import Money
from marketplace.foundation.paging import PAGE_SIZE_MAX, PageRequest
from marketplace.foundation.stored_refusals import refusal_from
from marketplace.settlement.rounds.operations import start_preparation, start_signing
from marketplace.settlement.rounds.queries import (
    ROUND_MAX,
    ToSign,
    list_all_round_items,
    list_to_prepare,
    list_to_sign,
)
from marketplace.settlement.rules import period_dates
from marketplace.settlement.states import RoundOutcome

group = AppGroup("settlements", help="A month of institutions: prepared, signed.")
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
_by = click.option("--by", required=True, metavar="LOGIN", help="The fund officer who acts.")
_month = click.option("--month", required=True, metavar="YYYY-MM")


@group.command("prepare")
@_month
@_by
@click.option("--dry-run", is_flag=True, help="Only say how many institutions, and how much.")
@_json
def prepare(month: str, by: str, dry_run: bool, as_json: bool) -> None:
    """Prepare the MONTH of every institution that has unsettled money in it (first officer)."""
    with refusals_end_the_command(as_json=as_json):
        officer = officer_named(by)
        paths = tuple(officer.paths)
        if dry_run:
            _tell_dry_run(month, paths, as_json)
            return
        with write_transaction():
            code = start_preparation(month, paths=paths, actor_id=officer.user_id).code
        _run(code, as_json)


@group.command("list")
@_month
@_by
@_json
def list_(month: str, by: str, as_json: bool) -> None:
    """What of MONTH waits for the signature of LOGIN, and what to look at first."""
    with refusals_end_the_command(as_json=as_json):
        officer = officer_named(by)
        rows = [_document(row) for row in _to_sign(month, tuple(officer.paths), officer.user_id)]
    if as_json:
        print_json({"period": month, "settlements": rows})
        return
    for row in rows:
        look = f"  ({', '.join(row['look_first'])})" if row["look_first"] else ""
        click.echo(f"{row['settlement']}  {row['amount_fen']:>12}  {row['institution']}{look}")
    click.echo(f"{len(rows)} settlements wait.")


@group.command("approve")
@click.argument("codes", nargs=-1, metavar="[SETTLEMENT]...")
@_month
@_by
@click.option("--all", "with_all", is_flag=True, help="Also those that should be looked at first.")
@_json
def approve(codes: tuple[str, ...], month: str, by: str, with_all: bool, as_json: bool) -> None:
    """Sign the SETTLEMENTs named, or all of MONTH that are like the months before (second
    officer)."""
    with refusals_end_the_command(as_json=as_json):
        officer = officer_named(by)
        paths = tuple(officer.paths)
        chosen = list(codes) or [
            row.settlement.code
            for row in _to_sign(month, paths, officer.user_id)
            if with_all or not row.look_first
        ]
        with write_transaction():
            code = start_signing(
                chosen, period_code=month, paths=paths, actor_id=officer.user_id
            ).code
        _run(code, as_json)


def _run(code: str, as_json: bool) -> None:
    """The runner may have taken it up meanwhile: both take what is left, one by one."""

    def show(done: int, total: int) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r{done} of {total}\x1b[K", err=True, nl=False)

    row = run_round(code, step=show)
    if as_json:
        print_json(round_document(row))
    else:
        for one in list_all_round_items(row.round.id, outcome=RoundOutcome.REFUSED):
            reasons = Refused([refusal_from(stored) for stored in one.item.refusals])
            click.echo(f"{one.institution_name}: {'; '.join(refusal_lines(reasons))}", err=True)
        amounts = ", ".join(f"{a.decimal_text()} {a.currency}" for a in row.amounts)
        click.echo(f"{code}: {row.done} done ({amounts or '0'}), {row.refused} not possible")
    if row.refused:
        sys.exit(1)


def _tell_dry_run(month: str, paths: tuple[str, ...], as_json: bool) -> None:
    dates = period_dates(month)
    if dates is None:
        raise Refused(Refusal("not_a_period", {"period": month}))
    found = list_to_prepare(paths=paths, from_on=dates[0], to_on=dates[1])
    amounts: dict[str, int] = {}
    for _institution, fen, currency in found:
        amounts[currency] = amounts.get(currency, 0) + fen
    if as_json:
        print_json({"dry_run": True, "institutions": len(found), "amounts_fen": amounts})
    else:
        sums = ", ".join(f"{Money(fen, cur).decimal_text()} {cur}" for cur, fen in amounts.items())
        click.echo(f"{len(found)} institutions would be prepared ({sums or '0'})")


def _to_sign(month: str, paths: tuple[str, ...], signer_id: int) -> list[ToSign]:
    if period_dates(month) is None:
        raise Refused(Refusal("not_a_period", {"period": month}))
    found: list[ToSign] = []
    for number in range(1, ROUND_MAX // PAGE_SIZE_MAX + 1):
        page = list_to_sign(
            PageRequest(number, PAGE_SIZE_MAX),
            paths=paths,
            period_code=month,
            signer_id=signer_id,
        )
        found += page.items
        if len(found) >= page.total:
            break
    return found


def _document(row: ToSign) -> dict[str, Any]:
    return {
        "settlement": row.settlement.code,
        "institution": row.institution_name,
        "amount_fen": row.amount.fen,
        "currency": row.amount.currency,
        "redemptions": row.lines,
        "kept_back_fen": row.netted.fen,
        "last_settled_fen": row.last_settled.fen if row.last_settled else None,
        "look_first": [reason.value for reason in row.look_first],
    }
