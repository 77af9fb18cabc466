"""`funds`: who pays for a scheme, which money expires when, freezing what was not used in time."""

from __future__ import annotations

import json

import click
from flask.cli import AppGroup

from marketplace.cli.answers import print_json
from marketplace.cli.lots import expire_everywhere, lot_document
from marketplace.foundation.money import Money
from marketplace.funding.queries.sources import list_sources
from marketplace.funding.rules import OWN_PRIORITY
from marketplace.funds.lots.queries import list_lots
from marketplace.funds.queries import get_fund
from marketplace.vouchers.queries.schemes import find_scheme_by_code

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


@group.command("sources")
@click.argument("scheme")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def sources(scheme: str, as_json: bool) -> None:
    """Which funds pay for a scheme besides its own, in which order and for what.

    They are set up on the scheme's page, where two officers sign.
    """
    found = find_scheme_by_code(scheme)
    if found is None:
        raise click.BadParameter(f"there is no scheme {scheme!r}", param_hint="SCHEME")
    rows = [
        {
            "source": row.source.code,
            "fund": row.fund.code,
            "priority": row.source.priority,
            "state": row.source.state.value,
            "scope": row.source.scope,
            "promised_fen": row.promised.fen,
        }
        for row in list_sources(found.id)
    ]
    own = get_fund(found.fund_id).code
    if as_json:
        print_json({"scheme": scheme, "fund": own, "priority": OWN_PRIORITY, "sources": rows})
        return
    click.echo(f"{OWN_PRIORITY}  {own}  the scheme's own fund")
    for one in rows:
        scope = json.dumps(one["scope"], ensure_ascii=False)
        click.echo(f"{one['priority']}  {one['fund']}  {one['state']}  {scope}")


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
