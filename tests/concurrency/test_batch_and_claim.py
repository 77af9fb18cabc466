"""A batch meets a claim that is not saved yet: the person ends with one voucher, not two."""

from __future__ import annotations

from threading import Event, Thread

import pytest
from sqlalchemy import func, select

from marketplace.foundation.db import db, write_transaction
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.operations import batches
from marketplace.vouchers.operations.issue import claim_voucher
from tests.factories.voucher_rows import make_person
from tests.factories.vouchers import make_pack, make_scheme, rule

CLAIM_TAKES = 0.4
"""Seconds between the claim's last statement and its commit: the batch comes in between."""


def batch_during_a_claim(app) -> tuple[int, dict[str, int]]:
    """Vouchers of the one person there is, and why the batch refused, if it did."""
    limits = {"one_live_voucher": rule(True)}
    with write_transaction():
        claimed, issued = (make_scheme(make_pack(limits=limits)).id for _ in range(2))
        worker_id = make_person().id
        batch_id = batches.start_batch(issued, worker_ids=None, actor_id=None).id
    has_claimed, told = Event(), dict[str, int]()

    def claim() -> None:
        with app.app_context(), write_transaction():
            claim_voucher(worker_id, scheme_id=claimed, actor_id=None)
            has_claimed.set()
            Event().wait(CLAIM_TAKES)

    def issue() -> None:
        has_claimed.wait(30)
        with app.app_context(), write_transaction():
            told.update(batches.issue_slice(batch_id).refusals)

    threads = [Thread(target=act) for act in (claim, issue)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Voucher)) or 0, told


def test_a_batch_waits_for_a_claim_of_the_same_person(app, now):
    assert batch_during_a_claim(app) == (1, {"other_voucher_live": 1})


@pytest.mark.postgres
def test_without_holding_the_people_the_person_would_get_two(app, now, monkeypatch):
    """The control: SQLite has one writer anyway."""
    monkeypatch.setattr(batches, "lock_workers", lambda **_slice: 0)
    assert batch_during_a_claim(app) == (2, {})
