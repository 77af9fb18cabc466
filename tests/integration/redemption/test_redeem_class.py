"""A class redeemed at once is the same as its learners redeemed one by one."""

from __future__ import annotations

from random import Random

import pytest
from sqlalchemy import select

from marketplace.audit.models import AuditEvent
from marketplace.enrollment.operations.disputes import dispute_attendance
from marketplace.enrollment.queries import list_attendance_of
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refusal, Refused
from marketplace.ledger.models import Account, JournalEntry, Posting
from marketplace.redemption.models import Redemption, Reservation
from marketplace.redemption.operations import redeem
from marketplace.redemption.operations.redeem import redeem_course_run, redeem_voucher
from marketplace.redemption.queries.reservations import list_standing_reservations
from marketplace.reporting.invariants import check_books
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.queries.vouchers import get_voucher
from marketplace.vouchers.states import VoucherState
from tests.conftest import laid_out, start_again
from tests.factories.catalog import make_open_course_run
from tests.factories.enrollment import attend, make_completion, make_staff, run_through
from tests.factories.redemption import make_case
from tests.factories.vouchers import face_value_pack, make_scheme, rule
from tests.statements import statements

FATES = ("done", "done before", "away", "silent", "disputed")


def make_mixed_class(*, learners: int = 10) -> dict[str, object]:
    """A class in which every fate occurs, in an order nobody chose; plain numbers only."""
    random = Random(7)
    partly = {"partial": rule({"by_rate_from": 40})}
    schemes = [
        make_scheme(),
        make_scheme(face_value_pack(200_000)),
        make_scheme(face_value_pack(150_001, completion=partly)),
    ]
    run = make_open_course_run()
    staff = make_staff(run.institution_id)
    fates: dict[int, str] = {}
    cases = []
    for number in range(learners):
        case = make_case(scheme=schemes[number % 4 % 3], course_run=run, staff=staff)
        fates[case.voucher.id] = FATES[number] if number < len(FATES) else random.choice(FATES)
        attend(case.enrollment, staff.id, lessons=2 if fates[case.voucher.id] == "away" else None)
        cases.append(case)
    run_through(run.id)
    for case in cases:
        if fates[case.voucher.id] != "silent":
            make_completion(case.enrollment, staff.id)
        if fates[case.voucher.id] == "disputed":
            entry = list_attendance_of([case.enrollment.id])[0]
            dispute_attendance(entry.id, worker_id=case.worker.id, reason="没来", actor_id=None)
        if fates[case.voucher.id] == "done before":
            redeem_voucher(case.voucher.id, institution_id=run.institution_id, actor_id=staff.id)
    return {
        "run": run.id,
        "institution": run.institution_id,
        "staff": staff.id,
        "fates": fates,
        "enrollments": {case.voucher.id: case.enrollment.id for case in cases},
    }


@pytest.fixture
def mixed(app, now):
    return laid_out(make_mixed_class)


def by_class(mixed) -> dict[int, tuple[str, ...]]:
    with write_transaction():
        answer = redeem_course_run(
            mixed["run"], institution_id=mixed["institution"], actor_id=mixed["staff"]
        )
    standing = list_standing_reservations(list(mixed["enrollments"].values()))
    refused = {
        standing[enrollment_id].voucher_id: tuple(refusal.code for refusal in refusals)
        for enrollment_id, refusals in answer.refused.items()
    }
    redeemed = {item.voucher_id: () for item in (*answer.redeemed, *answer.earlier)}
    return redeemed | refused


def one_by_one(mixed) -> dict[int, tuple[str, ...]]:
    answers = {}
    for voucher_id in sorted(mixed["fates"]):
        try:
            with write_transaction():
                redeem_voucher(
                    voucher_id, institution_id=mixed["institution"], actor_id=mixed["staff"]
                )
            answers[voucher_id] = ()
        except Refused as no:
            answers[voucher_id] = no.codes
    return answers


def picture() -> list[object]:
    """Everything both ways must leave alike, without what is drawn by lot or counted."""
    postings = (
        select(JournalEntry.kind, JournalEntry.key, JournalEntry.actor_id, Account.code,
               Posting.debit_fen, Posting.credit_fen)
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .join(Account, Account.id == Posting.account_id)
        .order_by(JournalEntry.kind, JournalEntry.key, Account.code)
    )  # fmt: skip
    balances = select(Account.code, Account.balance_fen).order_by(Account.code)
    events = select(AuditEvent.event, AuditEvent.subject_code, AuditEvent.actor_id).order_by(
        AuditEvent.event, AuditEvent.subject_code
    )
    return [db.session.execute(query).all() for query in (postings, balances, events)]


def test_every_learner_gets_the_same_answer_and_the_books_the_same_lines(mixed):
    as_class, after_class = by_class(mixed), picture()
    start_again()
    assert laid_out(make_mixed_class) == mixed
    assert one_by_one(mixed) == as_class
    assert picture() == after_class
    assert set(as_class.values()) == {
        (), ("attendance_too_low",), ("completion_missing",), ("disputes_open",)
    }  # fmt: skip
    assert check_books().violations == ()


def test_a_retry_books_nothing_and_names_the_earlier_redemptions(mixed):
    first = by_class(mixed)
    before = picture()
    assert by_class(mixed) == first
    assert picture() == before


def test_another_institution_gets_nothing_of_the_class(mixed):
    before = picture()
    with write_transaction():
        answer = redeem_course_run(mixed["run"], institution_id=999_999, actor_id=None)
    codes = {refusals[0].code for refusals in answer.refused.values()}
    assert answer.redeemed == answer.earlier == ()
    assert codes == {"other_institution", "redeemed_elsewhere"}
    assert picture() == before


def test_when_the_books_refuse_one_the_others_are_redeemed(mixed, monkeypatch):
    """The books refuse as a whole; then each is asked alone."""
    due = [voucher_id for voucher_id, fate in mixed["fates"].items() if fate == "done"]
    poor = get_voucher(due[0]).code
    real = redeem.post_entries

    def refusing(drafts, *, actor_id):
        if any(draft.key == poor for draft in drafts):
            raise Refused(Refusal("stale_state"))
        return real(drafts, actor_id=actor_id)

    monkeypatch.setattr(redeem, "post_entries", refusing)
    monkeypatch.setattr(redeem, "write_at_once", step_by_step)
    answers = by_class(mixed)
    assert {one: answers[one] for one in due} == dict.fromkeys(due, ()) | {due[0]: ("stale_state",)}
    assert get_voucher(due[0]).state is VoucherState.RESERVED
    assert check_books().violations == ()


def step_by_step(*_what, **_by) -> None:
    """As whenever the books refuse what would be written at once."""


def redemptions_and_told() -> list[object]:
    """Rows of redemptions, states and trail, without what is drawn by lot or counted."""
    rows = (
        select(
            Redemption.voucher_id, Redemption.reservation_id, Redemption.enrollment_id,
            Redemption.institution_id, Redemption.allotment_id, Redemption.amount_fen,
            Redemption.part_percent, Redemption.part_rate_percent, Redemption.part_own_percent,
            Redemption.part_rule,
            Redemption.redeemed_on, Redemption.redeemed_by, Voucher.state, Reservation.state,
            JournalEntry.key,
        )
        .join(Voucher, Voucher.id == Redemption.voucher_id)
        .join(Reservation, Reservation.id == Redemption.reservation_id)
        .join(JournalEntry, JournalEntry.id == Redemption.entry_id)
        .order_by(Redemption.voucher_id)
    )  # fmt: skip
    told = select(AuditEvent).where(AuditEvent.event == "voucher.redeemed")
    events = [
        (
            event.subject_kind,
            event.subject_code,
            {name: value for name, value in event.details.items() if name != "redemption"},
        )
        for event in db.session.scalars(told.order_by(AuditEvent.subject_code))
    ]
    return [db.session.execute(rows).all(), [(a, b, sorted(c)) for a, b, c in events]]


def test_at_once_writes_what_the_steps_write(mixed, monkeypatch):
    """All of a redemption is written at once; nobody may see which way it went."""
    answers = []
    real = redeem.write_at_once

    def watched(*what, **by):
        answers.append(real(*what, **by))
        return answers[-1]

    monkeypatch.setattr(redeem, "write_at_once", watched)
    by_class(mixed)
    at_once = redemptions_and_told() + picture()
    assert all(answers), "nothing stood against it"
    assert len(at_once[0]) == len(at_once[1]) > 1
    assert {row.part_percent for row in at_once[0]} == {None, 40}, "some earned a part"
    start_again()
    mixed = laid_out(make_mixed_class)
    monkeypatch.setattr(redeem, "write_at_once", step_by_step)
    by_class(mixed)
    assert redemptions_and_told() + picture() == at_once


def make_small_class() -> dict[str, object]:
    return make_mixed_class(learners=len(FATES))


def test_a_larger_class_takes_no_more_statements(app, now):
    """Learners cost rows, not round trips."""
    counts = []
    for make in (make_small_class, make_mixed_class):
        mixed = laid_out(make)
        with statements() as counted:
            by_class(mixed)
        counts.append(len(counted))
        start_again()
    few, many = counts
    assert many < few + 5, "five learners more; rules and accounts are read once each"
