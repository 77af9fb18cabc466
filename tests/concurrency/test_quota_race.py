"""Two lists under a quota with one place, at the same moment: one voucher is given, never two."""

from __future__ import annotations

from threading import Event, Thread

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from marketplace.foundation.db import db, write_transaction
from marketplace.people.states import WorkerCategory
from marketplace.quotas.operations import naming
from marketplace.vouchers.models import EnterpriseQuota, Voucher
from tests.factories.quotas import make_quota_world, named
from tests.factories.voucher_rows import make_category, make_person
from tests.factories.vouchers import make_pack

NAMING_TAKES = 0.3
"""Seconds between the first list's last statement and its commit: the second comes in between."""


def two_lists_for_one_place(app) -> tuple[int, list[str]]:
    """How many vouchers were given, and what the second list was told."""
    with write_transaction():
        # An entitlement sets no money aside, which would stop the second as well.
        world = make_quota_world(make_pack(ways_out=["quota"]))
        quota_id, actor_id = world.grant(1).id, world.checker.id
        lists = []
        for person in (make_person(), make_person()):
            make_category(person, WorkerCategory.ENTERPRISE_EMPLOYEE)
            lists.append(named(person))
        makers = (world.maker.id, actor_id)
    has_named, told = Event(), list[str]()

    def first() -> None:
        with app.app_context(), write_transaction():
            naming.name_employees(quota_id, lists[0], document_number="1", actor_id=makers[0])
            has_named.set()
            Event().wait(NAMING_TAKES)

    def second() -> None:
        has_named.wait(30)
        try:
            with app.app_context(), write_transaction():
                found = naming.name_employees(
                    quota_id, lists[1], document_number="2", actor_id=makers[1]
                )
                told.extend(one["code"] for row in found for one in row.refusals)
        except IntegrityError as error:
            told.append("ck_enterprise_quota_places" if "places" in str(error) else str(error))

    threads = [Thread(target=act) for act in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Voucher)) or 0, told


def without_holding_the_quota(monkeypatch) -> None:
    """The second list believes what it read before the first one was saved."""
    monkeypatch.setattr(
        naming, "lock_quota", lambda quota_id: db.session.get_one(EnterpriseQuota, quota_id)
    )


def test_the_second_list_waits_and_finds_the_place_taken(app, now):
    assert two_lists_for_one_place(app) == (1, ["quota_full"])


@pytest.mark.postgres
def test_without_holding_the_quota_the_database_stops_the_second(app, now, monkeypatch):
    """SQLite has one writer anyway."""
    without_holding_the_quota(monkeypatch)
    assert two_lists_for_one_place(app) == (1, ["ck_enterprise_quota_places"])


@pytest.mark.postgres
def test_without_either_guard_two_would_be_given(app, now, monkeypatch):
    """The control."""
    without_holding_the_quota(monkeypatch)
    with write_transaction():
        drop = "ALTER TABLE enterprise_quota DROP CONSTRAINT ck_enterprise_quota_places"
        db.session.execute(text(drop))
    assert two_lists_for_one_place(app)[0] == 2
