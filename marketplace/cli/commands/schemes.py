"""`schemes load|show`: policy packs; drafts and replays are in `cli/scheme_commands.py`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from marketplace.cli.answers import print_json, refusals_end_the_command
from marketplace.cli.packs import read_text
from marketplace.cli.scheme_commands import DRAFT_COMMANDS
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refusal, Refused
from marketplace.vouchers.models import Scheme, SchemeVersion
from marketplace.vouchers.operations.schemes import load_scheme
from marketplace.vouchers.queries.schemes import (
    find_scheme_by_code,
    get_scheme,
    list_scheme_versions,
)
from marketplace.vouchers.rules.differences import list_differences

group = AppGroup("schemes", help="Policy packs: load them, show them, draft and replay them.")
for command in DRAFT_COMMANDS:
    group.add_command(command)


@group.command("load")
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def load(file: Path, as_json: bool) -> None:
    """Publish a policy pack (YAML). The same content again changes nothing.

    For whoever runs the deployment: it publishes at once. Officers draft, replay and publish with
    two signatures, on the pages or with `schemes draft`.
    """
    with refusals_end_the_command(as_json=as_json):
        pack_text = read_text(file)
        with write_transaction():
            version = load_scheme(pack_text, actor_id=None)
            scheme_id = version.scheme_id
    _print_scheme(get_scheme(scheme_id), as_json=as_json)


@group.command("show")
@click.argument("code")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def show(code: str, as_json: bool) -> None:
    """The versions of a scheme, and what each changed."""
    with refusals_end_the_command(as_json=as_json):
        scheme = find_scheme_by_code(code)
        if scheme is None:
            raise Refused(Refusal("scheme_unknown", {"code": code}))
    _print_scheme(scheme, as_json=as_json)


def _print_scheme(scheme: Scheme, *, as_json: bool) -> None:
    versions = list_scheme_versions(scheme.id)
    before = {version.number: version.policy for version in versions}
    documents = [_version_document(version, before) for version in versions]
    if as_json:
        latest = documents[0] if documents else {"differences": []}
        print_json(
            {
                "scheme": scheme.code,
                "versions": documents,
                "differences": latest["differences"],
            }
        )
        return
    for document in documents:
        until = document["valid_until"] or "…"
        click.echo(
            f"{scheme.code} v{document['number']}  {document['valid_from']} – {until}"
            f"  {document['sha256'][:12]}"
        )
        if document["number"] == 1:
            continue
        for change in document["differences"]:
            click.echo(f"  {change['path']}: {change['before']} → {change['after']}")


def _version_document(version: SchemeVersion, before: dict[int, dict[str, Any]]) -> dict[str, Any]:
    earlier = before.get(version.number - 1)
    changes = list_differences(earlier, version.policy) if earlier else ()
    return {
        "number": version.number,
        "state": version.state.value,
        "title": version.title,
        "valid_from": version.valid_from.isoformat(),
        "valid_until": version.valid_until.isoformat() if version.valid_until else None,
        "sha256": version.content_sha256,
        "differences": [
            {"path": change.path, "before": change.before, "after": change.after}
            for change in changes
        ],
    }
