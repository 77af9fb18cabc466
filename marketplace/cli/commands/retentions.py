"""`retentions run` decides withheld shares by today's evidence; `list` tells what is withheld."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from marketplace.cli.answers import print_json, print_json_with_lists
from marketplace.cli.retaining import (
    decided_document,
    rehearse_all,
    retention_document,
    work_through_all,
)
from marketplace.foundation.money import Money
from marketplace.retentions.queries.listing import Wanted, each_retention
from marketplace.retentions.states import Outcome, RetentionState

group = AppGroup("retentions", help="Money withheld until a certificate or employment is proven.")


@group.command("run")
@click.option("--dry-run", is_flag=True, help="Say what would become of which share.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def run(dry_run: bool, as_json: bool) -> None:
    """Release what is proven, return what nobody proved in time, warn 30 days before.

    The runner does it daily by itself; doing it twice on a day changes nothing more.
    """
    told: list[object] = []
    if dry_run:
        document = rehearse_all(lambda one: told.append(decided_document(one)))
    else:
        document = work_through_all(lambda: None)
    if as_json:
        print_json({"dry_run": dry_run, **document, **({"shares": told} if dry_run else {})})
        return
    for one in told:
        click.echo(one)
    for outcome in Outcome:
        amount = Money(document[f"{outcome}_fen"], "").decimal_text()
        would = "would be " if dry_run and outcome is not Outcome.WAITS else ""
        click.echo(f"{would}{outcome}: {document[outcome.value]} shares, {amount}")


@group.command("list")
@click.option("--institution", default="", metavar="CODE", help="Of one institution only.")
@click.option(
    "--state",
    type=click.Choice([state.value for state in RetentionState]),
    help="In this state only.",
)
@click.option("--due-soon", is_flag=True, help="What goes back within 30 days.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def list_all(institution: str, state: str | None, due_soon: bool, as_json: bool) -> None:
    """Withheld shares with their ages, what goes back first on top."""
    wanted = Wanted(
        ("",),
        state=RetentionState(state) if state else None,
        institution_code=institution,
        is_due_soon=due_soon,
    )
    rows = (retention_document(row) for row in each_retention(wanted))
    if as_json:
        print_json_with_lists({"format": 1}, {"shares": rows})
        return
    for row in rows:
        amount = Money(row["amount_fen"], "").decimal_text()
        click.echo(
            f"{row['share']}  {row['institution']}  {row['class']}  {row['milestone']}  "
            f"{row['state']}  {amount}  by {row['due_by']}  {row['age_days']} days"
        )
