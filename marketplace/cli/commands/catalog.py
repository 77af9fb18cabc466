"""`catalog …`: the public catalog for operators."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup

from marketplace.catalog.distances import STEPS_KM, Origin
from marketplace.catalog.operations.imports import FORMATS, CatalogIntake
from marketplace.catalog.operations.search_index import reindex_courses
from marketplace.catalog.queries.exports import each_course_row
from marketplace.catalog.queries.search import (
    CourseQuery,
    CourseSort,
    find_jurisdiction_path,
    search_courses,
)
from marketplace.catalog.queries.search_cards import CourseCard
from marketplace.catalog.queries.search_distance import find_origin_of
from marketplace.catalog.sources.templates import COURSES
from marketplace.cli.answers import print_understood
from marketplace.cli.import_answers import catalog_document
from marketplace.cli.import_commands import FORMATS as TABLE_FORMATS
from marketplace.cli.import_commands import (
    LANGUAGES,
    Wishes,
    import_one_file,
    import_options,
    write_file_as,
    write_template_command,
)
from marketplace.foundation.db import write_transaction
from marketplace.foundation.money import AMOUNT_FEN_MAX
from marketplace.foundation.paging import PAGE_SIZE_MAX, PageRequest
from marketplace.institutions.queries import find_institution_by_code
from marketplace.people.queries.workers import find_worker_in_scope
from marketplace.vouchers.queries.prices import get_course_price_for_worker

STEPS = [str(km) for km in STEPS_KM]
SORTS = [sort.value for sort in CourseSort if sort != CourseSort.OWN_PRICE]
group = AppGroup("catalog", help="Courses and their search.")


@group.command("search")
@click.argument("query", default="")
@click.option("--limit", type=click.IntRange(1, PAGE_SIZE_MAX), default=20, show_default=True)
@click.option("--jurisdiction", "jurisdiction_code", help="Code of a place; its subtree counts.")
@click.option(
    "--fee-max", "fee_fen_max", type=click.IntRange(0, AMOUNT_FEN_MAX), help="Highest fee, in fen."
)
@click.option("--near", help="Where distances are taken from: a place's code, or `45.62,122.85`.")
@click.option("--km", "km_max", type=click.Choice(STEPS), help="Taught at most so far from there.")
@click.option("--sort", type=click.Choice(SORTS), default="relevance", show_default=True)
@click.option("--worker", "worker_code", help="Add this worker's own price to each result.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def search_catalog(
    query: str,
    limit: int,
    jurisdiction_code: str | None,
    fee_fen_max: int | None,
    near: str | None,
    km_max: str | None,
    sort: str,
    worker_code: str | None,
    as_json: bool,
) -> None:
    """What the public page finds, in its order."""
    worker = find_worker_in_scope(worker_code, [""]) if worker_code else None
    if worker_code and worker is None:
        raise click.BadParameter("no such worker", param_hint="--worker")
    wanted = CourseQuery(
        query,
        jurisdiction_path=_path_of(jurisdiction_code),
        fee_fen_max=fee_fen_max,
        near=_origin_of(near, is_needed=bool(km_max) or sort == CourseSort.DISTANCE),
        km_max=int(km_max) if km_max else None,
        sort=CourseSort(sort),
    )
    found = search_courses(wanted, PageRequest(1, limit))
    page = found.page
    print_understood(found.understanding.mended, found.understanding.also)
    results = [_result(card) for card in page.items]
    if worker is not None:
        prices = get_course_price_for_worker(worker.id, [card.course_id for card in page.items])
        for card, result in zip(page.items, results, strict=True):
            price = prices.get(card.course_id)
            result["your_price_fen"] = price.own_share.fen if price else card.fee.fen
    if as_json:
        click.echo(json.dumps({"total": page.total, "results": results}, ensure_ascii=False))
        return
    for result in results:
        fee = f"{result['fee_fen'] / 100:.2f} {result['currency']}"
        click.echo(f"{result['code']}  {result['title']}  {result['institution']}  {fee}")
    click.echo(f"{page.total} found", err=True)


@group.command("reindex")
def reindex_catalog() -> None:
    """Build the search index anew from the listed courses."""
    with write_transaction():
        count = reindex_courses()
    click.echo(f"{count} courses indexed", err=True)


@group.command("import")
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.option("--source", required=True, type=click.Choice(sorted(FORMATS)))
@click.option("--replace", is_flag=True, help="Withdraw what the file does not name.")
@import_options
def import_catalog(file: Path, source: str, replace: bool, **wishes: Any) -> None:
    """Take in a file of courses, CSV or XLSX; nothing is ever deleted."""
    currency = current_app.config["CURRENCY"]

    def intake() -> CatalogIntake:
        return CatalogIntake(file, source=source, currency=currency, replaces=replace)

    import_one_file(
        file,
        noun="catalog",
        wishes=Wishes(**wishes),
        make_intake=intake,
        form=FORMATS[source](currency),
        document_of=catalog_document,
    )


@group.command("template")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@click.option("--format", "file_format", type=click.Choice(TABLE_FORMATS), default="csv")
@click.option("--language", type=click.Choice(sorted(LANGUAGES)), default="zh", show_default=True)
def write_catalog_template(file: Path | None, file_format: str, language: str) -> None:
    """Write the template of our own file of courses, to a file or to standard output."""
    write_template_command(file, file_format, kind=COURSES, language=language)


@group.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--institution", "institution_code", help="Only its courses, drafts too.")
@click.option("--language", type=click.Choice(sorted(LANGUAGES)), default="en", show_default=True)
def export_catalog(file: Path, institution_code: str | None, language: str) -> None:
    """Write the catalog in our own format (.csv, .xlsx); imported again it changes nothing."""
    institution = find_institution_by_code(institution_code) if institution_code else None
    if institution_code and institution is None:
        raise click.BadParameter("no such institution", param_hint="--institution")
    rows = each_course_row(institution_id=institution.id if institution else None)
    write_file_as(file, kind=COURSES, rows=rows, language=language)


def _path_of(jurisdiction_code: str | None) -> str | None:
    path = find_jurisdiction_path(jurisdiction_code) if jurisdiction_code else None
    if jurisdiction_code and path is None:
        raise click.BadParameter("no such place", param_hint="--jurisdiction")
    return path


def _origin_of(near: str | None, *, is_needed: bool) -> Origin | None:
    origin = find_origin_of(near) if near else None
    if near and origin is None:
        raise click.BadParameter("no site on the map there", param_hint="--near")
    if origin is None and is_needed:
        raise click.UsageError("a distance needs --near")
    return origin


def _result(card: CourseCard) -> dict[str, Any]:
    return {
        "key": card.source_key,
        "code": card.code,
        "title": card.title,
        "institution": card.institution_name,
        "fee_fen": card.fee.fen,
        "currency": card.fee.currency,
        **({} if card.distance_m is None else {"distance_m": card.distance_m}),
    }
