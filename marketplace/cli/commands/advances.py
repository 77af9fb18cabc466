"""`advances propose`: the advances that schemes make due when a class has begun."""

from __future__ import annotations

from typing import Any

import click
from flask.cli import AppGroup

from marketplace.cli.answers import print_json, refusal_lines, refusals_end_the_command
from marketplace.cli.drafting import officer_named
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.foundation.money import Money
from marketplace.settlement.operations.advances import get_advance_percent, prepare_advance
from marketplace.settlement.queries.proposals import AdvanceOffer, list_advance_offers

group = AppGroup("advances", help="Money paid for a class before its outcome.")
EVERYWHERE = ("",)


@group.command("propose")
@click.option("--by", metavar="LOGIN", help="The fund officer who prepares them.")
@click.option("--dry-run", is_flag=True, help="Only say which classes, and how much.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def propose(by: str | None, dry_run: bool, as_json: bool) -> None:
    """Prepare the advance of every class that has begun, by the share its schemes make due at the
    start; a second officer signs each on its page."""
    if not dry_run and by is None:
        raise click.UsageError("say who prepares them: --by LOGIN (or --dry-run)")
    paths: tuple[str, ...] = EVERYWHERE
    actor_id = None
    if by is not None:
        with refusals_end_the_command(as_json=as_json):
            officer = officer_named(by)
        paths, actor_id = tuple(officer.paths), officer.user_id
    offers = list_advance_offers(paths, percent_of=get_advance_percent)
    rows = [
        _document(offer, None if dry_run else _prepare(offer, actor_id))
        for offer in offers
        if offer.proposed_fen
    ]
    if as_json:
        print_json({"dry_run": dry_run, "advances": rows})
        return
    for row in rows:
        amount = Money(row["proposed_fen"], "").decimal_text()
        click.echo(f"{row['class']}  {row['institution']}  {amount}  {row['advance'] or '–'}")
    click.echo(f"{len(rows)} advances {'would be ' if dry_run else ''}prepared")


def _prepare(offer: AdvanceOffer, actor_id: int | None) -> str | None:
    """One unit of work each: a class that cannot have one does not hold up the others."""
    assert actor_id is not None, "asked for above"
    try:
        with write_transaction():
            return prepare_advance(
                offer.run.course_run_id, amount_fen=offer.proposed_fen, actor_id=actor_id
            ).code
    except Refused as refused:
        click.echo(f"{offer.run.run_code}: {'; '.join(refusal_lines(refused))}", err=True)
        return None


def _document(offer: AdvanceOffer, advance: str | None) -> dict[str, Any]:
    return {
        "class": offer.run.run_code,
        "institution": offer.run.institution_name,
        "expected_fen": offer.run.expected_fen,
        "percent_max": offer.percent,
        "proposed_fen": offer.proposed_fen,
        "advance": advance,
    }
