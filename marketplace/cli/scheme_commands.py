"""`schemes draft|submit|publish|return|drafts|replay`: the next version, and what it would do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import click

from marketplace.cli.answers import DateParam, print_json, refusals_end_the_command
from marketplace.cli.drafting import (
    draft_document,
    draft_named,
    finish_replay,
    officer_named,
    replay_document,
)
from marketplace.cli.packs import read_text
from marketplace.drafting.models import PolicyReplay, SchemeDraft
from marketplace.drafting.operations.drafts import (
    publish_draft,
    return_draft,
    save_draft,
    submit_draft,
)
from marketplace.drafting.operations.replays import start_replay
from marketplace.drafting.queries.drafts import find_open_draft, list_drafts
from marketplace.drafting.queries.replays import get_replay, list_place_names
from marketplace.drafting.rules.totals import figures_from
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.paging import PageRequest
from marketplace.vouchers.rules.pack import read_pack

_by = click.option("--by", required=True, metavar="LOGIN", help="Who acts.")
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.command("draft")
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@_by
@_json
def draft(file: Path, by: str, as_json: bool) -> None:
    """Keep a policy pack (YAML) as the draft of its scheme; the open one is changed."""
    with refusals_end_the_command(as_json=as_json):
        text = read_text(file)
        with write_transaction():
            known = find_open_draft(read_pack(text)["scheme"])
            saved = save_draft(
                text, draft_id=known.id if known else None, officer=officer_named(by)
            )
            document = draft_document(saved)
    _print(document, as_json=as_json)


@click.command("submit")
@click.argument("code")
@_by
@_json
def submit(code: str, by: str, as_json: bool) -> None:
    """First signature; the past must have been replayed under the draft."""
    _act(code, by, lambda found, who: submit_draft(found.id, actor_id=who), as_json=as_json)


@click.command("publish")
@click.argument("code")
@_by
@_json
def publish(code: str, by: str, as_json: bool) -> None:
    """Second signature, by another person: the draft becomes the next version."""
    _act(code, by, lambda found, who: publish_draft(found.id, actor_id=who), as_json=as_json)


@click.command("return")
@click.argument("code")
@_by
@click.option("--reason", required=True, help="What has to change.")
@_json
def send_back(code: str, by: str, reason: str, as_json: bool) -> None:
    """Send a submitted draft back with a reason."""
    _act(
        code,
        by,
        lambda found, who: return_draft(found.id, reason=reason, actor_id=who),
        as_json=as_json,
    )


@click.command("drafts")
@_json
def drafts(as_json: bool) -> None:
    """The open drafts, those that wait for a decision first."""
    page = list_drafts(("",), PageRequest(size=200))
    documents = [draft_document(found) for found, _place in page.items]
    if as_json:
        print_json({"drafts": documents, "total": page.total})
        return
    for document in documents:
        click.echo(f"{document['draft']}  {document['scheme']}  {document['state']}")


@click.command("replay")
@click.argument("target")
@click.option("--from", "from_on", type=DateParam(), help="First day; a year ago if absent.")
@click.option("--until", "until_on", type=DateParam(), help="Last day; today if absent.")
@_json
def replay(target: str, from_on: date | None, until_on: date | None, as_json: bool) -> None:
    """Decide a past period again under TARGET: the code of a draft, or a policy pack (YAML).

    Tells who gains, who loses and why, and what it costs; nothing of the past changes.
    """
    until_on = until_on or clock.today()
    from_on = from_on or until_on - timedelta(days=365)
    with refusals_end_the_command(as_json=as_json):
        found = None if _is_file(target) else draft_named(target)
        text = found.pack_text if found else read_text(Path(target))
        with write_transaction():
            replay_id = start_replay(
                text, from_on=from_on, until_on=until_on, actor_id=None, draft=found
            ).id
        finish_replay(replay_id, on_progress=_show)
    finished = get_replay(replay_id)
    if as_json:
        figures = figures_from(finished.figures)
        ids = {int(key.split("|")[0]) for key in figures.cells}
        ids |= {row["place_id"] for row in figures.outlook}
        print_json(replay_document(finished, list_place_names(ids)))
        return
    _tell(finished)


def _is_file(target: str) -> bool:
    try:
        return Path(target).is_file()
    except OSError:  # a name too long for any file
        return False


def _act(
    code: str, by: str, act: Callable[[SchemeDraft, int], SchemeDraft], *, as_json: bool
) -> None:
    with refusals_end_the_command(as_json=as_json), write_transaction():
        document = draft_document(act(draft_named(code), officer_named(by).user_id))
    _print(document, as_json=as_json)


def _print(document: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(document)
        return
    for name, value in document.items():
        click.echo(f"{name}: {value}")


def _show(done: int, total: int) -> None:
    click.echo(f"{done:,} of {total:,} people and vouchers decided", err=True)


def _tell(replay: PolicyReplay) -> None:
    figures = figures_from(replay.figures)
    click.echo(f"{replay.code}  {replay.scheme_code}  {replay.from_on} – {replay.until_on}")
    click.echo(f"classes: {figures.classes}  people: {figures.people}")
    click.echo(f"fen: {figures.old_fen} → {figures.new_fen} ({figures.difference_fen:+})")
    for code, (count, fen) in sorted(figures.reasons.items()):
        click.echo(f"  {code}: {count} vouchers, {fen:+} fen")


DRAFT_COMMANDS = (draft, submit, publish, send_back, drafts, replay)
