"""`occupations …`: the loaded classifications."""

from __future__ import annotations

import json

import click
from flask.cli import AppGroup

from marketplace.catalog.queries.occupations import (
    count_occupations_matching,
    list_occupations_matching,
)
from marketplace.foundation.paging import PAGE_SIZE_MAX

group = AppGroup("occupations", help="Classifications of occupations.")


@group.command("search")
@click.argument("query")
@click.option("--limit", type=click.IntRange(1, PAGE_SIZE_MAX), default=20, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def search_occupations(query: str, limit: int, as_json: bool) -> None:
    """Occupations whose code begins with, or whose title contains, every word."""
    results = [
        {"code": occupation.code, "title": occupation.title}
        for occupation in list_occupations_matching(query, limit=limit)
    ]
    total = count_occupations_matching(query)
    if as_json:
        click.echo(json.dumps({"total": total, "results": results}, ensure_ascii=False))
        return
    for result in results:
        click.echo(f"{result['code']}  {result['title']}")
    click.echo(f"{total} found", err=True)
