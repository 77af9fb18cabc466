"""`waiting offer`: free seats go to who waits longest; offers not taken in time lapse."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from marketplace.cli.answers import print_json
from marketplace.cli.waiting import offer_everywhere

group = AppGroup("waiting", help="Waiting lists of courses.")


@group.command("offer")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def offer(as_json: bool) -> None:
    """Let lapsed offers go and offer every free seat to who waits longest, course by course."""
    document = offer_everywhere()
    if as_json:
        print_json(document)
    else:
        click.echo(f"{document['courses']} courses waited for, {document['offers']} new offers")
