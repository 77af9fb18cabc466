"""`copayments`: what vouchers leave over, and handing over what came in over the internet."""

from __future__ import annotations

from typing import Any

import click
from flask.cli import AppGroup

from marketplace.cli.answers import print_json, refusals_end_the_command
from marketplace.cli.drafting import officer_named
from marketplace.copayments.handovers import operations
from marketplace.copayments.handovers.queries import (
    BookFilter,
    get_book_sums,
    get_handover_row,
    list_book,
    list_handovers,
)
from marketplace.copayments.models import CopaymentHandover
from marketplace.copayments.queries import list_copayments
from marketplace.foundation.db import write_transaction
from marketplace.foundation.money import Money
from marketplace.foundation.paging import PageRequest
from marketplace.institutions.models import Institution
from marketplace.institutions.queries import find_institution_by_code
from marketplace.settlement.queries import is_institution_in

group = AppGroup("copayments", help="What vouchers leave over of the fees.")
EVERYWHERE = ("",)
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
_by = click.option("--by", required=True, metavar="LOGIN", help="The fund officer who acts.")


@group.command("list")
@click.argument("institution_code", metavar="INSTITUTION")
@_json
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


@group.command("book")
@_json
def show_book(as_json: bool) -> None:
    """What came in, went back, was passed on and is held; whom to hand over what they earned."""
    sums = get_book_sums(BookFilter(), paths=EVERYWHERE)
    page = list_book(BookFilter(), PageRequest(1, 100), paths=EVERYWHERE)
    earned = {row.institution.code: row.earned_fen for row in page.items if row.earned_fen}
    if as_json:
        print_json(
            {
                "collected_fen": sums.collected_fen,
                "given_back_fen": sums.given_back_fen,
                "passed_on_fen": sums.passed_on_fen,
                "held_fen": sums.held_fen,
                "owed_back_fen": sums.owed_back_fen,
                "earned_fen": earned,
            }
        )
        return
    click.echo(f"came in {sums.collected_fen}, given back {sums.given_back_fen}, passed on")
    click.echo(f"{sums.passed_on_fen}, held {sums.held_fen} fen")
    for code, fen in earned.items():
        click.echo(f"{code}  earned {fen} fen, to be handed over")


@group.command("handovers")
@_json
def show_handovers(as_json: bool) -> None:
    """The newest hundred handovers to institutions."""
    rows = list_handovers(PageRequest(1, 100), paths=EVERYWHERE).items
    documents = [_document(row.handover, row.institution.code) for row in rows]
    if as_json:
        print_json({"handovers": documents})
        return
    for one in documents:
        click.echo(f"{one['handover']}  {one['institution']}  {one['amount_fen']}  {one['state']}")


@group.command("prepare")
@click.argument("institution_code", metavar="INSTITUTION")
@_by
@_json
def prepare(institution_code: str, by: str, as_json: bool) -> None:
    """Prepare handing over to INSTITUTION what it earned over the internet (first officer)."""
    with refusals_end_the_command(as_json=as_json):
        officer = officer_named(by)
        institution = _institution(institution_code)
        if not is_institution_in(institution.id, paths=tuple(officer.paths)):
            raise click.UsageError(f"no institution has the code {institution_code!r}")
        with write_transaction():
            _answer(operations.prepare_handover(institution, actor_id=officer.user_id), as_json)


@group.command("approve")
@click.argument("code")
@_by
@_json
def approve(code: str, by: str, as_json: bool) -> None:
    """Sign handover CODE (second officer)."""
    with refusals_end_the_command(as_json=as_json):
        actor_id = _officer_for(code, by)
        with write_transaction():
            _answer(operations.approve_handover(code, actor_id=actor_id), as_json)


@group.command("reject")
@click.argument("code")
@click.option("--reason", required=True)
@_by
@_json
def reject(code: str, reason: str, by: str, as_json: bool) -> None:
    """Send handover CODE back with a reason (second officer)."""
    with refusals_end_the_command(as_json=as_json):
        actor_id = _officer_for(code, by)
        with write_transaction():
            done = operations.reject_handover(code, reason=reason, actor_id=actor_id)
            _answer(done, as_json)


@group.command("paid")
@click.argument("code")
@click.option("--reference", required=True, help="The bank's reference of the transfer.")
@_by
@_json
def paid(code: str, reference: str, by: str, as_json: bool) -> None:
    """Book that the bank has transferred handover CODE."""
    with refusals_end_the_command(as_json=as_json):
        actor_id = _officer_for(code, by)
        with write_transaction():
            done = operations.record_handover_paid(code, reference=reference, actor_id=actor_id)
            _answer(done, as_json)


def _officer_for(code: str, login: str) -> int:
    """The officer, if the handover is in their places; else it is not found."""
    officer = officer_named(login)
    get_handover_row(code, paths=tuple(officer.paths))
    return officer.user_id


def _answer(handover: CopaymentHandover, as_json: bool) -> None:
    if as_json:
        print_json(_document(handover, None))
    else:
        amount = Money(handover.amount_fen, handover.currency).decimal_text()
        click.echo(f"{handover.code}: {amount} {handover.currency}, {handover.state.value}.")


def _document(handover: CopaymentHandover, institution_code: str | None) -> dict[str, Any]:
    found = {
        "handover": handover.code,
        "state": handover.state.value,
        "amount_fen": handover.amount_fen,
        "currency": handover.currency,
        "payments": handover.payment_count,
        "reference": handover.reference,
    }
    return found if institution_code is None else found | {"institution": institution_code}


def _institution(code: str) -> Institution:
    found = find_institution_by_code(code)
    if found is None:
        raise click.UsageError(f"no institution has the code {code!r}")
    return found
