"""What a certificate's QR code leads to, and what verifiers of credentials fetch."""

from __future__ import annotations

from flask import Response, jsonify, make_response, render_template

from marketplace.catalog.rules import LEVEL_WORDS
from marketplace.edge.access import access, anyone
from marketplace.edge.credentials import signed_status_list
from marketplace.edge.extensions import limiter
from marketplace.edge.public_address import public_address
from marketplace.edge.qr import qr_drawing
from marketplace.edge.readers import is_look_at, reader
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound
from marketplace.foundation.text import mask_name
from marketplace.people.operations.api_tokens import hash_of
from marketplace.records.issuer import get_issuer
from marketplace.records.labels import (
    CERTIFICATE_LABELS,
    CERTIFICATE_TONES,
    CHANGE_REASON_LABELS,
)
from marketplace.records.operations.looks import note_certificate_look
from marketplace.records.queries.certificates import (
    find_certificate_by_token,
    find_newest_status_list,
)
from marketplace.records.states import LookKind
from marketplace.web.visitors.blueprint import blueprint


@blueprint.get("/certificates/<token>")
@access(anyone)
@limiter.limit("60 per minute")
def show_certificate(token: str) -> Response:
    """Is it genuine, and does it still count? The name is masked; the holder sees the look."""
    certificate = find_certificate_by_token(hash_of(token))
    if certificate is None:
        return _private(render_template("visitors/certificate_unknown.html"), 404)
    if is_look_at(certificate.worker_id):
        who = reader()
        with write_transaction():
            note_certificate_look(
                certificate,
                kind=LookKind.CERTIFICATE,
                actor_id=who.user_id,
                institution_id=who.institution_id,
            )
    page = render_template(
        "visitors/show_certificate.html",
        certificate=certificate,
        holder=mask_name(certificate.holder),
        qr=qr_drawing(public_address("visitors.show_certificate", token=token)),
        issuer=get_issuer(),
        words=CERTIFICATE_LABELS,
        tones=CERTIFICATE_TONES,
        reasons=CHANGE_REASON_LABELS,
        level_words=LEVEL_WORDS,
    )
    return _private(page, 200)


@blueprint.get("/.well-known/did.json")
@access(anyone)
def show_did_document() -> Response:
    """The issuer's public keys, where did:web looks for them."""
    answer = jsonify(get_issuer().did_document())
    answer.content_type = "application/did+json"
    return _open(answer)


@blueprint.get("/credentials/status/<int:number>")
@access(anyone)
@limiter.limit("120 per minute")
def show_status_list(number: int) -> Response:
    """Which certificates have ended: one bit each, signed."""
    newest, _taken = find_newest_status_list()
    if number > newest:
        raise NotFound("status_list")
    answer = Response(signed_status_list(number), mimetype="application/vc+jwt")
    answer.headers["Cache-Control"] = "public, max-age=300"
    return _open(answer)


def _open(answer: Response) -> Response:
    """Verifiers run in browsers too; this is public and says nothing of anybody."""
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer


def _private(page: str, status_code: int) -> Response:
    answer = make_response(page, status_code)
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer
