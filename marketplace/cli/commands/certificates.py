"""`certificates`: issue what completed trainings have earned and do not have yet."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from marketplace.cli.answers import print_json
from marketplace.foundation.db import write_transaction
from marketplace.records.issuer import get_issuer
from marketplace.records.operations.certificates import AT_ONCE_MAX, issue_certificates

group = AppGroup("certificates", help="Certificates of completed trainings.")


@group.command("issue")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def issue(as_json: bool) -> None:
    """Issue certificates for every completed training without one.

    Needed once, for trainings completed before there were certificates; doing it again issues
    nothing. Stopped anywhere, the rest is issued the next time.
    """
    issued = 0
    while True:
        with write_transaction():
            count = issue_certificates(None, actor_id=None)
        issued += count
        if count < AT_ONCE_MAX:
            break
        click.echo(f"{issued} issued", err=True)
    document = {"issued": issued, "issuer": get_issuer().did}
    if as_json:
        print_json(document)
    else:
        click.echo(f"{issued} certificates issued by {document['issuer']}")
