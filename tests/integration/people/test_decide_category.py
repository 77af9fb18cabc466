"""Declared, decided once, told to the person, effective for its dates."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from sqlalchemy import select

from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.notices.models import Notice
from marketplace.people.models import CategoryFact
from marketplace.people.operations import (
    end_category_fact,
    refuse_category_fact,
    verify_category_fact,
)
from marketplace.people.queries import (
    count_waiting_category_facts,
    find_next_waiting_category_fact,
    get_category_fact,
    get_worker,
    list_verified_categories,
)
from marketplace.people.states import CategoryFactState, DecisionReason, WorkerCategory
from tests.factories.people import (
    make_category_fact,
    make_officer,
    make_verified_category,
    make_worker,
)
from tests.kept import kept

pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture
@kept
def waiting(app) -> tuple[int, int, int]:
    """A declaration and two officers."""
    with write_transaction():
        fact = make_category_fact(make_worker())
        return fact.id, make_officer().id, make_officer().id


def test_a_confirmed_category_counts_on_its_days_only(app):
    with write_transaction():
        worker = make_worker()
        make_verified_category(worker, valid_from=date(2026, 2, 1), valid_until=date(2026, 6, 30))
        make_category_fact(worker, category=WorkerCategory.ENTERPRISE_EMPLOYEE)
        worker_id = worker.id
    for on, count in (
        (date(2026, 1, 31), 0),
        (date(2026, 2, 1), 1),
        (date(2026, 6, 30), 1),
        (date(2026, 7, 1), 0),
    ):
        assert len(list_verified_categories(worker_id, on=on)) == count


def test_the_person_is_told_and_may_declare_again(waiting):
    fact_id, officer, _ = waiting
    with write_transaction():
        refuse_category_fact(
            fact_id,
            reason="",
            reason_code=DecisionReason.EVIDENCE_EXPIRED,
            actor_id=officer,
        )
    worker_id = get_category_fact(fact_id).worker_id
    [notice] = db.session.scalars(select(Notice))
    assert (notice.kind, notice.user_id) == ("category.refused", get_worker(worker_id).user_id)
    with write_transaction():
        again = make_category_fact(get_worker(worker_id))
        assert again.id != fact_id
        assert again.state is CategoryFactState.DECLARED


def test_the_same_decision_again_is_an_honest_retry(waiting):
    fact_id, officer, _ = waiting
    for _ in range(2):
        with write_transaction():
            verify_category_fact(fact_id, valid_until=None, actor_id=officer)
    assert len(db.session.scalars(select(Notice)).all()) == 1


def test_another_decision_is_refused(waiting):
    fact_id, officer, colleague = waiting
    with write_transaction():
        verify_category_fact(fact_id, valid_until=None, actor_id=officer)
    with pytest.raises(Refused) as refused, write_transaction():
        refuse_category_fact(fact_id, reason="no", actor_id=colleague)
    assert refused.value.codes == ("fact_decided",)
    with pytest.raises(Refused), write_transaction():
        verify_category_fact(fact_id, valid_until=date(2026, 12, 31), actor_id=officer)


def test_nobody_decides_about_themselves(app):
    with write_transaction():
        officer = make_officer()
        fact_id = make_category_fact(make_worker(officer)).id
        officer_id = officer.id
    with pytest.raises(Refused) as refused, write_transaction():
        verify_category_fact(fact_id, valid_until=None, actor_id=officer_id)
    assert refused.value.codes == ("own_matter",)


def test_two_officers_at_once_one_wins_the_other_is_told(app, waiting):
    fact_id, *officers = waiting
    db.session.rollback()
    start = threading.Barrier(2)
    answers: list[str] = []

    def decide(officer_id: int, confirm: bool) -> None:
        with app.app_context():
            start.wait()
            try:
                with write_transaction():
                    if confirm:
                        verify_category_fact(fact_id, valid_until=None, actor_id=officer_id)
                    else:
                        refuse_category_fact(fact_id, reason="no", actor_id=officer_id)
                answers.append("won")
            except Refused as refused:
                answers.append(refused.codes[0])
            finally:
                db.session.remove()

    threads = [
        threading.Thread(target=decide, args=(officer, bool(place)))
        for place, officer in enumerate(officers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["fact_decided", "won"]
    assert len(db.session.scalars(select(Notice)).all()) == 1


def test_ending_keeps_what_was_before(app):
    with write_transaction():
        worker = make_worker()
        fact_id = make_verified_category(worker, valid_from=date(2026, 1, 1)).id
        worker_id, user_id = worker.id, worker.user_id
    with write_transaction():
        end_category_fact(fact_id, ends_on=date(2026, 5, 31), actor_id=user_id)
    assert list_verified_categories(worker_id, on=date(2026, 5, 31))
    assert not list_verified_categories(worker_id, on=date(2026, 6, 1))


def test_the_queue_goes_round_oldest_first(app):
    with write_transaction():
        ids = [make_category_fact(make_worker()).id for _ in range(3)]
    assert count_waiting_category_facts(("",)) == 3
    following = find_next_waiting_category_fact(("",), after_id=ids[1])
    assert following is not None and following.id == ids[2]
    following = find_next_waiting_category_fact(("",), after_id=ids[2])
    assert following is not None and following.id == ids[0]
    assert find_next_waiting_category_fact(("/99/",)) is None


def test_a_person_of_many_facts_is_listed_once_per_category(app):
    with write_transaction():
        worker = make_worker()
        make_verified_category(worker, valid_from=date(2025, 1, 1), valid_until=date(2025, 12, 31))
        make_verified_category(worker, valid_from=date(2026, 1, 1))
        worker_id = worker.id
    assert list_verified_categories(worker_id, on=date(2026, 3, 1)) == [
        WorkerCategory.RURAL_MIGRANT
    ]
    assert len(db.session.scalars(select(CategoryFact)).all()) == 2
