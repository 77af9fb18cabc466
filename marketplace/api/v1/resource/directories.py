"""`/api/v1/directories`: the public directories as they stood on a day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import Date, Dict, Integer, List, Nested, String
from marshmallow.validate import Length, Range

from marketplace.catalog.queries.occupations import find_occupation_by_code
from marketplace.catalog.queries.search import find_jurisdiction_path
from marketplace.directories.queries.all_directories import DIRECTORIES, get_directory
from marketplace.directories.queries.listings import (
    ALL,
    LISTED,
    DirectoryQuery,
    list_directory,
    list_directory_changes,
)
from marketplace.edge.access import access, anyone
from marketplace.foundation import clock
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import PageRequest

blueprint = APIBlueprint(
    "api_directories", __name__, url_prefix="/api/v1/directories", tag="directories"
)
DAY = {"format": "date"}


class DirectoryIn(Schema):
    """Which day, which entries, which page. A day to come is read as today."""

    on = Date(load_default=None, validate=Range(min=date(1900, 1, 1)))
    q = String(load_default="", validate=Length(max=100))
    jurisdiction = String(load_default=None, validate=Length(max=12))
    occupation = String(load_default=None, validate=Length(max=30))
    level = Integer(load_default=None, validate=Range(min=1, max=5))
    state = String(load_default=LISTED, validate=Length(max=20))
    page = Integer(load_default=1, validate=Range(min=1, max=10_000))
    size = Integer(load_default=50, validate=Range(min=1, max=100))


class ChangesIn(DirectoryIn):
    """The same, with the day from whose end changes are told: if none, thirty days before."""

    since = Date(load_default=None, validate=Range(min=date(1900, 1, 1)))


class DirectoryNameOut(Schema):
    """One directory: its name in addresses, its columns, its states."""

    name = String()
    columns = List(String())
    states = List(String())
    begins_on = Date(allow_none=True)
    reconstructed_until = Date(allow_none=True)


class DirectoryNamesOut(Schema):
    """All directories."""

    results = List(Nested(DirectoryNameOut))


class DirectoryOut(Schema):
    """One page of a directory; the rows hold the columns named in docs/directories.md."""

    directory = String()
    on = String(metadata=DAY)
    generated_at = String(metadata={"format": "date-time"})
    begins_on = Date(allow_none=True)
    total = Integer()
    page = Integer()
    pages = Integer()
    results = List(Dict(keys=String()))


class ChangeOut(Schema):
    """An entry that was added, removed or changed."""

    act = String()
    key = String()
    title = String()


class ChangesOut(Schema):
    """One page of what changed between the ends of two days."""

    directory = String()
    since = String(metadata=DAY)
    on = String(metadata=DAY)
    total = Integer()
    page = Integer()
    pages = Integer()
    results = List(Nested(ChangeOut))


@blueprint.get("")
@blueprint.output(DirectoryNamesOut)
@blueprint.doc(summary="Name the directories", operation_id="list_directories")
@access(anyone)
def list_names() -> dict[str, Any]:
    """The five directories with their columns and from when they are known."""
    results = []
    for name, directory in DIRECTORIES.items():
        history = directory.history()
        results.append(
            {
                "name": name.value,
                "columns": directory.columns,
                "states": directory.states,
                "begins_on": history.begins_on,
                "reconstructed_until": history.reconstructed_until,
            }
        )
    return {"results": results}


@blueprint.get("/<name>")
@blueprint.input(DirectoryIn, location="query", arg_name="asked")
@blueprint.output(DirectoryOut)
@blueprint.doc(summary="Read a directory", operation_id="show_directory", responses=[404])
@access(anyone)
def show(name: str, asked: dict[str, Any]) -> dict[str, Any]:
    """One page of a directory as it stood on a day."""
    found, directory = get_directory(name)
    query = _query(asked, directory.states)
    page = list_directory(directory, query, PageRequest(asked["page"], asked["size"]))
    return {
        "directory": found.value,
        "on": query.on.isoformat(),
        "generated_at": clock.now().isoformat(timespec="seconds"),
        "begins_on": directory.history().begins_on,
        "total": page.total,
        "page": page.number,
        "pages": page.pages,
        "results": [
            {column: _plain(row[column]) for column in directory.columns} for row in page.items
        ],
    }


@blueprint.get("/<name>/changes")
@blueprint.input(ChangesIn, location="query", arg_name="asked")
@blueprint.output(ChangesOut)
@blueprint.doc(
    summary="What changed in a directory", operation_id="list_directory_changes", responses=[404]
)
@access(anyone)
def list_changes(name: str, asked: dict[str, Any]) -> dict[str, Any]:
    """What was added, removed or changed since the end of a day."""
    found, directory = get_directory(name)
    query = _query(asked, directory.states)
    since = min(asked["since"] or query.on - timedelta(days=30), query.on)
    page = list_directory_changes(
        directory, query, since=since, page=PageRequest(asked["page"], asked["size"])
    )
    return {
        "directory": found.value,
        "since": since.isoformat(),
        "on": query.on.isoformat(),
        "total": page.total,
        "page": page.number,
        "pages": page.pages,
        "results": [
            {"act": change.act, "key": change.key, "title": change.title} for change in page.items
        ],
    }


def _query(asked: dict[str, Any], states: tuple[str, ...]) -> DirectoryQuery:
    """A place or occupation that is not known is not found: no other list is given instead."""
    path = None
    if asked["jurisdiction"] and not (path := find_jurisdiction_path(asked["jurisdiction"])):
        raise NotFound("jurisdiction")
    occupation = find_occupation_by_code(asked["occupation"]) if asked["occupation"] else None
    if asked["occupation"] and occupation is None:
        raise NotFound("occupation")
    if asked["state"] not in (LISTED, ALL, *states):
        raise NotFound("state")
    today = clock.today()
    return DirectoryQuery(
        on=min(asked["on"] or today, today),
        text=asked["q"],
        jurisdiction_path=path,
        occupation_id=occupation.id if occupation else None,
        level=asked["level"],
        state=asked["state"],
    )


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
