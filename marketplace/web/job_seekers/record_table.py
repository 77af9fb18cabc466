"""The record as a table: one row for each training, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable

from flask import current_app

from marketplace.edge.formats import sentence
from marketplace.enrollment.labels import ASSESSMENT_LABELS, ENROLLMENT_LABELS
from marketplace.foundation.errors import N_
from marketplace.foundation.money import Money
from marketplace.records.labels import CERTIFICATE_LABELS
from marketplace.records.models import Certificate
from marketplace.records.queries.record import RecordLine

HEADER = (
    N_("Training"),
    N_("Institution"),
    N_("Occupation"),
    N_("Skill level"),
    N_("Hours"),
    N_("First day"),
    N_("Last day"),
    N_("State"),
    N_("Attendance (%%)"),
    N_("Assessment"),
    N_("Completed on"),
    N_("Certificate number"),
    N_("State of the certificate"),
    N_("Where to check it"),
    N_("Paid by voucher"),
    N_("Entry"),
    N_("Enrollment"),
)


def record_header() -> list[str]:
    """The names of the columns."""
    return [sentence(text) for text in HEADER]


def record_row(line: RecordLine, page_of: Callable[[Certificate], str]) -> list[object]:
    """One training; days as ISO 8601, the amount as a plain decimal number."""
    run, completion, certificate = line.run, line.completion, line.certificate
    paid = line.redemption
    return [
        run.title,
        run.institution_name,
        run.occupation_code,
        run.level,
        run.hours,
        run.starts_on.isoformat(),
        run.ends_on.isoformat(),
        sentence(ENROLLMENT_LABELS[line.enrollment.state]),
        line.attendance_percent,
        sentence(ASSESSMENT_LABELS[completion.assessment]) if completion else None,
        completion.completed_on.isoformat() if completion else None,
        certificate.code if certificate else None,
        sentence(CERTIFICATE_LABELS[certificate.state]) if certificate else None,
        page_of(certificate) if certificate else None,
        Money(paid.amount_fen, current_app.config["CURRENCY"]).decimal_text() if paid else None,
        paid.entry_id if paid else None,
        line.enrollment.code,
    ]
