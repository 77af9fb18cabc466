"""What the page of results shows of the assessment by another party."""

from __future__ import annotations

from typing import Any

from marketplace.assessments.labels import ASSESSMENT_STATE_LABELS, ASSESSMENT_TONES
from marketplace.assessments.queries import (
    find_live_assessment,
    list_bodies_for,
    list_results_of,
    name_of_body,
)
from marketplace.assessments.rules import AS_ASSESSMENT
from marketplace.catalog.models import CourseRun
from marketplace.foundation import clock


def assessment_panel(run: CourseRun) -> dict[str, Any]:
    """The body that was asked, its results by enrollment; else the bodies that may be asked."""
    live = find_live_assessment(run.id)
    results = list_results_of(live.id) if live else {}
    return {
        "assessment": live,
        "assessment_states": ASSESSMENT_STATE_LABELS,
        "assessment_tones": ASSESSMENT_TONES,
        "body_name": name_of_body(live.assessor_id) if live else "",
        "bodies": [] if live else list_bodies_for(run.id, on=clock.today()),
        "said": {one: AS_ASSESSMENT[row.result].value for one, row in results.items()},
        "scores": {one: row.score for one, row in results.items() if row.score is not None},
    }
