"""One record per ID number, encrypted, found by its blind index, opened for a purpose."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import select, text

from marketplace.audit.models import AuditEvent
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.people.models import IdentityCheck, Worker
from marketplace.people.operations import reveal_id_number, store_document
from marketplace.people.queries import (
    find_worker_by_id_number,
    find_worker_in_scope,
    get_worker,
    list_worker_names,
)
from marketplace.people.rules import REVEALS_PER_HOUR
from tests.conftest import address_of_database
from tests.factories.people import (
    PNG,
    make_id_number,
    make_jurisdiction,
    make_officer,
    make_user,
    make_worker,
    next_id_number,
)

pytestmark = pytest.mark.usefixtures("now")


def _refused(**wanted) -> tuple[str, ...]:
    with pytest.raises(Refused) as refused, write_transaction():
        make_worker(**wanted)
    return refused.value.codes


def test_a_worker_is_found_by_any_spelling_of_the_number(app):
    number = next_id_number()
    with write_transaction():
        worker_id = make_worker(id_number=f" {number.lower()} ").id
    wide = "".join(chr(ord(c) + 0xFEE0) for c in number)
    for spelling in (number, number.lower(), wide, f"{number[:6]} {number[6:]}"):
        found = find_worker_by_id_number(spelling)
        assert found is not None and found.id == worker_id
    assert find_worker_by_id_number(next_id_number()) is None
    assert list_worker_names([worker_id]) == {worker_id: "李小花"}


def test_the_same_person_is_registered_once(app):
    number = next_id_number()
    with write_transaction():
        make_worker(id_number=number)
    assert _refused(id_number=number) == ("id_number_taken",)
    assert _refused(id_number=number, user_id=None) == ("id_number_taken",)


def test_an_old_fifteen_digit_number_is_the_same_person(app):
    from datetime import date

    number = make_id_number(7, born_on=date(1958, 3, 9))
    with write_transaction():
        make_worker(id_number=number)
    assert _refused(id_number=number[:6] + number[8:17]) == ("id_number_taken",)


def test_the_same_login_with_the_same_number_is_an_honest_retry(app):
    number = next_id_number()
    with write_transaction():
        user = make_user()
        first, second = make_worker(user, id_number=number), make_worker(user, id_number=number)
        assert first.id == second.id
        user_id = user.id
    with pytest.raises(Refused) as refused, write_transaction():
        make_worker(user_id=user_id)
    assert refused.value.codes == ("user_has_worker",)


def test_all_reasons_are_told_at_once(app):
    from datetime import date

    young = make_id_number(1, born_on=date(2015, 1, 1))
    codes = _refused(id_number=young, name="", phone="12", privacy_notice_version="", user_id=None)
    assert set(codes) == {"too_young", "name_needed", "phone_form", "privacy_notice_needed"}


def test_an_unknown_county_is_noted_and_never_refused(app):
    with write_transaction():
        make_jurisdiction("990101")
        known = make_worker(id_number=next_id_number(area="990101")).id
        unknown = make_worker(id_number=next_id_number(area="990102")).id
    notes = {
        check.worker_id: check.note for check in db.session.scalars(select(IdentityCheck)).all()
    }
    assert notes == {known: None, unknown: "area_unknown"}


def test_a_ciphertext_moved_to_another_person_does_not_open(app):
    with write_transaction():
        first, second = make_worker(), make_worker(name="王小明")
        first_id, second_id = first.id, second.id
        stolen = first.id_number_sealed
        db.session.execute(
            text("UPDATE worker SET id_number_sealed = :sealed WHERE id = :id"),
            {"sealed": stolen, "id": second_id},
        )
    db.session.expire_all()
    assert get_worker(first_id).id_number
    with pytest.raises(InvalidTag):
        get_worker(second_id).id_number  # noqa: B018


@pytest.mark.sqlite  # reads its file
def test_nothing_personal_lies_readable_in_the_database_file(app):
    number, name, phone = next_id_number(), "欧阳测试名", "13912345678"
    with write_transaction():
        worker = make_worker(id_number=number, name=name, phone=phone)
        store_document(
            worker_id=worker.id,
            file_name=f"{name}.png",
            media_type="image/png",
            content=PNG,
            actor_id=None,
        )
    path = address_of_database(app).removeprefix("sqlite:///")
    db.session.rollback()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(FULL)")
    everything = b"".join(found.read_bytes() for found in Path(path).parent.glob("test-*"))
    for plain in (number, name, phone, PNG.decode("latin-1"), "李小花"):
        for kind in ("utf-8", "utf-16-le", "latin-1"):
            try:
                assert plain.encode(kind) not in everything, plain[:3]
            except UnicodeEncodeError:
                continue
    assert b"worker.registered" in everything


def test_nothing_personal_is_logged(app, caplog, capfd):
    number = next_id_number()
    with write_transaction():
        make_worker(id_number=number, name="欧阳测试名", phone="13912345678")
    with pytest.raises(Refused), write_transaction():
        make_worker(id_number=number)
    said = caplog.text + "".join(capfd.readouterr())
    for plain in (number, "欧阳测试名", "13912345678"):
        assert plain not in said


def test_opening_a_number_needs_a_purpose_and_is_recorded(app):
    with write_transaction():
        worker_id, officer_id = make_worker().id, make_officer().id
    with pytest.raises(Refused) as refused, write_transaction():
        reveal_id_number(worker_id, purpose=" ", actor_id=officer_id)
    assert refused.value.codes == ("purpose_needed",)
    with write_transaction():
        number = reveal_id_number(worker_id, purpose="窗口核对", actor_id=officer_id)
    assert number == get_worker(worker_id).id_number
    [row] = db.session.scalars(
        select(AuditEvent).where(AuditEvent.event == "worker.id_number_viewed")
    )
    assert (row.actor_id, row.reason) == (officer_id, "窗口核对")


def test_reading_very_many_people_is_stopped(app, now):
    from marketplace.audit.operations import record_event

    with write_transaction():
        worker_id, officer_id = make_worker().id, make_officer().id
        for number in range(REVEALS_PER_HOUR):
            record_event(
                "worker.id_number_viewed",
                subject_kind="worker",
                subject_code=f"W-{number}",
                actor_id=officer_id,
            )
    with pytest.raises(Refused) as refused, write_transaction():
        reveal_id_number(worker_id, purpose="x", actor_id=officer_id)
    assert refused.value.codes == ("too_many_reveals",)
    with clock.frozen(now + timedelta(minutes=61)), write_transaction():
        reveal_id_number(worker_id, purpose="x", actor_id=officer_id)


def test_an_officer_finds_people_of_the_own_subtree_only(app):
    with write_transaction():
        here = make_jurisdiction("990000")
        city = make_jurisdiction("990100", parent=here)
        there = make_jurisdiction("980000")
        lives = make_worker(residence_id=city.id)
        works = make_worker(residence_id=there.id)
        works.workplace_id = here.id
        nowhere = make_worker()
        cases = [
            (lives.code, (here.path,), True),
            (lives.code, (city.path,), True),
            (lives.code, (there.path,), False),
            (works.code, (here.path,), True),
            (nowhere.code, (here.path,), False),
            (nowhere.code, ("",), True),
            (lives.code, (), False),
        ]
    for code, paths, found in cases:
        assert (find_worker_in_scope(code, paths) is not None) is found, (code, paths)


def test_the_database_itself_keeps_one_record_per_number(app):
    from sqlalchemy.exc import IntegrityError

    with write_transaction():
        index = make_worker().id_number_index
        other_id = make_worker().id
    with pytest.raises(IntegrityError), write_transaction():
        db.session.get_one(Worker, other_id).id_number_index = index
