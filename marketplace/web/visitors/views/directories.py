"""The public directories: as they stand, as they stood on any day, and what changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from flask import Response, render_template, request, stream_with_context

from marketplace.catalog.rules import LEVEL_WORDS, MODE_WORDS
from marketplace.directories.labels import (
    CHANGE_LABELS,
    CHANGE_TONES,
    DIRECTORY_LEADS,
    DIRECTORY_TITLES,
    STATE_LABELS,
    STATE_TONES,
)
from marketplace.directories.queries.all_directories import DIRECTORIES, get_directory
from marketplace.directories.queries.demand import find_demand
from marketplace.directories.queries.exports import csv_export, json_export
from marketplace.directories.queries.listings import (
    DirectoryQuery,
    count_directory,
    list_directory,
    list_directory_changes,
)
from marketplace.directories.rules import KIND_WORDS, TIER_WORDS
from marketplace.directories.states import DirectoryName
from marketplace.edge.access import access, anyone
from marketplace.edge.paging import asked_day, asked_page, page_url
from marketplace.foundation import clock
from marketplace.foundation.errors import NotFound
from marketplace.web.visitors.blueprint import blueprint
from marketplace.web.visitors.forms.directories import AskedDirectory, read_directory_query

ROWS_PER_PAGE = 30
EXPORTS: dict[str, tuple[Callable[..., Iterator[str]], str]] = {
    "csv": (csv_export, "text/csv; charset=utf-8"),
    "json": (json_export, "application/json"),
}


@blueprint.get("/directories")
@access(anyone)
def list_directories() -> str:
    """The five directories, with how much each of them lists today."""
    today = clock.today()
    counts = {
        name: count_directory(directory, DirectoryQuery(today))
        for name, directory in DIRECTORIES.items()
    }
    return render_template(
        "visitors/list_directories.html",
        counts=counts,
        titles=DIRECTORY_TITLES,
        leads=DIRECTORY_LEADS,
    )


@blueprint.get("/directories/<name>")
@access(anyone)
def show_directory(name: str) -> str:
    """One directory as it stood on the day asked for."""
    found, directory = get_directory(name)
    today = clock.today()
    asked = read_directory_query(request.args, directory, today=today)
    return render_template(
        "visitors/show_directory.html",
        name=found,
        directory=directory,
        asked=asked,
        page=list_directory(directory, asked.query, asked_page(size=ROWS_PER_PAGE)),
        history=directory.history(),
        decision=_decision(found, asked),
        month_ago=asked.query.on - timedelta(days=30),
        page_url=page_url,
        export_args=_kept_args(),
        **_words(),
    )


@blueprint.get("/directories/<name>/changes")
@access(anyone)
def show_directory_changes(name: str) -> str:
    """What was added, removed or changed since a day."""
    found, directory = get_directory(name)
    today = clock.today()
    asked = read_directory_query(request.args, directory, today=today)
    since = min(asked_day("since") or today - timedelta(days=30), asked.query.on)
    page = list_directory_changes(
        directory, asked.query, since=since, page=asked_page(size=ROWS_PER_PAGE)
    )
    return render_template(
        "visitors/show_directory_changes.html",
        name=found,
        asked=asked,
        since=since,
        page=page,
        history=directory.history(),
        page_url=page_url,
        change_labels=CHANGE_LABELS,
        change_tones=CHANGE_TONES,
        links={
            DirectoryName.COURSES: "visitors.show_course",
            DirectoryName.INSTITUTIONS: "visitors.show_institution",
        },
        **_words(),
    )


@blueprint.get("/directories/<name>/export/<form>")
@access(anyone)
def export_directory(name: str, form: str) -> Response:
    """The whole directory as it stood, with the filters of the page, as CSV or JSON."""
    found, directory = get_directory(name)
    if form not in EXPORTS:
        raise NotFound("export", form)
    write, media_type = EXPORTS[form]
    query = read_directory_query(request.args, directory, today=clock.today()).query
    file_name = f"{found.value}-{query.on.isoformat()}.{form}"
    return Response(
        stream_with_context(write(found, directory, query)),
        mimetype=media_type,
        headers={"Content-Disposition": f'attachment; filename="{file_name}"'},
    )


def _decision(name: DirectoryName, asked: AskedDirectory) -> object:
    """For one occupation at one place: whether it is in demand, and by which entry."""
    if name != DirectoryName.IN_DEMAND or asked.occupation is None:
        return None
    path = asked.query.jurisdiction_path or ""
    return find_demand(asked.occupation.id, place_path=path, on=asked.query.on)


def _kept_args() -> dict[str, str]:
    """The filters of the present address, for links that keep them."""
    names = ("q", "place", "occupation", "level", "state", "on")
    return {name: request.args[name] for name in names if request.args.get(name)}


def _words() -> dict[str, object]:
    return {
        "titles": DIRECTORY_TITLES,
        "leads": DIRECTORY_LEADS,
        "state_labels": STATE_LABELS,
        "state_tones": STATE_TONES,
        "kind_words": KIND_WORDS,
        "tier_words": TIER_WORDS,
        "level_words": LEVEL_WORDS,
        "mode_words": MODE_WORDS,
    }
