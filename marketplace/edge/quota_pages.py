"""Naming employees under a quota, as the office and the employer do it on their pages."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

from flask import Response
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from marketplace.edge.answers import refusal_sentence
from marketplace.edge.downloads import attachment
from marketplace.edge.formats import sentence
from marketplace.foundation.files import csv_text
from marketplace.foundation.stored_refusals import refusal_from
from marketplace.quotas.labels import OUTCOME_LABELS
from marketplace.quotas.operations.naming import NamedPerson
from marketplace.quotas.queries.namings import NamingItem
from marketplace.quotas.sources import read_named_lines, read_named_table

FILE_BYTES_MAX = 1024 * 1024


class NameEmployeesForm(FlaskForm):  # type: ignore[misc]
    """Whom the employer names, and by which list. What was typed is never shown again."""

    people = TextAreaField(
        lazy_gettext("People, one per line: number and name"),
        validators=[Optional(), Length(max=20_000)],
    )
    file = FileField(lazy_gettext("Or a table (CSV, XLSX) with the columns number and name"))
    document_number = StringField(
        lazy_gettext("Number or day of the employer's list"),
        validators=[
            DataRequired(lazy_gettext("Enter the number or day of the employer's list.")),
            Length(max=100),
        ],
    )


def read_people(form: NameEmployeesForm) -> list[NamedPerson]:
    """Everybody of the lines and of the table. Refuses what cannot be read."""
    people = read_named_lines(form.people.data or "")
    upload = form.file.data
    if not upload or not upload.filename:
        return people
    with tempfile.TemporaryDirectory(prefix="marketplace-list-") as folder:
        name = "list.xlsx" if upload.filename.lower().endswith(".xlsx") else "list.csv"
        path = Path(folder) / name
        path.write_bytes(upload.stream.read(FILE_BYTES_MAX))
        return [*people, *read_named_table(path)]


def people_download(
    quota_code: str, items: Iterable[NamingItem], *, masks: dict[int, str], for_office: bool
) -> Response:
    """Who was named, as a spreadsheet; only the office reads why somebody got none."""
    header = [
        gettext("Person"),
        gettext("Named on"),
        gettext("Employer's list"),
        gettext("Result of the naming"),
    ]
    header += [gettext("Certificate")]
    header += [gettext("Voucher"), gettext("Reasons")] if for_office else []
    rows = []
    for item in items:
        naming = item.naming
        row: list[object] = [
            masks.get(naming.worker_id or 0, naming.shown_as),
            naming.named_at.date().isoformat(),
            naming.document_number,
            sentence(OUTCOME_LABELS[item.outcome]),
            gettext("yes") if item.has_certificate else "",
        ]
        if for_office:
            reasons = [refusal_sentence(refusal_from(one)) for one in naming.refusals]
            row += [item.voucher.code if item.voucher else "", " ".join(reasons)]
        rows.append(row)
    return attachment(
        "".join(csv_text(header, iter(rows))).encode(),
        media_type="text/csv; charset=utf-8",
        file_name=f"{quota_code}.csv",
    )
