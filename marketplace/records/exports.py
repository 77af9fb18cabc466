"""The record as a document for other programs: every field named, amounts in fen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from marketplace.people.queries.workers import WorkerMasks
from marketplace.records.models import Certificate
from marketplace.records.queries.record import RecordLine

FORMAT = "training-record/1"


def record_document(
    lines: Sequence[RecordLine],
    *,
    holder: str,
    masks: WorkerMasks,
    currency: str,
    made_at: datetime,
    page_of: Callable[[Certificate], str],
) -> dict[str, Any]:
    """Everything the record says. The ID number stays masked: the file is carried around."""
    return {
        "format": FORMAT,
        "made_at": made_at.isoformat(),
        "holder": {"name": holder, "id_number_masked": masks.number},
        "currency": currency,
        "trainings": [_training(line, page_of) for line in lines],
    }


def _training(line: RecordLine, page_of: Callable[[Certificate], str]) -> dict[str, Any]:
    run, completion = line.run, line.completion
    return {
        "enrollment": line.enrollment.code,
        "title": run.title,
        "course": run.course_code,
        "course_run": run.code,
        "institution": run.institution_name,
        "institution_code": run.institution_code,
        "occupation": run.occupation_code,
        "level": run.level,
        "hours": run.hours,
        "starts_on": run.starts_on.isoformat(),
        "ends_on": run.ends_on.isoformat(),
        "state": line.enrollment.state.value,
        "exit_reason": line.enrollment.exit_reason,
        "lessons_attended": line.lessons_attended,
        "lessons_total": line.lessons_total,
        "attendance_percent": line.attendance_percent,
        "assessment": completion.assessment.value if completion else None,
        "completed_on": completion.completed_on.isoformat() if completion else None,
        "certificate": _certificate(line.certificate, page_of) if line.certificate else None,
        "redeemed_fen": line.redemption.amount_fen if line.redemption else None,
        "ledger_entry": line.redemption.entry_id if line.redemption else None,
    }


def _certificate(certificate: Certificate, page_of: Callable[[Certificate], str]) -> dict[str, Any]:
    return {
        "number": certificate.code,
        "state": certificate.state.value,
        "issued_at": certificate.issued_at.isoformat(),
        "page": page_of(certificate),
    }
