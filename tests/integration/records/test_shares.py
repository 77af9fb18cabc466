"""Links to chosen parts of a record, and the list of who looked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.paging import PageRequest
from marketplace.people.operations.api_tokens import hash_of
from marketplace.records.models import RecordShare
from marketplace.records.operations import looks
from marketplace.records.operations.looks import open_record
from marketplace.records.operations.shares import end_share
from marketplace.records.queries.looks import list_looks_of_worker
from marketplace.records.queries.record import list_record, list_record_lines, sum_record
from marketplace.records.queries.shares import (
    find_share_by_token,
    list_enrollment_ids_of_share,
    list_shares_of_worker,
)
from marketplace.records.rules import SHARES_MAX
from marketplace.redemption.operations.redeem import redeem_voucher
from tests.factories.people import make_officer
from tests.factories.records import make_holder, make_share
from tests.factories.redemption import make_case


def test_a_link_shows_only_the_holders_own_trainings(app, now):
    with write_transaction():
        case, _certificate, holder = make_holder()
        foreign = make_case().enrollment
        code, secret = make_share(case.worker, case.enrollment.code)
    share = find_share_by_token(hash_of(secret))
    assert list_enrollment_ids_of_share(share.id) == [case.enrollment.id]
    with pytest.raises(Refused, match="share_without_training"), write_transaction():
        make_share(case.worker, foreign.code)
    assert list_record_lines(case.worker.id, [foreign.id]) == []
    with pytest.raises(NotFound), write_transaction():
        end_share(code, worker_id=foreign.worker_id, actor_id=holder.id)
    stored = db.session.execute(select(RecordShare.label_sealed, RecordShare.token_hash)).one()
    assert "鹤城" not in stored[0]
    assert secret not in stored


def test_ended_and_expired_links_make_room_for_new_ones(app, now):
    with write_transaction():
        case, _certificate, holder = make_holder()
        codes = [make_share(case.worker, case.enrollment.code)[0] for _ in range(SHARES_MAX)]
    with pytest.raises(Refused, match="too_many_shares"), write_transaction():
        make_share(case.worker, case.enrollment.code)
    with write_transaction():
        for _again in range(2):
            end_share(codes[0], worker_id=case.worker.id, actor_id=holder.id)
        make_share(case.worker, case.enrollment.code)
    with clock.frozen(now + timedelta(days=8)), write_transaction():
        make_share(case.worker, case.enrollment.code)
    assert list_shares_of_worker(case.worker.id, PageRequest()).total == SHARES_MAX + 2


def test_an_officer_states_a_purpose_and_the_holder_reads_it(app, now):
    with write_transaction():
        case, _certificate, _holder = make_holder()
        officer = make_officer()
    with pytest.raises(Refused, match="purpose_of_look"), write_transaction():
        open_record(case.worker.id, purpose=" ", actor_id=officer.id)
    with write_transaction():
        open_record(case.worker.id, purpose="核查 99010119900517001X", actor_id=officer.id)
    (item,) = list_looks_of_worker(case.worker.id, PageRequest()).items
    assert item.look.actor_id == officer.id
    assert item.look.purpose.startswith("核查 ****")
    assert "990101" not in item.look.purpose


def test_the_record_adds_up_to_the_ledgers_own_amount(app, now):
    with write_transaction():
        case, certificate, _holder = make_holder()
        redemption = redeem_voucher(
            case.voucher.id, institution_id=case.institution.id, actor_id=None
        )
    (line,) = list_record(case.worker.id, PageRequest()).items
    assert (line.redemption.id, line.certificate.id) == (redemption.id, certificate.id)
    assert (line.lessons_attended, line.attendance_percent) == (line.lessons_total, 100)
    sums = sum_record(case.worker.id)
    booked = db.session.scalar(
        text("SELECT SUM(credit_fen) FROM posting WHERE entry_id = :entry"),
        {"entry": redemption.entry_id},
    )
    assert (sums.trainings, sums.certificates, sums.amount_fen) == (1, 1, booked)


def test_a_login_that_opens_very_many_records_is_stopped(app, now, monkeypatch):
    monkeypatch.setattr(looks, "REVEALS_PER_HOUR", 2)
    with write_transaction():
        case, _certificate, _holder = make_holder()
        officer, other = make_officer(), make_officer()
    for _record in range(2):
        with write_transaction():
            open_record(case.worker.id, purpose="核查", actor_id=officer.id)
    with pytest.raises(Refused, match="too_many_reveals"), write_transaction():
        open_record(case.worker.id, purpose="核查", actor_id=officer.id)
    with write_transaction():
        open_record(case.worker.id, purpose="核查", actor_id=other.id)
    with clock.frozen(now + timedelta(hours=1, seconds=1)), write_transaction():
        open_record(case.worker.id, purpose="核查", actor_id=officer.id)
