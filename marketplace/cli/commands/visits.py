"""`visits list`: what inspectors plan and have seen."""

from __future__ import annotations

from typing import Any

import click
from flask.cli import AppGroup

from marketplace.cli.answers import print_json
from marketplace.foundation.paging import PageRequest
from marketplace.inspections.queries import VisitView, list_observations, list_visits_in
from marketplace.inspections.states import VisitState
from marketplace.jurisdictions.queries import find_jurisdiction_by_code

group = AppGroup("visits", help="Visits of inspectors to classes.")

EVERYWHERE = ("",)


@group.command("list")
@click.option("--state", type=click.Choice([state.value for state in VisitState]))
@click.option("--jurisdiction", "place_code", help="Only classes held in this place; its code.")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def list_visits(state: str | None, place_code: str | None, limit: int, as_json: bool) -> None:
    """Visits: those to come by day, the others newest first."""
    page = list_visits_in(
        _paths(place_code),
        PageRequest(1, limit),
        state=VisitState(state) if state else None,
    )
    visits = [_visit_json(view) for view in page.items]
    if as_json:
        print_json({"total": page.total, "visits": visits})
        return
    for one in visits:
        click.echo(
            f"{one['code']}  {one['planned_on']}  {one['state']:<9}  {one['kind']:<11}  "
            f"{one['course_run']}  {one['institution']}"
        )
    click.echo(f"{page.total} visits")


def _paths(place_code: str | None) -> tuple[str, ...]:
    if place_code is None:
        return EVERYWHERE
    place = find_jurisdiction_by_code(place_code)
    if place is None:
        raise click.UsageError(f"no place has the code {place_code!r}")
    return (place.path,)


def _visit_json(view: VisitView) -> dict[str, Any]:
    visit = view.visit
    return {
        "code": visit.code,
        "kind": visit.kind.value,
        "state": visit.state.value,
        "course_run": view.run_code,
        "title": view.title,
        "institution": view.institution_name,
        "lesson": view.lesson.number if view.lesson else None,
        "planned_on": visit.planned_on.isoformat(),
        "begun_at": visit.begun_at.isoformat() if visit.begun_at else None,
        "submitted_at": visit.submitted_at.isoformat() if visit.submitted_at else None,
        "head_count": visit.head_count,
        "observations": [one.value for one in list_observations(visit.id)],
        "answer_due_on": visit.answer_due_on.isoformat() if visit.answer_due_on else None,
    }
