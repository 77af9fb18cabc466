"""`benefits`: allowances and fees owed to people, from the decision to the batch."""

from __future__ import annotations

from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup

from marketplace.benefits.clawbacks.operations.netting import net_waiting_benefits
from marketplace.benefits.operations import (
    Assembled,
    assemble_benefits,
    remind_for_bank_accounts,
    withdraw_benefit,
    withdraw_fallen_benefits,
)
from marketplace.benefits.proofs.queries import list_fee_proofs
from marketplace.benefits.proofs.states import FeeProofState
from marketplace.cli.answers import print_json, refusals_end_the_command
from marketplace.cli.drafting import officer_named
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import PAGE_SIZE_MAX, PageRequest
from marketplace.payouts.models import PayoutBatch
from marketplace.payouts.operations import approve_payout_batch, reject_payout_batch
from marketplace.payouts.persons.operations import RAILS_TO_PEOPLE, prepare_benefit_batch
from marketplace.payouts.persons.queries import (
    BATCH_MAX,
    BenefitRow,
    get_benefit_row,
    list_benefits,
    list_ids_of_codes,
    list_ready_ids,
    sum_by_stage,
)
from marketplace.payouts.persons.rules import Stage
from marketplace.payouts.queries import get_batch_row

group = AppGroup("benefits", help="Allowances and fees owed to people.")
EVERYWHERE = ("",)
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
_by = click.option("--by", required=True, metavar="LOGIN", help="The fund officer who acts.")


@group.command("assemble")
@_json
def assemble(as_json: bool) -> None:
    """Decide everything that is due by now; withdraw what lost its cause; remind people."""
    found = {"withdrawn": 0, "due": 0, "unfunded": 0, "declined": 0, "funded_later": 0}
    with refusals_end_the_command(as_json=as_json):
        while True:
            with write_transaction():
                fallen = withdraw_fallen_benefits()
            found["withdrawn"] += fallen
            if not fallen:
                break
        step = Assembled()
        while True:
            with write_transaction():
                step = assemble_benefits(actor_id=None, after=step.reached)
            for name in ("due", "unfunded", "declined", "funded_later"):
                found[name] += getattr(step, name)
            if step.is_over:
                break
        found["netted_fen"] = _net_all()
        with write_transaction():
            found["reminded"] = remind_for_bank_accounts()
    if as_json:
        print_json(found)
        return
    for name, count in found.items():
        click.echo(f"{name}: {count}")


@group.command("list")
@click.option("--stage", type=click.Choice([stage.value for stage in Stage]))
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, PAGE_SIZE_MAX))
@_json
def list_(stage: str | None, limit: int, as_json: bool) -> None:
    """Benefits, newest first, and how many stand where; accounts are masked."""
    currency = current_app.config["CURRENCY"]
    page = list_benefits(
        PageRequest(1, limit), paths=EVERYWHERE, stage=Stage(stage) if stage else None
    )
    sums = sum_by_stage(paths=EVERYWHERE, currency=currency)
    stages = {
        one.value: {"count": found.count, "amount_fen": found.amount.fen}
        for one, found in sums.items()
    }
    rows = [_document(row) for row in page.items]
    if as_json:
        print_json({"total": page.total, "stages": stages, "benefits": rows})
        return
    for row in rows:
        click.echo(f"{row['benefit']}  {row['worker']}  {row['amount_fen']:>9}  {row['stage']}")
    click.echo(f"{page.total} benefits.")


@group.command("prepare")
@click.argument("codes", nargs=-1, metavar="[BENEFIT]...")
@click.option("--rail", default="bank_file", type=click.Choice([r.value for r in RAILS_TO_PEOPLE]))
@click.option("--limit", default=BATCH_MAX, show_default=True, type=click.IntRange(1, BATCH_MAX))
@_by
@_json
def prepare(codes: tuple[str, ...], rail: str, limit: int, by: str, as_json: bool) -> None:
    """Put the BENEFITs named, or the oldest that are ready, into one batch (first officer)."""
    with refusals_end_the_command(as_json=as_json):
        officer = officer_named(by)
        paths = tuple(officer.paths)
        with write_transaction():
            chosen = _named(codes, paths) if codes else list_ready_ids(paths=paths, limit=limit)
            batch = prepare_benefit_batch(chosen, rail=rail, actor_id=officer.user_id)
            _answer(batch, as_json)


@group.command("approve")
@click.argument("batch_code", metavar="BATCH")
@_by
@_json
def approve(batch_code: str, by: str, as_json: bool) -> None:
    """Sign BATCH (second officer); `payouts export` then writes its file."""
    with refusals_end_the_command(as_json=as_json):
        officer = officer_named(by)
        batch_id = get_batch_row(batch_code, paths=tuple(officer.paths)).batch.id
        with write_transaction():
            _answer(approve_payout_batch(batch_id, actor_id=officer.user_id), as_json)


@group.command("reject")
@click.argument("batch_code", metavar="BATCH")
@click.option("--reason", required=True)
@_by
@_json
def reject(batch_code: str, reason: str, by: str, as_json: bool) -> None:
    """Send BATCH back before it leaves (second officer)."""
    with refusals_end_the_command(as_json=as_json):
        officer = officer_named(by)
        batch_id = get_batch_row(batch_code, paths=tuple(officer.paths)).batch.id
        with write_transaction():
            done = reject_payout_batch(batch_id, reason=reason, actor_id=officer.user_id)
            _answer(done, as_json)


@group.command("withdraw")
@click.argument("code", metavar="BENEFIT")
@click.option("--reason", required=True)
@_by
@_json
def withdraw(code: str, reason: str, by: str, as_json: bool) -> None:
    """Withdraw BENEFIT before it is paid; the person is told why."""
    with refusals_end_the_command(as_json=as_json):
        officer = officer_named(by)
        paths = tuple(officer.paths)
        benefit_id = get_benefit_row(code, paths=paths).benefit.id
        with write_transaction():
            withdraw_benefit(benefit_id, reason=reason, actor_id=officer.user_id)
        row = _document(get_benefit_row(code, paths=paths))
    if as_json:
        print_json(row)
    else:
        click.echo(f"{row['benefit']}: {row['stage']}")


@group.command("receipts")
@click.option("--state", type=click.Choice([one.value for one in FeeProofState]))
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, PAGE_SIZE_MAX))
@_json
def receipts(state: str | None, limit: int, as_json: bool) -> None:
    """Receipts for assessment fees that are given back as paid, oldest first."""
    wanted = FeeProofState(state) if state else None
    page = list_fee_proofs(PageRequest(1, limit), paths=EVERYWHERE, state=wanted)
    rows = [
        {
            "receipt": row.proof.code,
            "worker": row.worker_code,
            "enrollment": row.enrollment_code,
            "amount_fen": row.proof.amount_fen,
            "paid_on": row.proof.paid_on.isoformat(),
            "state": row.proof.state.value,
        }
        for row in page.items
    ]
    if as_json:
        print_json({"total": page.total, "receipts": rows})
        return
    for one in rows:
        click.echo(f"{one['receipt']}  {one['worker']}  {one['amount_fen']:>9}  {one['state']}")


def _net_all() -> int:
    """Keep back whatever is due by now, people by people; how much."""
    netted_fen = last = 0
    while True:
        with write_transaction():
            fen, last = net_waiting_benefits(after=last)
        netted_fen += fen
        if not last:
            return netted_fen


def _named(codes: tuple[str, ...], paths: tuple[str, ...]) -> list[int]:
    """Every benefit named; one that is not there stops all."""
    ids = list_ids_of_codes(codes, paths=paths)
    if len(ids) != len(set(codes)):
        raise NotFound("benefit")
    return ids


def _document(row: BenefitRow) -> dict[str, Any]:
    benefit = row.benefit
    return {
        "benefit": benefit.code,
        "kind": benefit.kind.value,
        "worker": row.worker_code,
        "enrollment": row.enrollment_code,
        "amount_fen": benefit.amount_fen,
        "netted_fen": benefit.netted_fen,
        "currency": benefit.currency,
        "decided_on": benefit.decided_on.isoformat(),
        "stage": row.stage.value,
        "steps": benefit.steps,
        "account": row.number_masked,
        "payout": row.payout.code if row.payout else None,
        "returned": row.return_code,
    }


def _answer(batch: PayoutBatch, as_json: bool) -> None:
    document = {
        "batch": batch.code,
        "state": batch.state.value,
        "rail": batch.rail.value,
        "count": batch.payout_count,
        "control_sum_fen": batch.control_sum_fen,
        "currency": batch.currency,
    }
    if as_json:
        print_json(document)
    else:
        click.echo(f"{batch.code}: {batch.payout_count} payouts, {batch.state.value}")
