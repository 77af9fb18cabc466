"""`vouchers expire`, `vouchers issue`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click
from flask.cli import AppGroup

from marketplace.cli.answers import print_json, refusals_end_the_command
from marketplace.cli.commands.schemes import read_text
from marketplace.foundation import clock
from marketplace.foundation.db import db, rehearsal, write_transaction
from marketplace.foundation.errors import Refusal, Refused
from marketplace.vouchers.operations.issue import issue_voucher
from marketplace.vouchers.operations.lifecycle import expire_voucher
from marketplace.vouchers.queries.schemes import find_scheme_by_code
from marketplace.vouchers.queries.vouchers import (
    find_live_voucher,
    list_due_voucher_ids,
    list_worker_ids_after,
    list_worker_ids_by_code,
)

group = AppGroup("vouchers", help="Issue vouchers in a batch; end those whose days are over.")


@group.command("expire")
@click.option("--dry-run", is_flag=True, help="Count only.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def expire(dry_run: bool, as_json: bool) -> None:
    """End every unused voucher whose last day has passed; face value goes back."""
    count = len(list_due_voucher_ids(on=clock.today(), limit=1_000_000))
    if not dry_run:
        count = _expire_all()
    if as_json:
        print_json({"expired": count, "dry_run": dry_run})
    else:
        click.echo(f"{count} vouchers {'would be ' if dry_run else ''}ended")


def _expire_all() -> int:
    """One unit of work per voucher: one that cannot be ended does not hold up the others."""
    count = 0
    refused_ids: set[int] = set()
    while due := [
        voucher_id
        for voucher_id in list_due_voucher_ids(on=clock.today())
        if voucher_id not in refused_ids
    ]:
        for voucher_id in due:
            try:
                with write_transaction():
                    expire_voucher(voucher_id, actor_id=None)
                count += 1
            except Refused as refused:
                refused_ids.add(voucher_id)
                click.echo(f"voucher {voucher_id}: {', '.join(refused.codes)}", err=True)
        click.echo(f"{count} vouchers ended", err=True)
    return count


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
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def issue(scheme: str, file: Path | None, matching: bool, dry_run: bool, as_json: bool) -> None:
    """Issue a targeted voucher to the workers of a file, or to all who fulfil the rules."""
    if (file is None) == (not matching):
        raise click.UsageError("give either --to FILE or --matching")
    with refusals_end_the_command(as_json=as_json):
        found = find_scheme_by_code(scheme)
        if found is None:
            raise Refused(Refusal("scheme_unknown", {"code": scheme}))
        scheme_id = found.id
        unknown, worker_ids = _workers_of(file) if file else (0, _everybody())
    outcome = _issue_all(worker_ids, scheme_id, dry_run=dry_run)
    if unknown:
        outcome.refusals["worker_unknown"] += unknown
    document = {
        "scheme": scheme,
        "issued": outcome.issued,
        "already_held": outcome.held,
        "committed_fen": outcome.committed_fen,
        "refusals": dict(sorted(outcome.refusals.items())),
        "dry_run": dry_run,
    }
    if as_json:
        print_json(document)
    else:
        for name, value in document.items():
            click.echo(f"{name}: {value}")


@dataclass(slots=True)
class Batch:
    """What became of a batch."""

    issued: int = 0
    held: int = 0
    committed_fen: int = 0
    refusals: Counter[str] = field(default_factory=Counter)

    def add(self, answer: int | None | Refused) -> None:
        """Count one worker: the money committed, nothing when held already, or the reasons."""
        if isinstance(answer, Refused):
            self.refusals.update(answer.codes)
        elif answer is None:
            self.held += 1
        else:
            self.issued += 1
            self.committed_fen += answer


def _issue_all(worker_ids: Iterable[int], scheme_id: int, *, dry_run: bool) -> Batch:
    outcome = Batch()
    if not dry_run:
        for worker_id in worker_ids:
            outcome.add(_issue_alone(worker_id, scheme_id))
        return outcome
    with rehearsal():
        for worker_id in worker_ids:
            outcome.add(_issue_in_part(worker_id, scheme_id))
    return outcome


def _workers_of(file: Path) -> tuple[int, list[int]]:
    codes = [line.strip() for line in read_text(file).splitlines() if line.strip()]
    known = list_worker_ids_by_code(codes)
    return sum(code not in known for code in codes), [
        known[code] for code in dict.fromkeys(codes) if code in known
    ]


def _everybody() -> Iterator[int]:
    last = 0
    while chunk := list_worker_ids_after(last):
        yield from chunk
        last = chunk[-1]


def _issue_alone(worker_id: int, scheme_id: int) -> int | None | Refused:
    try:
        with write_transaction():
            return _issue(worker_id, scheme_id)
    except Refused as refused:
        return refused


def _issue_in_part(worker_id: int, scheme_id: int) -> int | None | Refused:
    try:
        with db.session.begin_nested():
            return _issue(worker_id, scheme_id)
    except Refused as refused:
        return refused


def _issue(worker_id: int, scheme_id: int) -> int | None:
    if find_live_voucher(worker_id, scheme_id=scheme_id):
        return None
    return issue_voucher(worker_id, scheme_id=scheme_id, actor_id=None).value_fen or 0
