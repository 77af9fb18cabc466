"""An officer who acts on the command line: named, within their places, one act, one answer.

A second signature is another person's here as on the page: the rules, and the database, compare
the two. Whoever may run commands of the deployment answers for whom they name (decision 0162).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from marketplace.cli.answers import print_json, refusals_end_the_command
from marketplace.cli.drafting import officer_named
from marketplace.foundation.db import write_transaction

Row = TypeVar("Row")
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
by_option = click.option("--by", required=True, metavar="LOGIN", help="The fund officer who acts.")
reason_option = click.option("--reason", required=True, help="The other officer will read it.")
Document = dict[str, Any]


def act_as(
    by: str,
    act: Callable[[Row, int], object],
    *,
    find: Callable[[Sequence[str]], Row],
    tell: Callable[[Sequence[str]], Document],
    line: Callable[[Document], str],
    as_json: bool,
) -> None:
    """One act of one officer in one unit of work, then what it is about as it stands.

    `find` and `tell` are given the places of the officer: what lies outside does not exist.
    """
    with refusals_end_the_command(as_json=as_json):
        officer = officer_named(by)
        paths = tuple(officer.paths)
        row = find(paths)
        with write_transaction():
            act(row, officer.user_id)
        document = tell(paths)
    if as_json:
        print_json(document)
    else:
        click.echo(line(document))
