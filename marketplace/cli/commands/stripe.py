"""`stripe read` reads the agency's balance; `stripe balance` tells how it agrees with the books."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Any

import click
from flask.cli import AppGroup

from marketplace.cli.answers import print_json
from marketplace.payouts.balance.queries import (
    count_movements,
    find_missing,
    list_kind_sums,
    list_last_checks,
)
from marketplace.payouts.balance.reading import read_balance
from marketplace.payouts.rails.stripe import find_stripe
from marketplace.payouts.states import MovementState

group = AppGroup("stripe", help="The agency's balance at Stripe.")
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@group.command("read")
@_json
def read(as_json: bool) -> None:
    """Read lines and balance now (the runner does it every six hours)."""
    api = find_stripe()
    if api is None:
        raise click.UsageError("STRIPE_API_KEY is not set")
    outcome = read_balance(api, before_writing=lambda: None)
    document: dict[str, Any] = {**asdict(outcome.reading), "failure": outcome.failure}
    if as_json:
        print_json(document)
    else:
        click.echo(", ".join(f"{name} {value}" for name, value in document.items()))
    sys.exit(1 if outcome.failure else 0)


@group.command("balance")
@_json
def balance(as_json: bool) -> None:
    """The newest proof, sums by kind, differences, what Stripe does not show. Exit 1: not 0."""
    checks = list_last_checks()
    open_ = sum(count_movements(state) for state in (MovementState.BREAK, MovementState.PROPOSED))
    missing = find_missing()
    document: dict[str, Any] = {
        "proofs": [
            {
                "currency": check.currency,
                "read_at": check.read_at.isoformat(),
                "balance_fen": check.available_fen + check.pending_fen,
                "lines_fen": check.lines_fen,
                "difference_fen": check.difference_fen,
            }
            for check in checks
        ],
        "kinds": [
            {
                "kind": one.kind.value,
                "currency": one.currency,
                "lines": one.lines,
                "amount_fen": one.stripe_fen,
                "fee_fen": one.fee_fen,
            }
            for one in list_kind_sums()
        ],
        "open_differences": open_,
        "missing": [
            {"kind": one.kind.value, "reference": one.subject, "amount_fen": one.amount_fen}
            for one in missing
        ],
    }
    if as_json:
        print_json(document)
    else:
        for proof in document["proofs"]:
            click.echo(
                f"{proof['currency']}: balance {proof['balance_fen']}, lines"
                f" {proof['lines_fen']}, difference {proof['difference_fen']} fen"
            )
        click.echo(f"{open_} open differences, {len(missing)} not at Stripe yet.")
    sys.exit(1 if open_ or missing or any(check.difference_fen for check in checks) else 0)
