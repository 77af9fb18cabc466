"""What somebody sees who was given a link to a training record."""

from __future__ import annotations

from flask import Response, make_response, render_template

from marketplace.catalog.rules import LEVEL_WORDS
from marketplace.edge.access import access, anyone
from marketplace.edge.extensions import limiter
from marketplace.edge.readers import is_look_at, reader
from marketplace.enrollment import labels
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.text import mask_name
from marketplace.people.operations.api_tokens import hash_of
from marketplace.people.queries.workers import get_worker
from marketplace.records.labels import CERTIFICATE_LABELS, CERTIFICATE_TONES
from marketplace.records.models import RecordShare
from marketplace.records.operations.looks import note_link_look
from marketplace.records.queries.record import list_record_lines
from marketplace.records.queries.shares import find_share_by_token, list_enrollment_ids_of_share
from marketplace.records.rules import LinkState, link_state
from marketplace.records.states import ShareDetail
from marketplace.web.visitors.blueprint import blueprint


@blueprint.get("/records/<token>")
@access(anyone)
@limiter.limit("30 per minute")
def show_shared_record(token: str) -> Response:
    """The chosen parts, while the link works; the look is written down before they are shown."""
    share = find_share_by_token(hash_of(token))
    if share is None:
        return _private(render_template("visitors/shared_record_unknown.html"), 404)
    state = link_state(expires_at=share.expires_at, ended_at=share.ended_at, now=clock.now())
    if state is not LinkState.WORKS:
        return _private(render_template("visitors/shared_record_over.html", state=state), 410)
    if is_look_at(share.worker_id):
        who = reader()
        with write_transaction():
            note_link_look(share, actor_id=who.user_id, institution_id=who.institution_id)
    return _private(_record_page(share), 200)


def _record_page(share: RecordShare) -> str:
    details = {ShareDetail(value) for value in share.details}
    name = get_worker(share.worker_id).name
    return render_template(
        "visitors/show_shared_record.html",
        share=share,
        holder=name if ShareDetail.FULL_NAME in details else mask_name(name),
        lines=list_record_lines(share.worker_id, list_enrollment_ids_of_share(share.id)),
        details=details,
        labels=labels,
        certificate_words=CERTIFICATE_LABELS,
        certificate_tones=CERTIFICATE_TONES,
        level_words=LEVEL_WORDS,
    )


def _private(page: str, status_code: int) -> Response:
    answer = make_response(page, status_code)
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer
