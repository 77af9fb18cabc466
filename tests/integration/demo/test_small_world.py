"""The synthetic world: deterministic, made by real operations, its books in order."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import select

from marketplace.demo.story import tell_story
from marketplace.demo.world import load_demo_world
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refused
from marketplace.payouts.persons.queries import sum_by_stage
from marketplace.payouts.persons.rules import Stage
from marketplace.payouts.rails.payer import find_payer, use_payer
from marketplace.people.models import Worker
from marketplace.quotas.models import QuotaNaming
from marketplace.reconciliation.queries.overview import get_reconciliation
from marketplace.reporting.invariants import check_books
from marketplace.retentions.models import Retention
from tests.factories.demo import load_small_world

pytestmark = pytest.mark.slow


def _quiet(_text: str) -> None:
    pass


def test_the_small_world_has_a_past_and_its_books_are_in_order(app, now):
    counts, _log = load_small_world()

    assert check_books().violations == ()
    assert get_reconciliation().unexplained_fen == 0
    assert counts["redemption"] > 10
    assert counts["payout"] == 11, "five of a month, two of a class in steps, four of people"
    assert counts["reconciliation_match"] == 13, "two payments to people came back"
    assert counts["completion"] > counts["redemption"], "somebody was away too often"
    workers = db.session.scalars(select(Worker).order_by(Worker.id).limit(500)).all()
    assert {worker.id_number[:6] for worker in workers} == {"990101"}

    sums = sum_by_stage(paths=("",), currency="CNY")
    wanted = (Stage.READY, Stage.NO_ACCOUNT, Stage.CAME_BACK, Stage.PAID)
    assert {stage: one.count for stage, one in sums.items() if one.count} == dict.fromkeys(
        wanted, 2
    )
    shares = Counter(db.session.scalars(select(Retention.state).limit(100)))
    assert shares == {"released": 2, "returned": 2, "held": 4}
    namings = db.session.scalars(select(QuotaNaming.refusals).limit(9))
    assert Counter(bool(refusals) for refusals in namings) == {False: 3, True: 2}

    with pytest.raises(Refused) as refused:
        load_demo_world(seed=1, scale="small", progress=_quiet)
    assert refused.value.codes == ("demo_needs_empty",)


@pytest.fixture
def no_payer(app):
    """A deployment as it comes: nobody has said yet whose account pays."""
    payer = find_payer()
    use_payer(None)
    yield
    use_payer(payer)


def test_the_story_ends_with_nothing_unexplained_also_when_told_twice(app, now, no_payer):
    told = []
    outcome = tell_story(told.append)

    assert outcome["unexplained_fen"] == 0
    assert outcome["balances"]["payable to the institution"] == 0
    kinds = [entry.kind for step in told for entry in step.entries]
    assert kinds == [
        "fund.appropriated",
        "fund.allotted",
        "voucher.reserved",
        "copayment.opened",
        "voucher.redeemed",
        "payout.sent",
        "payout.confirmed",
    ]
    assert tell_story(lambda _step: None)["unexplained_fen"] == 0
    assert check_books().violations == ()
