"""Cheats A07, A08 and A13 of docs/trust.md, through the real operations to the money.

Each is planted beside its honest twin in one class: the cheat is refused with its explanation,
the twin is paid. What is learned after the payment is held for an officer all the same.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import update

from marketplace.evidence.queries import list_holds_of_run
from marketplace.evidence.states import FindingKind
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import REFUSAL_TEXTS, Refused
from marketplace.people.models import CategoryFact, StatusFact
from marketplace.people.states import PersonStatus, WorkerCategory
from marketplace.redemption.operations.check_class import check_class
from marketplace.redemption.operations.redeem import redeem_voucher
from marketplace.redemption.queries.redemptions import find_redemption
from marketplace.vouchers.models import OtherSubsidy
from marketplace.vouchers.operations.issue import claim_voucher
from tests.factories.catalog import make_listed_course, make_occupation, make_open_course_run
from tests.factories.enrollment import attend, make_completion, run_through
from tests.factories.people import make_verified_category, make_worker
from tests.factories.redemption import make_case
from tests.factories.vouchers import make_pack, make_scheme, rule
from tests.kept import kept

UNEMPLOYED = WorkerCategory.REGISTERED_UNEMPLOYED
OCCUPATION = "4-10-01-06"


def make_scheme_for_the_unemployed():
    excluded = [PersonStatus.PENSIONER.value, PersonStatus.FULL_TIME_STUDENT.value]
    return make_scheme(
        make_pack(
            eligibility={"categories": rule([UNEMPLOYED.value]), "excluded": rule(excluded)},
            limits={"other_subsidy_excludes": rule(value=True)},
        )
    )


@pytest.fixture
@kept
def two(app, now):
    """Two learners of one class with results; nothing is known against either."""
    with write_transaction():
        scheme = make_scheme_for_the_unemployed()
        workers = [make_worker(), make_worker()]
        for worker in workers:
            make_verified_category(worker, category=UNEMPLOYED, valid_from=date(2026, 9, 1))
        course = make_listed_course(occupation=make_occupation(OCCUPATION))
        run = make_open_course_run(course)
        first = make_case(scheme=scheme, worker=workers[0], course_run=run)
        cases = [
            first,
            make_case(scheme=scheme, worker=workers[1], course_run=first.run, staff=first.staff),
        ]
        for case in cases:
            attend(case.enrollment, case.staff.id)
        run_through(first.run.id)
        for case in cases:
            make_completion(case.enrollment, case.staff.id)
    return cases


def redeem(case):
    with write_transaction():
        check_class(case.run.id, actor_id=case.staff.id)
    with write_transaction():
        return redeem_voucher(
            case.voucher.id, institution_id=case.institution.id, actor_id=case.staff.id
        )


def refused_in_words(case):
    with pytest.raises(Refused) as refused:
        redeem(case)
    [reason] = refused.value.refusals
    assert find_redemption(case.voucher.id) is None
    return reason.rule, REFUSAL_TEXTS[reason.code] % reason.params


def retire(case, *, since, status=PersonStatus.PENSIONER):
    with write_transaction():
        db.session.add(
            StatusFact(
                worker_id=case.worker.id,
                status=status,
                valid_from=since,
                source="社保",
                recorded_at=clock.now(),
            )
        )


def test_a07_a_pensioner_of_a_later_register_and_one_who_retired_after_the_class(two):
    cheat, twin = two
    retire(cheat, since=date(2026, 1, 1))
    retire(twin, since=cheat.run.ends_on + timedelta(days=1))
    clause, words = refused_in_words(cheat)
    assert clause == "EV-19"
    assert f"did not belong to those whom the scheme supports on {cheat.run.starts_on}" in words
    assert redeem(twin).amount_fen == 80_000


def test_a07_one_who_died_during_the_class_and_one_who_was_in_prison_before_it(two):
    """The scheme names neither: nobody uses another's voucher, whatever it says."""
    cheat, twin = two
    retire(cheat, since=cheat.run.ends_on, status=PersonStatus.DECEASED)
    retire(twin, since=twin.run.ends_on + timedelta(days=1), status=PersonStatus.IMPRISONED)
    clause, _words = refused_in_words(cheat)
    assert clause == "EV-19"
    assert redeem(twin).amount_fen == 80_000


def test_a07_is_found_after_the_payment_too(two):
    cheat, twin = two
    assert redeem(cheat) and redeem(twin)
    retire(cheat, since=date(2026, 1, 1))
    with write_transaction():
        [hold] = check_class(cheat.run.id, actor_id=None)
    assert (hold.kind, hold.enrollment_id) == (FindingKind.NOT_ENTITLED, cheat.enrollment.id)
    with write_transaction():
        assert check_class(cheat.run.id, actor_id=None) == []
    assert len(list_holds_of_run(cheat.run.id)) == 1


def test_a08_the_class_was_before_the_person_belonged_there(two):
    """The paper says November; the class and the voucher were before."""
    cheat, twin = two
    late = cheat.run.starts_on + timedelta(days=1)
    with write_transaction():
        db.session.execute(
            update(CategoryFact)
            .where(CategoryFact.worker_id == cheat.worker.id)
            .values(valid_from=late)
        )
        db.session.execute(
            update(CategoryFact)
            .where(CategoryFact.worker_id == twin.worker.id)
            .values(valid_until=twin.run.starts_on - timedelta(days=1))
        )
    clause, words = refused_in_words(cheat)
    assert clause == "EV-19"
    assert str(cheat.run.starts_on) in words
    assert redeem(twin).amount_fen == 80_000, "unemployed on the day of the voucher is enough"


def test_a08_no_voucher_before_the_day_either(app, now):
    with write_transaction():
        scheme_id = make_scheme_for_the_unemployed().id
        worker = make_worker()
        make_verified_category(worker, category=UNEMPLOYED, valid_from=clock.today())
        worker_id = worker.id
    with clock.frozen(now - timedelta(days=1)):
        with pytest.raises(Refused) as refused, write_transaction():
            claim_voucher(worker_id, scheme_id=scheme_id, actor_id=None)
        assert refused.value.codes == ("category_not_verified",)
    with write_transaction():
        assert claim_voucher(worker_id, scheme_id=scheme_id, actor_id=None)


def test_a13_another_region_paid_for_the_same_certificate(two):
    cheat, twin = two
    with write_transaction():
        for case, paid_level in ((cheat, 5), (twin, 4)):
            db.session.add(
                OtherSubsidy(
                    worker_id=case.worker.id,
                    occupation_code=OCCUPATION,
                    level=paid_level,
                    kind="技能提升补贴",
                    granted_on=date(2026, 10, 9),
                    recorded_at=clock.now(),
                )
            )
    clause, words = refused_in_words(cheat)
    assert clause == "EV-20"
    assert "another subsidy, 技能提升补贴, on 2026-10-09" in words
    assert redeem(twin).amount_fen == 80_000
