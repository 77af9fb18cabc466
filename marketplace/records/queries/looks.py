"""Who looked at a record, for the person it is about."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from marketplace.foundation.db import db
from marketplace.foundation.paging import Page, PageRequest
from marketplace.institutions.models import Institution
from marketplace.records.models import Certificate, RecordLook, RecordShare


@dataclass(frozen=True, slots=True)
class LookItem:
    """One look: what was seen, and for whom the reader works when that is known."""

    look: RecordLook
    share: RecordShare | None
    certificate: Certificate | None
    institution_name: str | None


def list_looks_of_worker(worker_id: int, page: PageRequest) -> Page[LookItem]:
    """Every look at this person's record, newest first."""
    total = count_looks_of_worker(worker_id)
    rows = db.session.execute(
        select(RecordLook, RecordShare, Certificate, Institution.name)
        .outerjoin(RecordShare, RecordShare.id == RecordLook.share_id)
        .outerjoin(Certificate, Certificate.id == RecordLook.certificate_id)
        .outerjoin(Institution, Institution.id == RecordLook.institution_id)
        .where(RecordLook.worker_id == worker_id)
        .order_by(RecordLook.id.desc())
        .offset(page.offset)
        .limit(page.limit)
    )
    return Page([LookItem(*row) for row in rows], total, page.number, page.limit)


def count_looks_of_worker(worker_id: int) -> int:
    """How often somebody looked."""
    return (
        db.session.scalar(
            select(func.count()).select_from(RecordLook).where(RecordLook.worker_id == worker_id)
        )
        or 0
    )
