"""`funds`: which money expires when, and freezing what was not used in time."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from marketplace.cli.answers import print_json
from marketplace.cli.lots import expire_everywhere, lot_document
from marketplace.foundation.money import Money
from marketplace.funds.lots.queries import list_lots

group = AppGroup("funds", help="Funds, allotments and their lots.")


@group.command("expire-lots")
@click.option("--dry-run", is_flag=True, help="Only say which lots expire and what would move.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def expire_lots(dry_run: bool, as_json: bool) -> None:
    """Freeze what was not promised to vouchers of lots whose last day is over.

    The runner does this every hour by itself; doing it twice freezes nothing more. Sending frozen
    money back up takes two signatures, on the page of the lots.
    """
    if dry_run:
        _dry_run(as_json=as_json)
        return
    document = expire_everywhere()
    if as_json:
        print_json(document)
    else:
        amount = Money(document["frozen_fen"], "").decimal_text()
        click.echo(f"{document['lots']} lots frozen, {amount} in all")


def _dry_run(*, as_json: bool) -> None:
    lots = [lot_document(row) for row in list_lots()]
    due = [lot for lot in lots if lot["to_freeze_fen"]]
    document = {
        "dry_run": True,
        "lots": lots,
        "to_freeze": len(due),
        "to_freeze_fen": sum(lot["to_freeze_fen"] for lot in due),
    }
    if as_json:
        print_json(document)
        return
    for lot in lots:
        left = Money(lot["left_fen"], "").decimal_text()
        would = Money(lot["to_freeze_fen"], "").decimal_text()
        place = lot["jurisdiction"] or "-"
        click.echo(
            f"{lot['lot']}  {lot['fund']}  {place}  until {lot['expires_on']}  "
            f"left {left}  would freeze {would}"
        )
    click.echo(f"{len(due)} lots would be frozen")
