"""`retentions run` decides withheld shares by today's evidence; `list` tells what is withheld."""

from __future__ import annotations

from datetime import date

import click
from flask.cli import AppGroup

from marketplace.cli.answers import (
    DateParam,
    print_json,
    print_json_with_lists,
    refusals_end_the_command,
)
from marketplace.cli.drafting import officer_named
from marketplace.cli.retaining import (
    decided_document,
    propose_all,
    rehearse_all,
    retention_document,
    work_through_all,
)
from marketplace.foundation.db import write_transaction
from marketplace.foundation.money import Money
from marketplace.retentions.models import RetentionDeadline
from marketplace.retentions.operations.deadlines import approve_deadline, prepare_deadline
from marketplace.retentions.queries.deadlines import get_deadline
from marketplace.retentions.queries.listing import Wanted, each_retention, get_retention_row
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
        document["clawbacks_proposed"] = propose_all(lambda: None)
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


@group.command("deadline")
@click.argument("shares", nargs=-1, required=True, metavar="SHARE...")
@click.option("--until", required=True, type=DateParam(), help="The new last day, 2027-06-30.")
@click.option("--reason", required=True)
@click.option("--by", required=True, metavar="LOGIN", help="The fund officer who proposes.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def deadline(shares: tuple[str, ...], until: date, reason: str, by: str, as_json: bool) -> None:
    """Propose another last day for SHAREs, all or none; another officer signs each."""
    with refusals_end_the_command(as_json=as_json):
        acting = officer_named(by)
        rows = [get_retention_row(code, paths=tuple(acting.paths)) for code in shares]
        with write_transaction():
            made = [
                prepare_deadline(
                    row.retention.id, due_by=until, reason=reason, actor_id=acting.user_id
                )
                for row in rows
            ]
            _answer(made, as_json)


@group.command("sign-deadline")
@click.argument("deadlines", nargs=-1, required=True, metavar="DEADLINE...")
@click.option("--by", required=True, metavar="LOGIN", help="The fund officer who signs.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def sign_deadline(deadlines: tuple[str, ...], by: str, as_json: bool) -> None:
    """Sign DEADLINEs as the second officer, all or none."""
    with refusals_end_the_command(as_json=as_json):
        acting = officer_named(by)
        rows = [get_deadline(code, paths=tuple(acting.paths)) for code in deadlines]
        with write_transaction():
            signed = [approve_deadline(row.deadline.id, actor_id=acting.user_id) for row in rows]
            _answer(signed, as_json)


def _answer(made: list[RetentionDeadline], as_json: bool) -> None:
    rows = [
        {"deadline": one.code, "due_by": one.due_by.isoformat(), "state": one.state.value}
        for one in made
    ]
    if as_json:
        print_json({"deadlines": rows})
        return
    for row in rows:
        click.echo(f"{row['deadline']}  {row['due_by']}  {row['state']}")
