"""Every look at a record is written down before anything is shown."""

from __future__ import annotations

from datetime import timedelta

from marketplace.audit.operations import record_event
from marketplace.audit.queries import count_events_of_actor
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.text import cut_personal_numbers, tidy
from marketplace.people.operations.workers import refuse_bulk_reading
from marketplace.people.queries.workers import get_worker
from marketplace.people.rules import REVEALS_PER_HOUR
from marketplace.records.models import Certificate, RecordLook, RecordShare
from marketplace.records.states import LookKind


def note_link_look(
    share: RecordShare, *, actor_id: int | None, institution_id: int | None
) -> RecordLook:
    """Somebody opened a link; who, only when they were signed in here."""
    look = RecordLook(
        worker_id=share.worker_id,
        at=clock.now(),
        kind=LookKind.LINK,
        share_id=share.id,
        actor_id=actor_id,
        institution_id=institution_id,
    )
    return _save(look)


def note_certificate_look(
    certificate: Certificate,
    *,
    kind: LookKind,
    actor_id: int | None,
    institution_id: int | None,
) -> RecordLook:
    """Somebody saw a certificate: on its public page, or in the pages of their work."""
    look = RecordLook(
        worker_id=certificate.worker_id,
        at=clock.now(),
        kind=kind,
        certificate_id=certificate.id,
        actor_id=actor_id,
        institution_id=institution_id,
    )
    return _save(look)


def open_record(worker_id: int, *, purpose: str, actor_id: int) -> RecordLook:
    """An officer opens somebody's record, for a stated purpose; the person can see it.

    Refuses without a purpose, and a login that opens the data of very many people.
    """
    if not tidy(purpose):
        raise Refused(Refusal("purpose_of_look", field="purpose"))
    _refuse_bulk_reading(actor_id)
    stated = cut_personal_numbers(tidy(purpose))[:200]
    record_event(
        "record.opened",
        subject_kind="worker",
        subject_code=get_worker(worker_id).code,
        actor_id=actor_id,
        reason=stated,
    )
    look = RecordLook(
        worker_id=worker_id,
        at=clock.now(),
        kind=LookKind.OFFICER,
        actor_id=actor_id,
        purpose=stated,
    )
    return _save(look)


def _refuse_bulk_reading(actor_id: int) -> None:
    """Records count beside ID numbers and documents: the limit is on people looked at."""
    refuse_bulk_reading(actor_id)
    since = clock.now() - timedelta(hours=1)
    if count_events_of_actor("record.opened", actor_id=actor_id, since=since) >= REVEALS_PER_HOUR:
        raise Refused(Refusal("too_many_reveals", {"limit": REVEALS_PER_HOUR}))


def note_export(worker_id: int, *, form: str, actor_id: int) -> None:
    """The person took their record out of here."""
    record_event(
        "record.exported",
        subject_kind="worker",
        subject_code=get_worker(worker_id).code,
        actor_id=actor_id,
        details={"kind": form},
    )


def _save(look: RecordLook) -> RecordLook:
    db.session.add(look)
    db.session.flush()
    return look
