"""That a voucher was looked at: a fact, kept once."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from marketplace.campaigns.models import VoucherSighting
from marketplace.foundation import clock
from marketplace.foundation.db import db, dialect_name, table_of


def is_voucher_seen(voucher_id: int) -> bool:
    """Whether the holder has opened the page of a voucher before."""
    found = select(VoucherSighting.id).where(VoucherSighting.voucher_id == voucher_id)
    return db.session.scalar(found) is not None


def note_voucher_seen(voucher_id: int) -> None:
    """The holder opened the page of a voucher; only the first time is kept.

    A notice about a voucher leads to that page, so opening the notice is seen here too. It is
    itself the trail of the fact; nothing else is written.
    """
    insert = postgresql_insert if dialect_name() == "postgresql" else sqlite_insert
    db.session.execute(
        insert(table_of(VoucherSighting))
        .values(voucher_id=voucher_id, seen_at=clock.now())
        .on_conflict_do_nothing()
    )
