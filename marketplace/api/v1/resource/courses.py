"""`/api/v1/courses`: search and read, public."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint

from marketplace.api.v1.schemas import CourseDetailOut, CourseResultsOut, CourseSearchIn
from marketplace.catalog.models import CourseRun
from marketplace.catalog.queries.course_runs import list_course_runs_of_course
from marketplace.catalog.queries.courses import PublicCourse, find_public_course
from marketplace.catalog.queries.search import (
    CourseQuery,
    CourseSort,
    find_jurisdiction_path,
    search_courses,
)
from marketplace.catalog.queries.search_cards import CourseCard
from marketplace.catalog.queries.search_distance import find_origin_of
from marketplace.catalog.rules import refusals_for_showing
from marketplace.edge.access import access, anyone
from marketplace.foundation import clock
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.paging import PageRequest

blueprint = APIBlueprint("api_courses", __name__, url_prefix="/api/v1/courses", tag="courses")


@blueprint.get("")
@blueprint.input(CourseSearchIn, location="query", arg_name="asked")
@blueprint.output(CourseResultsOut)
@blueprint.doc(summary="Search courses", operation_id="search_courses")
@access(anyone)
def search(asked: dict[str, Any]) -> dict[str, Any]:
    """What the public page finds, in its order."""
    path = None
    if asked["jurisdiction"] and not (path := find_jurisdiction_path(asked["jurisdiction"])):
        raise NotFound("jurisdiction")
    near = None
    if asked["near"] and not (near := find_origin_of(asked["near"])):
        raise NotFound("jurisdiction")
    query = CourseQuery(
        asked["q"],
        jurisdiction_path=path,
        fee_fen_max=asked["fee_fen_max"],
        near=near,
        km_max=asked["km"] if near else None,
        sort=CourseSort(asked["sort"]),
    )
    page = search_courses(query, PageRequest(asked["page"], asked["size"])).page
    return {
        "total": page.total,
        "page": page.number,
        "pages": page.pages,
        "results": [_card(card) for card in page.items],
    }


@blueprint.get("/<code>")
@blueprint.output(CourseDetailOut)
@blueprint.doc(summary="Read a course", operation_id="show_course", responses=[404, 409])
@access(anyone)
def show(code: str) -> dict[str, Any]:
    """One public course with its coming runs. One that is not offered any more says why (409)."""
    found = find_public_course(code)
    if found is None:
        raise NotFound("course")
    if refusals := refusals_for_showing(found.facts):
        raise Refused(refusals)
    runs = list_course_runs_of_course(found.course.id, from_on=clock.today())
    return _detail(found) | {"runs": [_run(run) for run in runs]}


def _card(card: CourseCard) -> dict[str, Any]:
    return {
        "code": card.code,
        "title": card.title,
        "institution_code": card.institution_code,
        "institution": card.institution_name,
        "hours": card.hours,
        "mode": card.mode.value,
        "level": card.level,
        "fee_fen": card.fee.fen,
        "currency": card.fee.currency,
        "next_run_starts_on": card.next_run_starts_on,
        "distance_m": card.distance_m,
    }


def _detail(found: PublicCourse) -> dict[str, Any]:
    version = found.version
    return {
        "code": found.course.code,
        "title": version.title,
        "institution_code": found.institution.code,
        "institution": found.institution.name,
        "hours": version.hours,
        "mode": version.mode.value,
        "level": found.course.level,
        "fee_fen": version.fee_fen,
        "currency": version.currency,
        "description": version.description,
        "certificate": version.certificate,
        "next_run_starts_on": None,
    }


def _run(run: CourseRun) -> dict[str, Any]:
    return {
        "code": run.code,
        "state": run.state.value,
        "starts_on": run.starts_on,
        "ends_on": run.ends_on,
        "enrollment_closes_on": run.enrollment_closes_on,
        "seats_left": run.capacity - run.seats_taken,
    }
