"""`flask ledger ...`: prove the books, seal them, prove the seals."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click
from flask.cli import AppGroup

from marketplace.cli.answers import print_json, refusals_end_the_command
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound
from marketplace.ledger.sealing.anchors import read_anchors
from marketplace.ledger.sealing.documents import GENESIS
from marketplace.ledger.sealing.naming import AccountNames
from marketplace.ledger.sealing.operations import seal_block
from marketplace.ledger.sealing.proofs import proof_of_entry
from marketplace.ledger.sealing.provers import PROCESSES_MAX, default_processes
from marketplace.ledger.sealing.queries import find_last_block
from marketplace.ledger.sealing.verify import verify_seals
from marketplace.reporting.invariants import BooksCheck, check_books

group = AppGroup("ledger", help="Prove and seal the books.")


@group.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def check(as_json: bool) -> None:
    """Check every invariant over the live data. Exit 1 when one is violated."""
    result = check_books()
    click.echo(_document(result) if as_json else _sentences(result))
    if not result.ok:
        raise SystemExit(1)


def _document(result: BooksCheck) -> str:
    document = {
        "ok": result.ok,
        "entries": result.entries,
        "postings": result.postings,
        "violations": [asdict(violation) for violation in result.violations],
    }
    return json.dumps(document, ensure_ascii=False)


def _sentences(result: BooksCheck) -> str:
    lines = [
        f"{violation.invariant}: {violation.subject}: {violation.detail}"
        for violation in result.violations
    ]
    verdict = "The books are right" if result.ok else f"{len(result.violations)} violations"
    return "\n".join([*lines, f"{verdict}: {result.entries} entries, {result.postings} postings."])


@group.command("seal")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def seal(as_json: bool) -> None:
    """Close all entries that are not sealed yet into blocks, and print the newest head."""
    blocks = entries = 0
    names = AccountNames()
    while True:
        with write_transaction():
            block = seal_block(actor_id=None, names=names)
            entries += block.entries if block else 0
        if block is None:
            break
        blocks += 1
        click.echo(f"{entries} entries sealed", err=True)
    last = find_last_block()
    head = {"height": last.height, "head": last.head} if last else {"height": 0, "head": GENESIS}
    if as_json:
        print_json({"ok": True, "blocks": blocks, "entries": entries, **head})
        return
    click.echo(f"{blocks} blocks, {entries} entries. Block {head['height']}: {head['head']}")


@group.command("verify")
@click.option(
    "--anchor",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="Heads kept elsewhere: an answer of `seal`, of `verify`, or the published list, as JSON.",
)
@click.option(
    "--processes",
    type=click.IntRange(1, PROCESSES_MAX),
    default=default_processes,
    show_default="one a core",
    help="How many processes share the blocks.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def verify(anchor: Path | None, processes: int, as_json: bool) -> None:
    """Recompute all seals from the journal. Exit 1 when something is not as it was sealed."""
    with refusals_end_the_command(as_json=as_json):
        anchors = read_anchors(anchor.read_bytes(), name=anchor.name) if anchor else {}
    report = verify_seals(anchors, processes=processes)
    if as_json:
        print_json({"ok": report.ok, **asdict(report)})
    else:
        for violation in report.violations:
            click.echo(f"{violation.invariant}: {violation.subject}: {violation.detail}")
        verdict = "The seals are right" if report.ok else f"{len(report.violations)} violations"
        click.echo(
            f"{verdict}: {report.height} blocks, {report.entries} entries, "
            f"{report.unsealed} not sealed yet. Head {report.head}"
        )
    if not report.ok:
        raise SystemExit(1)


@group.command("prove")
@click.argument("entry", type=click.IntRange(1, 2**63 - 1))
def prove(entry: int) -> None:
    """Print the proof that an entry is sealed; tools/check_proof.py checks it alone."""
    try:
        print_json(proof_of_entry(entry))
    except NotFound:
        click.echo(f"entry {entry} does not exist or is not sealed yet", err=True)
        raise SystemExit(1) from None
