"""A lesson without network, with the station program itself on the other side."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from marketplace.audit.queries import list_events
from marketplace.catalog.queries.course_runs import list_lessons
from marketplace.enrollment.offline_files import instant_text, offline_code_for
from marketplace.enrollment.operations.offline import register_device, revoke_device
from marketplace.enrollment.queries import find_attendance
from marketplace.enrollment.states import AttendanceMethod
from marketplace.evidence.operations.check import check_course_run
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.paging import PageRequest
from marketplace.redemption.operations.offline import issue_bundle, sync_offline_file
from tests.factories.enrollment import attend
from tests.factories.institutions import make_accredited_institution
from tests.factories.offline import make_device, make_file, make_offline_objects
from tests.factories.redemption import make_case
from tools import offline_station


@pytest.fixture
def case(app, now):
    with write_transaction():
        return make_case()


def take_along(case, device, lesson):
    with write_transaction():
        return issue_bundle(
            lesson,
            device_code=device.code,
            institution_id=case.institution.id,
            actor_id=case.staff.id,
        )[1]


def sync(case, content, at, institution=None):
    with clock.frozen(at), write_transaction():
        return sync_offline_file(
            content,
            institution_id=(institution or case.institution).id,
            actor_id=case.staff.id,
        )


def refused_codes(*arguments):
    with pytest.raises(Refused) as refused:
        sync(*arguments)
    return refused.value.codes


def test_a_lesson_is_taken_along_held_and_brought_back(case, tmp_path, monkeypatch, capsys):
    with write_transaction():
        other = make_case(course_run=case.run, staff=case.staff)
    lesson = list_lessons(case.run.id)[0]
    offline_station.make_key(tmp_path / "device.key")
    with write_transaction():
        device = register_device(
            case.institution.id,
            name="下乡笔记本",
            public_key=capsys.readouterr().out,
            actor_id=case.staff.id,
        )
    path = tmp_path / "lesson.json"
    with clock.frozen(lesson.starts_at - timedelta(days=1)):
        bundle = take_along(case, device, lesson)
    path.write_text(json.dumps(bundle, ensure_ascii=False), encoding="utf-8")
    code = offline_code_for(other.enrollment.code, lesson.id)
    assert case.voucher.code not in path.read_text()
    assert code not in path.read_text()

    def at(minutes):
        return instant_text(lesson.starts_at + timedelta(minutes=minutes))

    station = offline_station.Station(path, tmp_path / "device.key")
    assert station.sign_in(case.voucher.code, at(-16)).startswith("✗ Outside")
    assert station.sign_in("AAAA-BBBB", at(-5)).startswith("✗ No voucher")
    assert station.sign_in(case.voucher.code, at(-5)).startswith("✓")
    with path.with_suffix(".journal").open("a") as journal:
        journal.write('{"number": 2, "at"')  # the battery went flat
    station = offline_station.Station(path, tmp_path / "device.key")
    assert "already" in station.sign_in(case.voucher.code, at(-4))
    assert station.sign_in(f"{code[:4]}-{code[4:]}", at(3)).startswith("✓")
    monkeypatch.setattr(offline_station, "utc_now", lambda: at(200))
    station.close()
    content = path.with_suffix(".signed.json").read_bytes()

    came_in = lesson.ends_at + timedelta(hours=30)
    upload = sync(case, content, came_in)
    assert (upload.accepted, upload.known, upload.refused) == (2, 0, 0)
    mine = find_attendance(case.enrollment.id, lesson.id)
    assert mine.method is AttendanceMethod.OFFLINE_VOUCHER
    assert mine.recorded_at == lesson.starts_at - timedelta(minutes=5)
    assert mine.synced_at == came_in
    theirs = find_attendance(other.enrollment.id, lesson.id)
    assert theirs.method is AttendanceMethod.OFFLINE_CODE
    assert sync(case, content, came_in + timedelta(days=9)).id == upload.id
    events = list_events(PageRequest(), event="offline.file_taken_in").items
    assert [event.subject_code for event in events] == [device.code]
    with write_transaction():
        holds = check_course_run(case.run.id, actor_id=None)
    assert [hold.kind.value for hold in holds] == ["synced_late", "synced_late"]


def test_a_file_that_is_not_as_the_device_made_it_is_refused(case):
    lesson = list_lessons(case.run.id)[0]
    with write_transaction():
        device, key = make_device(case.institution.id, case.staff.id)
        _other, other_key = make_device(case.institution.id, case.staff.id, name="二号")
        stranger = make_accredited_institution()
    bundle = take_along(case, device, lesson)
    came = (lesson.starts_at, "voucher", case.voucher.code)
    content = make_file(bundle, key, [came], closed_at=lesson.ends_at)
    now = lesson.ends_at

    def changed(**change):
        return json.dumps({**json.loads(content), **change}).encode()

    forged = [
        make_file(bundle, other_key, [came], closed_at=lesson.ends_at),
        changed(records=[]),
        changed(closed_at=instant_text(lesson.starts_at)),
        changed(bundle={**bundle, "roster": []}),
    ]
    for one in forged:
        assert refused_codes(case, one, now) == ("offline_seal_wrong",)
    assert refused_codes(case, content, now, stranger) == ("offline_bundle_unknown",)
    assert find_attendance(case.enrollment.id, lesson.id) is None
    nobody = (lesson.starts_at, "code", "AAAABBBB")
    rows = [nobody, came, came, (lesson.ends_at, *came[1:])]
    first = sync(case, make_file(bundle, key, rows, closed_at=lesson.ends_at), now)
    assert [(row["outcome"], row["reasons"]) for row in first.rows] == [
        ("refused", ["offline_code_unknown"]),
        ("accepted", []),
        ("known", []),
        ("refused", ["offline_outside_lesson"]),
    ]
    assert refused_codes(case, content, now) == ("offline_history_differs",)
    longer = make_file(bundle, key, [*rows, nobody], closed_at=lesson.ends_at)
    assert sync(case, longer, now).record_count == 5
    with write_transaction():
        revoke_device(device.code, institution_id=case.institution.id, actor_id=case.staff.id)
    late = make_file(bundle, key, [*rows, nobody, came], closed_at=lesson.ends_at)
    assert refused_codes(case, late, now) == ("offline_device_revoked",)


def test_a_stranger_cannot_take_a_lesson_along_on_anothers_device(case):
    with write_transaction():
        device, _key = make_device(make_accredited_institution().id, case.staff.id)
    with pytest.raises(NotFound):
        take_along(case, device, list_lessons(case.run.id)[0])


def test_the_database_refuses_to_change_what_came_in(case):
    with write_transaction():
        attend(case.enrollment, case.staff.id, lessons=1)
        make_offline_objects(case.run, case.staff.id)
    for statement in (
        "UPDATE attendance SET synced_at = recorded_at",
        "UPDATE attendance SET method = 'offline_code'",
        "UPDATE offline_upload SET accepted = 1, refused = 0",
        "DELETE FROM offline_upload",
        "UPDATE offline_bundle SET lesson_id = lesson_id + 1",
        "UPDATE offline_device SET public_key = 'x'",
    ):
        with pytest.raises(DatabaseError), write_transaction():
            db.session.execute(text(statement))
