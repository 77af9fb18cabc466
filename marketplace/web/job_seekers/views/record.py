"""My training record: everything I did, what it led to, what the voucher paid; taken along."""

from __future__ import annotations

import json

from flask import Response, current_app, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as Redirect

from marketplace.catalog.rules import LEVEL_WORDS
from marketplace.edge.access import access, job_seeker
from marketplace.edge.answers import flash_refused
from marketplace.edge.downloads import attachment
from marketplace.edge.extensions import limiter
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.pdf import FONTS, pdf_of
from marketplace.edge.public_address import public_address
from marketplace.edge.qr import qr_data_uri
from marketplace.enrollment import labels
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.files import csv_text
from marketplace.foundation.text import mask_name
from marketplace.people.queries import list_user_names
from marketplace.people.queries.workers import get_masks, get_worker
from marketplace.records.exports import record_document
from marketplace.records.labels import CERTIFICATE_LABELS, CERTIFICATE_TONES
from marketplace.records.models import Certificate
from marketplace.records.operations.looks import note_export
from marketplace.records.queries.looks import count_looks_of_worker, list_looks_of_worker
from marketplace.records.queries.record import (
    RecordLine,
    list_record,
    list_whole_record,
    sum_record,
)
from marketplace.web.job_seekers.blueprint import blueprint
from marketplace.web.job_seekers.record_table import record_header, record_row

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
}


@blueprint.get("/record")
@access(job_seeker)
def show_my_record() -> str:
    """What I have learned; the amounts are those of the ledger's own entries."""
    return render_template(
        "job_seekers/show_my_record.html",
        holder=get_worker(current_user.worker_id).name,
        page=list_record(current_user.worker_id, asked_page()),
        sums=sum_record(current_user.worker_id),
        looks=count_looks_of_worker(current_user.worker_id),
        labels=labels,
        certificate_words=CERTIFICATE_LABELS,
        certificate_tones=CERTIFICATE_TONES,
        printed_at=clock.now(),
        page_url=page_url,
    )


@blueprint.get("/record/export.<file_format>")
@access(job_seeker)
@limiter.limit("20 per minute")
def export_my_record(file_format: str) -> Response | Redirect:
    """The whole record as PDF, JSON or CSV; without names in the file's name."""
    if file_format not in MEDIA_TYPES:
        raise NotFound("export")
    lines = list_whole_record(current_user.worker_id)
    try:
        content = {"pdf": _pdf, "json": _json, "csv": _csv}[file_format](lines)
    except Refused as refused:
        flash_refused(refused)
        return redirect(url_for("job_seekers.show_my_record"), 303)
    with write_transaction():
        note_export(current_user.worker_id, form=file_format, actor_id=current_user.user_id)
    name = f"{_('training-record')}-{clock.today().isoformat()}.{file_format}"
    return attachment(content, media_type=MEDIA_TYPES[file_format], file_name=name)


@blueprint.get("/record/looks")
@access(job_seeker)
def list_record_looks() -> str:
    """Who looked at my record, when, and by which link."""
    page = list_looks_of_worker(current_user.worker_id, asked_page())
    names = list_user_names({item.look.actor_id for item in page.items if item.look.actor_id})
    return render_template(
        "job_seekers/list_record_looks.html",
        page=page,
        names={user_id: mask_name(name) for user_id, name in names.items()},
        page_url=page_url,
    )


def certificate_page(certificate: Certificate) -> str:
    """The public address of a certificate, as printed and scanned."""
    return public_address("visitors.show_certificate", token=certificate.token)


def _pdf(lines: list[RecordLine]) -> bytes:
    worker = get_worker(current_user.worker_id)
    html = render_template(
        "job_seekers/training_record_pdf.html",
        holder=worker.name,
        masks=get_masks(worker),
        lines=lines,
        sums=sum_record(worker.id),
        labels=labels,
        certificate_words=CERTIFICATE_LABELS,
        qr={
            line.certificate.id: qr_data_uri(certificate_page(line.certificate))
            for line in lines
            if line.certificate
        },
        made_at=clock.now(),
        level_words=LEVEL_WORDS,
        fonts=FONTS,
    )
    return pdf_of(html)


def _json(lines: list[RecordLine]) -> bytes:
    worker = get_worker(current_user.worker_id)
    document = record_document(
        lines,
        holder=worker.name,
        masks=get_masks(worker),
        currency=current_app.config["CURRENCY"],
        made_at=clock.now(),
        page_of=certificate_page,
    )
    return json.dumps(document, ensure_ascii=False, indent=2).encode()


def _csv(lines: list[RecordLine]) -> bytes:
    rows = (record_row(line, certificate_page) for line in lines)
    return "".join(csv_text(record_header(), rows)).encode()
