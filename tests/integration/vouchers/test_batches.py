"""Batches: the same people as one by one, one entry per allotment, resumable, proved after."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from marketplace.audit.queries import list_events_of
from marketplace.cli.issuing import issue_batch, rehearse_batch
from marketplace.cli.runner import Runner
from marketplace.foundation import clock
from marketplace.foundation.db import db, rehearsal, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.foundation.paging import PageRequest
from marketplace.funds.entries import available, committed
from marketplace.funds.models import Allotment
from marketplace.jobs.models import Job
from marketplace.ledger.queries import get_balance_fen
from marketplace.people.states import WorkerCategory
from marketplace.reporting.invariants import check_books
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.operations.batches import issue_slice, request_batch, start_batch
from marketplace.vouchers.operations.issue import issue_voucher
from marketplace.vouchers.states import VoucherState
from tests.conftest import NOW
from tests.factories.funds import make_county, make_fund, make_funded_allotment, yuan
from tests.factories.voucher_rows import make_category, make_person
from tests.factories.vouchers import face_value_pack, make_scheme, rule
from tests.kept import kept

FACE = 50_000
VETERANS = {"categories": rule(["veteran", "disabled"])}


class World:
    """Five people of two counties, three of them veterans, one of these disabled as well."""

    def __init__(self, money: int = 100_000, **rules) -> None:
        with write_transaction():
            fund = make_fund("FUND-TEST")
            make_funded_allotment(fund, amount=yuan(money))
            rich = make_funded_allotment(fund, place=make_county(), amount=yuan(money))
            pack = face_value_pack(FACE, scheme="S", **{"eligibility": VETERANS, **rules})
            self.scheme_id = make_scheme(pack).id
            far = make_county("220881", "洮南市")
            people = [make_person() for _ in range(3)]
            people += [make_person(residence_id=far.id) for _ in range(2)]
            for person in people[0], people[2], people[3]:
                make_category(person, WorkerCategory.VETERAN)
            make_category(people[3], WorkerCategory.DISABLED)
            self.ids = [person.id for person in people]
            self.rich = rich.code
            self.city = db.session.scalars(
                select(Allotment.code).where(Allotment.code != rich.code)
            ).one()

    def start(self, worker_ids=None) -> int:
        with write_transaction():
            return start_batch(self.scheme_id, worker_ids=worker_ids, actor_id=None).id

    def issue(self, batch_id: int, *, slice_workers: int = 100) -> dict:
        return issue_batch(
            batch_id,
            hold=lambda done, of: None,
            on_progress=lambda done, of: None,
            slice_workers=slice_workers,
        )

    def holders(self) -> list[int]:
        return list(db.session.scalars(select(Voucher.worker_id).order_by(Voucher.worker_id)))


@pytest.fixture
@kept
def world(app, now) -> World:
    return World()


def balances(code: str) -> tuple[int, int]:
    return get_balance_fen(available(code)), get_balance_fen(committed(code))


def test_a_batch_issues_to_whoever_fulfils_the_rules(world):
    done = world.issue(world.start())
    assert done | {"batch": None} == {
        "batch": None,
        "people": 5,
        "of": 5,
        "issued": 3,
        "already_held": 0,
        "committed_fen": 3 * FACE,
        "refusals": {"category_not_verified": 2},
    }
    first, _second, third, fourth, _fifth = world.ids
    assert world.holders() == [first, third, fourth]
    voucher = db.session.query(Voucher).filter_by(worker_id=first).one()
    assert (voucher.state, voucher.value_fen, voucher.category) == (
        VoucherState.OFFERED,
        FACE,
        "veteran",
    )
    assert voucher.expires_on == clock.today() + timedelta(days=89)
    assert len(voucher.code) == 20
    assert not check_books().violations


def test_each_allotment_is_committed_with_one_entry(world):
    batch_id = world.start()
    world.issue(batch_id)
    code = db.session.execute(text("SELECT code FROM issue_batch")).scalar_one()
    keys = db.session.scalars(
        text("SELECT key FROM journal_entry WHERE kind = 'voucher.batch_issued' ORDER BY key")
    ).all()
    assert keys == sorted([f"{code}:1:{world.rich}", f"{code}:1:{world.city}"])
    assert balances(world.rich) == (10_000_000 - 2 * FACE, 2 * FACE)
    assert balances(world.city)[1] == FACE


def test_the_same_people_get_one_as_if_each_were_issued_alone(world):
    alone = []
    with rehearsal():
        for worker_id in world.ids:
            try:
                with db.session.begin_nested():
                    issue_voucher(worker_id, scheme_id=world.scheme_id, actor_id=None)
                alone.append(worker_id)
            except Refused:
                pass
    world.issue(world.start())
    assert world.holders() == alone


def test_a_rehearsal_says_the_same_and_keeps_nothing(world):
    told = {
        name: rehearse_batch(world.scheme_id, worker_ids=ids, on_progress=lambda done, of: None)
        for name, ids in (("all", None), ("named", world.ids[:3]))
    }
    assert world.holders() == []
    assert db.session.execute(text("SELECT count(*) FROM issue_batch")).scalar_one() == 0
    assert told["named"]["issued"] == 2
    assert told["all"] == world.issue(world.start()) | {"batch": None}


def test_only_the_named_people_are_asked(world):
    done = world.issue(world.start([world.ids[3], world.ids[0], world.ids[3]]))
    assert (done["people"], done["issued"], done["refusals"]) == (2, 2, {})
    assert world.holders() == [world.ids[0], world.ids[3]]


def test_whoever_holds_one_keeps_it_and_an_overdue_one_is_ended_first(world):
    world.issue(world.start())
    again = world.issue(world.start())
    assert (again["issued"], again["already_held"]) == (0, 3)
    with clock.frozen(NOW + timedelta(days=90)):
        later = world.issue(world.start())
        assert not check_books().violations
    # The allotments of the new year are empty: nobody is told that they hold one.
    assert (later["issued"], later["already_held"]) == (0, 0)
    states = set(db.session.scalars(select(Voucher.state)))
    assert states == {VoucherState.EXPIRED}


def test_a_batch_that_stopped_goes_on_and_finishes_once(world):
    batch_id = world.start()
    with write_transaction():
        batch = issue_slice(batch_id, workers=2)
        assert (batch.done_workers, batch.issued, batch.finished_at) == (2, 1, None)
    done = world.issue(batch_id, slice_workers=2)
    assert (done["people"], done["issued"], done["committed_fen"]) == (5, 3, 3 * FACE)
    assert world.issue(batch_id) == done
    events = list_events_of("issue_batch", done["batch"], PageRequest(1, 20)).items
    assert sorted(event.event for event in events) == [
        "issue_batch.finished",
        "issue_batch.slice_issued",
        "issue_batch.slice_issued",
        "issue_batch.started",
    ]
    assert not check_books().violations


def test_where_the_money_ends_the_next_people_are_refused(app, now):
    world = World(money=600, eligibility={})
    done = world.issue(world.start())
    # Three people of the county share one allotment, two of the other county the city's.
    assert (done["issued"], done["refusals"]) == (2, {"balance_too_low": 3})
    assert world.holders() == [world.ids[0], world.ids[3]]
    assert balances(world.rich) == (10_000, FACE)
    assert not check_books().violations


def test_a_cap_reached_in_the_midst_passes_to_the_next_category(app, now):
    caps = rule([{"category": "veteran", "fen_per_year": 2 * FACE}])
    world = World(limits={"category_caps": caps})
    done = world.issue(world.start())
    given = dict(db.session.execute(select(Voucher.worker_id, Voucher.category)).all())
    first, _second, third, fourth, _fifth = world.ids
    assert given == {first: "veteran", third: "veteran", fourth: "disabled"}
    assert (done["issued"], done["people"]) == (3, 5)
    with write_transaction():
        late = make_person()
        make_category(late, WorkerCategory.VETERAN)
    assert world.issue(world.start())["refusals"]["category_cap_reached"] == 1


def test_a_scheme_that_people_claim_is_not_issued(app, now):
    world = World(ways_out=["claimed"])
    with pytest.raises(Refused) as refused:
        world.start()
    assert refused.value.codes == ("scheme_not_targeted",)


def test_the_runner_issues_a_batch_with_progress(app, world):
    with write_transaction():
        request_batch(world.scheme_id, worker_ids=None, actor_id=None)
    db.session.remove()
    Runner(app).run_next()
    job = db.session.query(Job).one()
    assert (job.state.value, job.progress_done, job.progress_total) == ("done", 5, 5)
    assert job.result["issued"] == 3


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE voucher SET value_fen = value_fen + 1",
        "UPDATE voucher SET batch_id = NULL",
        "UPDATE issue_batch SET issued = issued + 1",
    ],
)
def test_a_batch_that_does_not_agree_with_its_entries_is_found(world, damage):
    world.issue(world.start())
    with write_transaction():
        db.session.execute(text(damage))
    assert "17 business cause" in {one.invariant for one in check_books().violations}


def test_rows_written_in_bulk_are_the_rows_that_were_meant(world):
    world.issue(world.start())
    with rehearsal():
        db.session.execute(update(Voucher).values(state=VoucherState.REVOKED))
        alone = issue_voucher(world.ids[0], scheme_id=world.scheme_id, actor_id=None)
        bulk = db.session.query(Voucher).filter_by(worker_id=world.ids[0]).order_by(Voucher.id)
        names = [
            column.name
            for column in Voucher.__table__.columns
            if column.name not in ("id", "code", "batch_id", "state")
        ]
        [first, second] = [[getattr(row, name) for name in names] for row in bulk]
        assert first == second
        assert alone.state is VoucherState.OFFERED
