"""`quotas`: enterprise quotas granted, signed, used and ended."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from marketplace.cli.answers import DateParam, print_json, refusals_end_the_command
from marketplace.cli.drafting import officer_named
from marketplace.cli.quotas import (
    allotment_named,
    employer_named,
    end_all_due,
    list_what_would_end,
    namings_document,
    quota_document,
    quota_named,
)
from marketplace.foundation.db import rehearsal, write_transaction
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.paging import PageRequest
from marketplace.quotas.operations.granting import propose_quota, sign_step
from marketplace.quotas.operations.naming import name_employees
from marketplace.quotas.queries.quotas import list_quotas
from marketplace.quotas.rules import QuotaSize
from marketplace.quotas.sources import read_named_table
from marketplace.vouchers.queries.schemes import find_scheme_by_code
from marketplace.vouchers.states import QuotaState

group = AppGroup("quotas", help="Enterprise quotas of vouchers.")

BY = click.option("--by", "login", required=True, help="The officer who acts.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
DRY_RUN = click.option("--dry-run", is_flag=True, help="Decide, but keep nothing.")


@group.command("grant")
@click.argument("scheme")
@click.option("--employer", required=True, help="Code or credit code of the employer.")
@click.option("--allotment", required=True, help="Code of the allotment that pays.")
@click.option("--places", type=int, help="Number of vouchers.")
@click.option("--amount-fen", type=int, help="Or an amount in fen, for face-value vouchers.")
@click.option("--until", type=DateParam(), required=True, help="Last day to name people.")
@click.option("--reason", required=True)
@BY
@DRY_RUN
@JSON
def grant(
    scheme: str,
    employer: str,
    allotment: str,
    places: int | None,
    amount_fen: int | None,
    until: date,
    reason: str,
    login: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """First signature under a quota; another officer signs it (`quotas sign`)."""
    with refusals_end_the_command(as_json=as_json), _unit(dry_run=dry_run):
        officer, found = officer_named(login), find_scheme_by_code(scheme)
        if found is None:
            raise Refused(Refusal("scheme_unknown", {"code": scheme}))
        quota = propose_quota(
            employer_named(employer).id,
            scheme_id=found.id,
            allotment_id=allotment_named(allotment, officer).id,
            size=QuotaSize(places, amount_fen),
            ends_on=until,
            reason=reason,
            actor_id=officer.user_id,
        )
        document = quota_document(quota.id)
    _answer(document, dry_run=dry_run, as_json=as_json)


@group.command("sign")
@click.argument("code")
@BY
@DRY_RUN
@JSON
def sign(code: str, login: str, dry_run: bool, as_json: bool) -> None:
    """Second signature under what waits of a quota: the money is set aside."""
    with refusals_end_the_command(as_json=as_json), _unit(dry_run=dry_run):
        officer = officer_named(login)
        quota = sign_step(quota_named(code, officer).id, actor_id=officer.user_id)
        document = quota_document(quota.id)
    _answer(document, dry_run=dry_run, as_json=as_json)


@group.command("issue")
@click.argument("code")
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.option("--document", required=True, help="Number or day of the employer's list.")
@BY
@DRY_RUN
@JSON
def issue(code: str, file: Path, document: str, login: str, dry_run: bool, as_json: bool) -> None:
    """Name the people of a table (number, name) under a quota; each may get a voucher."""
    with refusals_end_the_command(as_json=as_json):
        people = read_named_table(file)
        with _unit(dry_run=dry_run):
            officer = officer_named(login)
            quota = quota_named(code, officer)
            namings = name_employees(
                quota.id, people, document_number=document, actor_id=officer.user_id
            )
            answer = namings_document(namings)
            answer |= quota_document(quota.id)
    _answer(answer, dry_run=dry_run, as_json=as_json)


@group.command("list")
@click.option("--state", type=click.Choice([state.value for state in QuotaState]))
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
@JSON
def list_all(state: str | None, limit: int, as_json: bool) -> None:
    """Quotas, what waits for a signature first, then the newest."""
    page = list_quotas(("",), PageRequest(1, limit), state=QuotaState(state) if state else None)
    quotas = [quota_document(item.quota.id) for item in page.items]
    if as_json:
        print_json({"total": page.total, "quotas": quotas})
        return
    for one in quotas:
        click.echo(
            f"{one['quota']}  {one['state']:<9}  {one['used']}/{one['places']}  "
            f"{one['ends_on']}  {one['scheme']}  {one['employer']}"
        )
    click.echo(f"{page.total} quotas")


@group.command("expire")
@click.option("--dry-run", is_flag=True, help="Only say what would end and be released.")
@JSON
def expire(dry_run: bool, as_json: bool) -> None:
    """End quotas whose last day has passed and release what was set aside for unused places. The
    runner does it daily; doing it twice ends nothing more."""
    document = list_what_would_end() if dry_run else end_all_due()
    _answer(document, dry_run=dry_run, as_json=as_json)


def _unit(*, dry_run: bool) -> Any:
    """A unit of work that is kept, or one that leaves nothing."""
    return rehearsal() if dry_run else write_transaction()


def _answer(document: dict[str, Any], *, dry_run: bool, as_json: bool) -> None:
    told = {**document, "dry_run": dry_run}
    if as_json:
        print_json(told)
        return
    for name, value in told.items():
        click.echo(f"{name}: {value}")
