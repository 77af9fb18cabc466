"""Certificates: issued once, ended by two people, never changed by anybody."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from marketplace.audit.models import AuditEvent
from marketplace.catalog.queries.course_runs import list_lessons
from marketplace.enrollment.states import AssessmentResult
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.notices.models import Notice
from marketplace.people.queries.workers import get_worker
from marketplace.records.models import Certificate, RecordLook
from marketplace.records.operations.certificates import (
    draw_places,
    issue_certificates,
    record_results,
)
from marketplace.records.operations.changes import approve_change, reject_change
from marketplace.records.queries.certificates import (
    find_newest_certificate,
    list_ended_bits,
)
from marketplace.records.states import CertificateState, ChangeKind, ChangeReason
from marketplace.reporting.invariants import check_books
from tests.factories.enrollment import attend, run_through
from tests.factories.people import make_officer, make_user, make_worker
from tests.factories.records import make_certificate, make_holder, make_proposal
from tests.factories.redemption import make_case, make_ready_case


def test_results_bring_their_certificates_and_the_same_again_brings_none(app, now):
    with write_transaction():
        case = make_case(worker=make_worker(make_user(), name="欧阳测试"))
        attend(case.enrollment, case.staff.id)
        run_through(case.run.id)
    with clock.frozen(list_lessons(case.run.id)[-1].ends_at):
        for _again in range(2):
            with write_transaction():
                refused = record_results(
                    case.run.id,
                    assessments={case.enrollment.id: AssessmentResult.PASSED},
                    actor_id=case.staff.id,
                )
            assert refused == {}
    (certificate,) = db.session.scalars(select(Certificate))
    assert certificate.code.startswith("CT-")
    assert certificate.holder == "欧阳测试"
    assert (certificate.rate_percent, certificate.state) == (100, CertificateState.VALID)
    assert len(certificate.token) >= 22
    notices = db.session.scalars(select(Notice.kind).where(Notice.kind.like("certificate.%")))
    assert notices.all() == ["certificate.issued"]
    trail = db.session.scalars(
        select(AuditEvent.event).where(AuditEvent.subject_code == certificate.code)
    ).all()
    assert trail == ["certificate.issued"]


def test_the_catch_up_leaves_out_who_failed(app, now):
    with write_transaction():
        make_ready_case(assessment=AssessmentResult.FAILED)
        case = make_ready_case()
        assert issue_certificates(None, actor_id=None) == 1
        assert issue_certificates(None, actor_id=None) == 0
    assert db.session.scalars(select(Certificate.worker_id)).all() == [case.worker.id]


def test_places_in_the_list_are_never_drawn_twice(app, now):
    places = draw_places(3_000)
    assert len(set(places)) == 3_000
    indexes = [index for _list, index in places]
    assert {place[0] for place in places} == {0}
    assert indexes != sorted(indexes), "the order of issuing must not show"


def test_two_people_make_it_void_and_the_holder_learns_of_it(app, now):
    with write_transaction():
        case, certificate, holder = make_holder()
        change = make_proposal(certificate, case.staff.id)
        officer, code = make_officer(), change.code
    for who, reason in ((case.staff, "same_person"), (holder, "certificate_of_own")):
        with pytest.raises(Refused) as no, write_transaction():
            approve_change(certificate.id, code=code, answer="", actor_id=who.id)
        assert reason in no.value.codes
    assert certificate.state is CertificateState.VALID
    assert list_ended_bits(0) == []
    with write_transaction():
        approve_change(certificate.id, code=code, answer="同意", actor_id=officer.id)
    assert certificate.state is CertificateState.VOIDED
    assert list_ended_bits(certificate.status_list) == [certificate.status_index]
    assert not check_books().violations
    told = db.session.scalars(select(Notice.kind).where(Notice.user_id == holder.id)).all()
    assert "certificate.voided" in told
    with pytest.raises(Refused, match="change_decided"), write_transaction():
        approve_change(certificate.id, code=code, answer="", actor_id=officer.id)


def test_a_corrected_name_gives_a_second_edition_and_ends_the_first(app, now):
    with write_transaction():
        case, first, _holder = make_holder("张小名")
    with pytest.raises(Refused, match="nothing_to_correct"), write_transaction():
        make_proposal(
            first, case.staff.id, kind=ChangeKind.CORRECT, reason=ChangeReason.NAME_CORRECTED
        )
    with write_transaction():
        get_worker(case.worker.id).name = "张小明"
        db.session.flush()
        change = make_proposal(
            first, case.staff.id, kind=ChangeKind.CORRECT, reason=ChangeReason.NAME_CORRECTED
        )
        second = approve_change(first.id, code=change.code, answer="", actor_id=make_officer().id)
    assert (first.state, first.holder) == (CertificateState.REPLACED, "张小名")
    assert (second.code, second.holder) == (f"{first.code}-2", "张小明")
    assert second.token != first.token
    assert find_newest_certificate(first.completion_id) is second
    assert list_ended_bits(first.status_list) == [first.status_index]
    assert not check_books().violations


def test_a_rejection_needs_words_and_leaves_everything(app, now):
    with write_transaction():
        case, certificate, _holder = make_holder()
        change = make_proposal(certificate, case.staff.id)
        officer, code = make_officer(), change.code
    with pytest.raises(Refused, match="say_why"), write_transaction():
        reject_change(certificate.id, code=code, answer=" ", actor_id=officer.id)
    with write_transaction():
        reject_change(certificate.id, code=code, answer="证据不足", actor_id=officer.id)
    assert certificate.state is CertificateState.VALID
    with write_transaction():
        make_proposal(certificate, case.staff.id)  # another proposal is possible now


FORBIDDEN = [
    "UPDATE certificate SET title = 'other'",
    "UPDATE certificate SET state = 'voided'",
    "DELETE FROM certificate",
    "UPDATE record_look SET purpose = 'other'",
    "DELETE FROM record_look",
    "UPDATE certificate_change SET decided_by = proposed_by, state = 'approved', "
    "decided_at = proposed_at",
    "UPDATE certificate_change SET note = 'other'",
]


def test_the_database_itself_keeps_what_was_said(app, now):
    with write_transaction():
        case, certificate, _holder = make_holder()
        make_proposal(certificate, case.staff.id)
        db.session.add(
            RecordLook(
                worker_id=case.worker.id, at=now, kind="certificate", certificate_id=certificate.id
            )
        )
    for statement in FORBIDDEN:
        with pytest.raises(DatabaseError), write_transaction():
            db.session.execute(text(statement))
    with write_transaction():  # an ending with its moment is allowed, once; keys may be renewed
        db.session.execute(text("UPDATE certificate SET state = 'voided', ended_at = issued_at"))
        db.session.execute(text("UPDATE certificate SET holder_sealed = holder_sealed || ''"))
    with pytest.raises(DatabaseError), write_transaction():
        db.session.execute(text("UPDATE certificate SET state = 'valid', ended_at = NULL"))
    assert [found.invariant for found in check_books().violations] == ["ended by two"]


def test_a_certificate_of_an_untrained_person_is_found(app, now):
    with write_transaction():
        certificate = make_certificate()
        case = make_case()
        db.session.execute(
            text("UPDATE enrollment SET state = 'failed' WHERE worker_id = :worker"),
            {"worker": certificate.worker_id},
        )
        assert case.worker.id != certificate.worker_id
    assert "certificate earned" in {found.invariant for found in check_books().violations}
