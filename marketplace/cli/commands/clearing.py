"""`clearing run`: what home regions owe where the training was taken, netted for a month."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup

from marketplace.clearing.operations import ClearingPlan, plan_clearing, prepare_clearing
from marketplace.cli.answers import print_json, refusals_end_the_command
from marketplace.foundation.db import write_transaction
from marketplace.foundation.files import csv_text
from marketplace.foundation.money import Money

group = AppGroup("clearing", help="Clearing between regions.")


@group.command("run")
@click.option("--month", "period_code", required=True, metavar="YYYY-MM")
@click.option("--dry-run", is_flag=True, help="Show it, prepare nothing.")
@click.option(
    "--csv",
    "csv_path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write gross and net as a table as well.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def run(period_code: str, dry_run: bool, csv_path: Path | None, as_json: bool) -> None:
    """Net what regions owe up to the end of a month and prepare its run; two officers sign it."""
    currency = current_app.config["CURRENCY"]
    code = None
    with refusals_end_the_command(as_json=as_json):
        plan = plan_clearing(period_code, currency=currency)
        if not dry_run:
            with write_transaction():
                code = prepare_clearing(period_code, currency=currency, actor_id=None).code
    if csv_path:
        csv_path.write_text("".join(csv_text(("kind", "home", "place", "lines", "amount"),
                                             iter(_rows(plan)))), encoding="utf-8")  # fmt: skip
    if as_json:
        print_json(_document(plan, code))
        return
    for kind, home, place, _lines, amount in _rows(plan):
        click.echo(f"{kind} {home} {place} {amount}".replace("  ", " "))
    click.echo(f"{code or 'nothing prepared'}", err=True)


def _document(plan: ClearingPlan, code: str | None) -> dict[str, Any]:
    return {
        "period": plan.period_code,
        "currency": plan.currency,
        "run": code,
        "lines": len(plan.items),
        "gross": [
            {"home": pair.home, "place": pair.place, "lines": pair.lines, "fen": pair.amount_fen}
            for pair in plan.pairs
        ],
        "net": [{"region": region, "owes_fen": fen} for region, fen in plan.nets.items()],
        "net_sum_fen": sum(plan.nets.values()),
    }


def _rows(plan: ClearingPlan) -> list[tuple[str, str, str, str, str]]:
    gross = [
        ("gross", pair.home, pair.place, str(pair.lines),
         Money(pair.amount_fen, plan.currency).decimal_text())
        for pair in plan.pairs
    ]  # fmt: skip
    net = [
        ("net", region, "", "", Money(fen, plan.currency).decimal_text())
        for region, fen in plan.nets.items()
    ]
    return gross + net
