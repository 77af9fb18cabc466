"""`vouchers expire`, `announce-expiry`, `issue`, `check-declarations`, imports and `recheck`."""

from __future__ import annotations

import sys
from collections import Counter
from itertools import chain
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from marketplace.cli.answers import EXIT_REFUSED, print_json, refusals_end_the_command
from marketplace.cli.expiring import announce_all, expire_all
from marketplace.cli.issuing import batch_document, issue_batch, rehearse_batch
from marketplace.cli.packs import read_text
from marketplace.edge.answers import refusal_sentence
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.text import tidy
from marketplace.vouchers.operations.batches import request_batch, start_batch
from marketplace.vouchers.operations.declarations import check_declarations
from marketplace.vouchers.operations.registers import (
    Problem,
    record_other_subsidies,
    record_statuses,
)
from marketplace.vouchers.queries.expiries import count_vouchers_to_announce
from marketplace.vouchers.queries.recheck import recheck_claims, recheck_quotes
from marketplace.vouchers.queries.schemes import find_scheme_by_code
from marketplace.vouchers.queries.vouchers import list_due_voucher_ids, list_worker_ids_by_code
from marketplace.vouchers.sources import TEXT_MAX, read_other_subsidies, read_statuses

RECHECK_SHOWN_MAX = 100
"""Differences told one by one; all are counted."""

group = AppGroup("vouchers", help="Issue vouchers in a batch; end those whose days are over.")


@group.command("expire")
@click.option("--dry-run", is_flag=True, help="Count only.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def expire(dry_run: bool, as_json: bool) -> None:
    """End every unused voucher whose last day has passed; face value goes back."""
    count = len(list_due_voucher_ids(on=clock.today(), limit=1_000_000))
    if not dry_run:
        count = expire_all(lambda: None)
    if as_json:
        print_json({"expired": count, "dry_run": dry_run})
    else:
        click.echo(f"{count} vouchers {'would be ' if dry_run else ''}ended")


@group.command("announce-expiry")
@click.option("--dry-run", is_flag=True, help="Count only.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def announce_expiry(dry_run: bool, as_json: bool) -> None:
    """Tell holders of unused vouchers two weeks before the last day, and again three days before
    if they have not said that they know. The runner does it daily."""
    told, repeated = count_vouchers_to_announce(on=clock.today()), 0
    if not dry_run:
        told, repeated = announce_all(lambda: None)
    if as_json:
        print_json({"told": told, "told_again": repeated, "dry_run": dry_run})
    else:
        click.echo(f"{told} holders {'would be ' if dry_run else ''}told, {repeated} told again")


@group.command("issue")
@click.argument("scheme")
@click.option(
    "--to",
    "file",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="Worker codes, one per line.",
)
@click.option("--matching", is_flag=True, help="Everybody who fulfils the scheme's rules.")
@click.option("--dry-run", is_flag=True, help="Decide, but issue nothing.")
@click.option("--background", is_flag=True, help="Leave it to the runner (`jobs run`).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def issue(
    scheme: str,
    file: Path | None,
    matching: bool,
    dry_run: bool,
    background: bool,
    as_json: bool,
) -> None:
    """Issue a targeted voucher to the workers of a file, or to all who fulfil the rules."""
    if (file is None) == (not matching):
        raise click.UsageError("give either --to FILE or --matching")
    if dry_run and background:
        raise click.UsageError("a dry run is not left to the runner")
    with refusals_end_the_command(as_json=as_json):
        found = find_scheme_by_code(scheme)
        if found is None:
            raise Refused(Refusal("scheme_unknown", {"code": scheme}))
        scheme_id = found.id
        unknown, worker_ids = _workers_of(file) if file else (0, None)
        outcome = _issue(scheme_id, worker_ids, dry_run=dry_run, background=background)
    if unknown:
        outcome["refusals"]["worker_unknown"] = unknown
    document = {"scheme": scheme, **outcome, "dry_run": dry_run}
    if as_json:
        print_json(document)
    else:
        for name, value in document.items():
            click.echo(f"{name}: {value}")


def _issue(
    scheme_id: int, worker_ids: list[int] | None, *, dry_run: bool, background: bool
) -> dict[str, Any]:
    if dry_run:
        return rehearse_batch(scheme_id, worker_ids=worker_ids, on_progress=_show)
    if background:
        with write_transaction():
            batch, job = request_batch(scheme_id, worker_ids=worker_ids, actor_id=None)
            return {**batch_document(batch), "job": job.code}
    with write_transaction():
        batch_id = start_batch(scheme_id, worker_ids=worker_ids, actor_id=None).id
    return issue_batch(batch_id, hold=lambda _done, _total: None, on_progress=_show)


def _show(done: int, total: int) -> None:
    click.echo(f"{done:,} of {total:,} people decided", err=True)


def _workers_of(file: Path) -> tuple[int, list[int]]:
    codes = [line.strip() for line in read_text(file).splitlines() if line.strip()]
    known = list_worker_ids_by_code(codes)
    return sum(code not in known for code in codes), [
        known[code] for code in dict.fromkeys(codes) if code in known
    ]


@group.command("check-declarations")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def check(as_json: bool) -> None:
    """Check the promises vouchers were given on; take back what was given on untrue ones."""
    kept = broken = 0
    while True:
        with write_transaction():
            checked = check_declarations(actor_id=None)
        kept, broken = kept + checked.kept, broken + checked.broken
        if not checked.kept + checked.broken:
            break
    document = {"kept": kept, "broken": broken, "overdue": checked.overdue}
    if as_json:
        print_json(document)
    else:
        for name, value in document.items():
            click.echo(f"{name}: {value}")


@group.command("import-statuses")
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.option("--source", required=True, help="The register the file comes from.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def import_statuses(file: Path, source: str, as_json: bool) -> None:
    """Note civil servants, full-time students and pensioners, whom a policy may exclude."""
    with refusals_end_the_command(as_json=as_json):
        if not tidy(source) or len(source) > TEXT_MAX:
            params = {"label": "source", "limit": TEXT_MAX}
            raise Refused(Refusal("too_long" if tidy(source) else "required", params))
        with write_transaction():
            found = record_statuses(read_statuses(file), source=tidy(source), actor_id=None)
    _end_import(*found, as_json=as_json)


@group.command("import-subsidies")
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def import_subsidies(file: Path, as_json: bool) -> None:
    """Note for which certificates another subsidy was paid."""
    with refusals_end_the_command(as_json=as_json), write_transaction():
        found = record_other_subsidies(read_other_subsidies(file), actor_id=None)
    _end_import(*found, as_json=as_json)


def _end_import(counts: Counter[str], problems: list[Problem], *, as_json: bool) -> None:
    told = [
        {
            "row": number,
            "key": code,
            "field": refusal.field,
            "code": refusal.code,
            "message": refusal_sentence(refusal),
        }
        for number, code, refusal in problems
    ]
    rows = counts.total() + len({number for number, _code, _refusal in problems})
    document = {
        "rows": rows,
        **{name: counts[name] for name in ("added", "changed", "unchanged")},
        "problems": told,
    }
    if as_json:
        print_json(document)
    else:
        for name in ("rows", "added", "changed", "unchanged"):
            click.echo(f"{name}: {document[name]}")
        for problem in told:
            click.echo(f"row {problem['row']}, {problem['field']}: {problem['message']}", err=True)
    sys.exit(EXIT_REFUSED if told else 0)


@group.command("recheck")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def recheck(as_json: bool) -> None:
    """Decide every past quote and claim again by its own facts and version. Changes nothing.

    Exit 1 when an answer differs from the one that was given.
    """
    counts: Counter[str] = Counter()
    differences = []
    for found in chain(recheck_quotes(), recheck_claims()):
        counts[found.kind] += 1
        if found.difference:
            differences.append(
                {"kind": found.kind, "code": found.code, "difference": found.difference}
            )
        if sum(counts.values()) % 10_000 == 0:
            click.echo(f"{sum(counts.values()):,} decisions made again", err=True)
    document = {
        "quotes": counts["quote"],
        "claims": counts["claim"],
        "differences": len(differences),
        "differing": differences[:RECHECK_SHOWN_MAX],
    }
    if as_json:
        print_json(document)
    else:
        click.echo(
            f"{counts['quote']} quotes and {counts['claim']} claims decided again, "
            f"{len(differences)} differ"
        )
        for item in differences[:RECHECK_SHOWN_MAX]:
            click.echo(f"  {item['kind']} {item['code']}: {item['difference']}")
    if differences:
        sys.exit(EXIT_REFUSED)
