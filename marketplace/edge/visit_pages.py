"""What the record of a visit shows, to inspectors and to the institution alike."""

from __future__ import annotations

from typing import Any

from marketplace.enrollment.labels import ATTENDANCE_LABELS, METHOD_LABELS
from marketplace.evidence.labels import HOLD_STATE_LABELS, HOLD_TONES, KIND_LABELS
from marketplace.evidence.queries import list_holds_of_visit
from marketplace.inspections.labels import OBSERVATION_LABELS
from marketplace.inspections.models import InspectionVisit
from marketplace.inspections.queries import (
    list_answers,
    list_documents_of_visit,
    list_observations,
    list_sightings,
)
from marketplace.inspections.states import VisitState
from marketplace.people.queries import get_user
from marketplace.people.queries.workers import list_worker_masks


def visit_facts(visit: InspectionVisit) -> dict[str, Any]:
    """Sightings beside the records, observations, photos, answers and holds, for templates."""
    sightings = list_sightings(visit.id)
    inspector = get_user(visit.inspector_id)
    is_kept = visit.state is VisitState.SUBMITTED
    return {
        "sightings": sightings,
        "masks": list_worker_masks([enrollment.worker_id for _seen, enrollment in sightings]),
        "observations": list_observations(visit.id),
        "observation_labels": OBSERVATION_LABELS,
        "documents": list_documents_of_visit(visit.id),
        "answers": list_answers(visit.id),
        "visit_holds": list_holds_of_visit(visit.course_run_id, visit.code) if is_kept else [],
        "hold_kinds": KIND_LABELS,
        "hold_states": HOLD_STATE_LABELS,
        "hold_tones": HOLD_TONES,
        "attendance_labels": ATTENDANCE_LABELS,
        "method_labels": METHOD_LABELS,
        "inspector_name": inspector.name or inspector.login,
    }
