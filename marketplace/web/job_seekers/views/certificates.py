"""One of my certificates: to print, to show, to take along as a signed file."""

from __future__ import annotations

from flask import Response, render_template
from flask_login import current_user

from marketplace.catalog.rules import LEVEL_WORDS
from marketplace.edge.access import access, job_seeker
from marketplace.edge.credentials import signed_credential
from marketplace.edge.downloads import attachment
from marketplace.edge.extensions import limiter
from marketplace.edge.qr import qr_drawing
from marketplace.records.labels import (
    CERTIFICATE_LABELS,
    CERTIFICATE_TONES,
    CHANGE_REASON_LABELS,
)
from marketplace.records.queries.certificates import get_certificate_of_worker
from marketplace.web.job_seekers.blueprint import blueprint
from marketplace.web.job_seekers.views.record import certificate_page


@blueprint.get("/certificates/<code>")
@access(job_seeker)
def show_my_certificate(code: str) -> str:
    """My certificate with the code that proves it."""
    certificate = get_certificate_of_worker(code, current_user.worker_id)
    address = certificate_page(certificate)
    return render_template(
        "job_seekers/show_my_certificate.html",
        certificate=certificate,
        address=address,
        qr=qr_drawing(address),
        words=CERTIFICATE_LABELS,
        tones=CERTIFICATE_TONES,
        reasons=CHANGE_REASON_LABELS,
        level_words=LEVEL_WORDS,
    )


@blueprint.get("/certificates/<code>/credential.jwt")
@access(job_seeker)
@limiter.limit("30 per minute")
def download_my_credential(code: str) -> Response:
    """The same as a signed credential that others verify without asking us who I am."""
    certificate = get_certificate_of_worker(code, current_user.worker_id)
    return attachment(
        signed_credential(certificate).encode(),
        media_type="application/vc+jwt",
        file_name=f"{certificate.code}.jwt",
    )
