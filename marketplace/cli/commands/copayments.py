"""`copayments list` shows what waits; `copayments pass-on` books a transfer to an institution."""

from __future__ import annotations

from typing import Any

import click
from flask.cli import AppGroup

from marketplace.cli.answers import print_json, refusals_end_the_command
from marketplace.copayments.operations.payments import pass_on_payments
from marketplace.copayments.queries import list_copayments, list_institutions_with_earnings
from marketplace.copayments.states import PaymentChannel
from marketplace.foundation.db import write_transaction
from marketplace.foundation.money import Money
from marketplace.foundation.paging import PageRequest
from marketplace.institutions.models import Institution
from marketplace.institutions.queries import find_institution_by_code

group = AppGroup("copayments", help="What vouchers leave over of the fees.")


@group.command("list")
@click.argument("institution_code", metavar="INSTITUTION")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def list_of_institution(institution_code: str, as_json: bool) -> None:
    """The newest hundred co-payments of INSTITUTION with what is open of them."""
    with refusals_end_the_command(as_json=as_json):
        page = list_copayments(_institution(institution_code).id, PageRequest(1, 100))
    rows = [
        {
            "copayment": row.copayment.code,
            "enrollment": row.enrollment.code,
            "fee_fen": row.copayment.fee_fen,
            "fund_fen": row.copayment.fund_fen,
            "employer_fen": row.copayment.employer_fen,
            "worker_fen": row.copayment.worker_fen,
            "open_fen": row.open_fen,
        }
        for row in page.items
    ]
    document: dict[str, Any] = {"total": page.total, "copayments": rows}
    if as_json:
        print_json(document)
        return
    for row in rows:
        click.echo(f"{row['copayment']}  {row['enrollment']}  open {row['open_fen']} fen")
    click.echo(f"{page.total} co-payments.")


@group.command("pass-on")
@click.argument("institution_code", metavar="INSTITUTION", required=False)
@click.option("--reference", default="", help="The bank's reference of the transfer.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def pass_on(institution_code: str | None, reference: str, as_json: bool) -> None:
    """Book that INSTITUTION was paid what it earned over the internet; without one, list whom."""
    if institution_code is None:
        waiting = list(list_institutions_with_earnings(PaymentChannel.ONLINE))
        if as_json:
            print_json({"institutions": waiting})
        else:
            click.echo("\n".join([*waiting, f"{len(waiting)} institutions to pay."]))
        return
    with refusals_end_the_command(as_json=as_json):
        institution = _institution(institution_code)
        with write_transaction():
            fen = pass_on_payments(
                institution.id,
                channel=PaymentChannel.ONLINE,
                reference=reference.strip(),
                actor_id=None,
            )
    if as_json:
        print_json({"institution": institution_code, "passed_on_fen": fen})
    else:
        click.echo(f"Passed on to {institution_code}: {Money(fen, '').decimal_text()}.")


def _institution(code: str) -> Institution:
    found = find_institution_by_code(code)
    if found is None:
        raise click.UsageError(f"no institution has the code {code!r}")
    return found
