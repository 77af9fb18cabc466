"""Evidence: taken in, kept encrypted, opened by its owner or by an officer with a purpose."""

from __future__ import annotations

import hashlib

from marketplace.audit.operations import record_event
from marketplace.foundation import clock, crypto
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.text import tidy
from marketplace.people.models import Document
from marketplace.people.operations.workers import refuse_bulk_reading
from marketplace.people.queries.documents import find_same_document, get_document
from marketplace.people.queries.workers import get_worker
from marketplace.people.rules import media_type_of, refusals_for_file, safe_file_name


def store_document(
    *, worker_id: int, file_name: str, media_type: str, content: bytes, actor_id: int | None
) -> Document:
    """Take in a photo or PDF about a worker. What it is, its bytes say; `media_type` is only
    what the browser claims. The same file again is the one that is kept. Refuses empty, too large
    and other files."""
    worker = get_worker(worker_id)
    if not refusals_for_file(content):
        digest = hashlib.sha256(content).hexdigest()
        if earlier := find_same_document(worker_id, digest):
            return earlier
    document = keep_file(
        file_name=file_name, content=content, worker_id=worker_id, actor_id=actor_id
    )
    record_event(
        "document.stored",
        subject_kind="worker",
        subject_code=worker.code,
        actor_id=actor_id,
        details={
            "document": document.code,
            "claimed": tidy(media_type)[:80],
            "kind": document.media_type,
        },
    )
    return document


def keep_file(
    *, file_name: str, content: bytes, worker_id: int | None, actor_id: int | None
) -> Document:
    """Keep a photo or PDF, encrypted. Whoever calls this says in the trail what it is for.

    Without a worker it belongs to the record that names it, which decides who may open it.
    Refuses empty, too large and other files.
    """
    if refusals := refusals_for_file(content):
        raise Refused(refusals)
    found = media_type_of(content)
    assert found is not None
    code = new_code("DOC")
    document = Document(
        code=code,
        worker_id=worker_id,
        media_type=found,
        file_name=safe_file_name(file_name, media_type=found),
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        content_sealed=crypto.encrypt_bytes(content, purpose=_purpose(code)),
        uploaded_by=actor_id,
        uploaded_at=clock.now(),
    )
    db.session.add(document)
    db.session.flush()
    return document


def read_kept_file(document_id: int) -> bytes:
    """The content of a file that is about no worker; its own room records who opened it."""
    document = get_document(document_id)
    if document.worker_id is not None:
        raise NotFound("document")
    return _content(document)


def open_document(document_id: int, *, purpose: str, actor_id: int) -> bytes:
    """The content, for an officer with a purpose; the person can see who looked."""
    document = get_document(document_id)
    if not tidy(purpose):
        raise Refused(Refusal("purpose_needed", field="purpose"))
    if document.worker_id is None:
        raise NotFound("document")
    refuse_bulk_reading(actor_id)
    _record_opening("document.viewed", document, actor_id=actor_id, reason=tidy(purpose)[:200])
    return _content(document)


def open_own_document(document_id: int, *, actor_id: int) -> bytes:
    """The content, for the person it is about."""
    document = get_document(document_id)
    if document.worker_id is None or get_worker(document.worker_id).user_id != actor_id:
        raise NotFound("document")
    _record_opening("document.opened_by_owner", document, actor_id=actor_id, reason=None)
    return _content(document)


def _content(document: Document) -> bytes:
    return crypto.decrypt_bytes(document.content_sealed, purpose=_purpose(document.code))


def _record_opening(event: str, document: Document, *, actor_id: int, reason: str | None) -> None:
    assert document.worker_id is not None
    record_event(
        event,
        subject_kind="worker",
        subject_code=get_worker(document.worker_id).code,
        actor_id=actor_id,
        reason=reason,
        details={"document": document.code},
    )


def _purpose(code: str) -> str:
    return f"document.content_sealed:{code}"
