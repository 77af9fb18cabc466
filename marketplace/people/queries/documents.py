"""Finding documents; their content is opened by an operation that records it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import defer

from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.people.models import Document, Worker
from marketplace.people.queries.workers import in_subtrees


def get_document(document_id: int) -> Document:
    """A document by number."""
    document = db.session.get(Document, document_id)
    if document is None:
        raise NotFound("document")
    return document


def find_same_document(worker_id: int, sha256: str) -> Document | None:
    """The document of a worker with the same bytes."""
    return db.session.scalar(
        select(Document)
        .where(Document.worker_id == worker_id, Document.sha256 == sha256)
        .order_by(Document.id)
        .limit(1)
    )


def find_document_of_worker(code: str, worker_id: int) -> Document | None:
    """A document by public code, for the person it is about."""
    return db.session.scalar(
        select(Document).where(Document.code == code, Document.worker_id == worker_id)
    )


def find_document_in_scope(code: str, paths: Collection[str]) -> Document | None:
    """A document by public code, for an officer of these subtrees."""
    return db.session.scalar(
        select(Document)
        .join(Worker, Worker.id == Document.worker_id)
        .where(Document.code == code, in_subtrees(paths))
    )


def list_documents_of_worker(worker_id: int) -> Sequence[Document]:
    """A worker's documents without their content, newest first."""
    return db.session.scalars(
        select(Document)
        .options(defer(Document.content_sealed))
        .where(Document.worker_id == worker_id)
        .order_by(Document.id.desc())
        .limit(100)
    ).all()
