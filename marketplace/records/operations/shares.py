"""Links to chosen parts of a record: made and ended by the person it is about."""

from __future__ import annotations

import secrets
from collections.abc import Collection

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.text import tidy
from marketplace.people.operations.api_tokens import hash_of
from marketplace.people.queries.workers import lock_worker
from marketplace.records.models import RecordShare, RecordShareItem
from marketplace.records.queries.record import list_own_enrollment_ids
from marketplace.records.queries.shares import count_live_shares, lock_share_of_worker
from marketplace.records.rules import ShareFacts, expiry, refusals_for_share
from marketplace.records.states import ShareDetail


def create_share(
    worker_id: int,
    *,
    label: str,
    enrollment_codes: Collection[str],
    details: Collection[ShareDetail],
    days: int,
    actor_id: int,
) -> tuple[RecordShare, str]:
    """Make a link that shows chosen trainings for some days: the row, and the secret, which is
    never seen again. Codes of others' enrollments are as if they were not named.

    Refuses without a label or training, beyond a year, and beyond twenty links that work.
    """
    lock_worker(worker_id)  # two browsers at once count each other's links
    now = clock.now()
    enrollment_ids = list_own_enrollment_ids(worker_id, enrollment_codes)
    facts = ShareFacts(
        label=tidy(label)[:100],
        trainings=len(enrollment_ids),
        days=days,
        live_shares=count_live_shares(worker_id, now=now),
    )
    if refusals := refusals_for_share(facts):
        raise Refused(refusals)
    secret = secrets.token_urlsafe(32)
    share = RecordShare(
        code=new_code("RS"),
        worker_id=worker_id,
        details=sorted(detail.value for detail in set(details)),
        token_hash=hash_of(secret),
        created_at=now,
        expires_at=expiry(now, days),
    )
    share.label = facts.label
    db.session.add(share)
    db.session.flush()
    db.session.add_all(
        RecordShareItem(share_id=share.id, enrollment_id=enrollment_id)
        for enrollment_id in enrollment_ids
    )
    db.session.flush()
    _record("record_share.created", share, actor_id)
    return share, secret


def end_share(code: str, *, worker_id: int, actor_id: int) -> RecordShare:
    """End a link at once; ending it again changes nothing."""
    share = lock_share_of_worker(code, worker_id)
    if share.ended_at is None:
        share.ended_at = clock.now()
        db.session.flush()
        _record("record_share.ended", share, actor_id)
    return share


def _record(event: str, share: RecordShare, actor_id: int) -> None:
    record_event(event, subject_kind="record_share", subject_code=share.code, actor_id=actor_id)
