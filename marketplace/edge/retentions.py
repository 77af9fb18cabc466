"""Withheld shares in what both sides see: the filter that was asked for, and the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from flask import Response, request
from flask_babel import gettext

from marketplace.foundation.files import csv_text
from marketplace.retentions.labels import MILESTONE_LABELS, RETENTION_LABELS
from marketplace.retentions.queries.listing import RetentionRow, Wanted, each_retention
from marketplace.retentions.states import RetentionState
from marketplace.vouchers.states import Milestone

DUE_SOON = "due_soon"
"""Beside the states: what goes back soon."""
CODE_MAX = 40


def asked_retentions(paths: Sequence[str], *, institution_id: int | None = None) -> Wanted:
    """State (withheld, unless another is asked for), milestone, class and institution of the
    query; what is no such word asks for everything."""
    state = request.args.get("state", RetentionState.HELD.value)
    milestone = request.args.get("milestone", "")
    return Wanted(
        paths=paths,
        institution_id=institution_id,
        state=RetentionState(state) if state in RETENTION_LABELS else None,
        milestone=Milestone(milestone) if milestone in MILESTONE_LABELS else None,
        run_code=_code("class"),
        institution_code=_code("institution"),
        is_due_soon=state == DUE_SOON,
    )


def retention_file(wanted: Wanted) -> Response:
    """The list as CSV; people by their enrollment only."""
    header = [
        gettext("Number of the share"),
        gettext("Institution"),
        gettext("Class"),
        gettext("Enrollment"),
        gettext("Redemption"),
        gettext("Milestone"),
        gettext("State"),
        gettext("Amount"),
        gettext("Withheld since"),
        gettext("Days withheld"),
        gettext("Evidence counts from"),
        gettext("Evidence by"),
        gettext("Evidence"),
        gettext("Ended on"),
        gettext("Rule"),
    ]
    answer = Response("".join(csv_text(header, _rows(wanted))), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="withheld.csv"'
    return answer


def _rows(wanted: Wanted) -> Iterator[tuple[Any, ...]]:
    for row in each_retention(wanted):
        yield _row(row)


def _row(row: RetentionRow) -> tuple[Any, ...]:
    one = row.retention
    return (
        one.code,
        row.institution_name,
        row.run_code,
        row.enrollment_code,
        row.redemption_code,
        gettext(MILESTONE_LABELS[one.milestone]),
        gettext(RETENTION_LABELS[one.state][0]),
        row.left.decimal_text(),
        row.since,
        row.age_days,
        one.counts_from,
        one.due_by,
        one.evidence or "",
        one.ended_on or "",
        one.rule,
    )


def _code(name: str) -> str:
    return request.args.get(name, "").strip()[:CODE_MAX]
