"""One person on a page and everybody in SQL: the same yes, the same reasons for each no.

Hypothesis builds policies and small populations at the edges of the rules (birthdays, last days,
limits reached exactly); every person is decided both ways. The control plants a difference in the
statement and must be noticed.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from marketplace.foundation import clock
from marketplace.foundation.db import db, rehearsal, write_transaction
from marketplace.funds.models import Allotment
from marketplace.people.models import CategoryFact, StatusFact, Worker
from marketplace.people.states import (
    CategoryFactState,
    EvidenceKind,
    PersonStatus,
    Sex,
    WorkerCategory,
)
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.queries import eligibility
from marketplace.vouchers.queries.facts import find_held, get_claim_facts, get_claimant
from marketplace.vouchers.queries.schemes import find_latest_version, find_scheme_in_force
from marketplace.vouchers.queries.vouchers import LIVE
from marketplace.vouchers.rules.claims import (
    CLAIM_RULES,
    category_for_voucher,
    latest_birth,
    refusals_for_claim,
)
from marketplace.vouchers.states import VoucherKind, VoucherOrigin, VoucherState
from tests.factories.funds import make_county, make_fund, make_funded_allotment, make_place, yuan
from tests.factories.vouchers import face_value_pack, make_pack, make_scheme, rule
from tests.kept import kept

TODAY = date(2026, 11, 20)
LEAP = date(2028, 2, 29)
SERIAL = count(1)
LISTED = ["veteran", "disabled", "rural_migrant"]
PLACES = ("220000", "220800", "220802", "220881", "130000", None)
"""The province, the city of the scheme, a county with money, one without, another province."""


def near(day: date) -> st.SearchStrategy[date]:
    """Days around one that decides."""
    return st.integers(-1, 1).map(lambda days: day + timedelta(days=days))


def policies():
    """Any mixture of the rules."""
    ages = rule({"min": 16, "max_male": 60, "max_female": 55})
    kinds = ("residence", "workplace", "training_place")
    who = st.fixed_dictionaries(
        {},
        optional={
            "age": st.just(ages),
            "categories": st.just(rule(LISTED)),
            "excluded": st.just(rule(["civil_servant", "pensioner"])),
            "place": st.lists(st.sampled_from(kinds), min_size=1, unique=True).map(rule),
        },
    )
    limits = st.fixed_dictionaries(
        {},
        optional={
            "per_year_max": st.integers(1, 2).map(rule),
            "per_lifetime_max": st.integers(1, 3).map(rule),
            "per_year_groups": st.lists(
                st.sampled_from(["full_time_student", "veteran", "pensioner"]),
                min_size=1,
                unique=True,
            ).map(lambda names: rule([{"group": name, "max": 1} for name in names])),
            "one_live_voucher": st.booleans().map(rule),
        },
    )
    return st.builds(
        _pack,
        who,
        limits,
        face_value=st.booleans(),
        word=st.booleans(),
        regions=st.booleans(),
        capped=st.booleans(),
        ways_out=st.sampled_from([["claimed"], ["issued"], ["claimed", "issued"]]),
    )


def _pack(who, limits, *, face_value, word, regions, capped, ways_out):
    if "categories" in who and word:
        who = {**who, "declare_and_commit": rule({"check_within_days": 30})}
    if "categories" in who and capped:
        caps = [{"category": "veteran", "fen_per_year": 1}]
        limits = {**limits, "category_caps": rule(caps)}
    if "place" in who and regions:
        who = {**who, "regions": rule(["130000"])}
    make = face_value_pack if face_value else make_pack
    return make(scheme="TRIED", ways_out=ways_out, eligibility=who, limits=limits)


def people(on: date):
    edges = [latest_birth(on, age) for age in (16, 56, 61)]
    spans = st.tuples(near(on), st.one_of(st.none(), near(on)))
    return st.fixed_dictionaries(
        {
            "born_on": st.one_of(st.just(date(1990, 5, 17)), st.sampled_from(edges).flatmap(near)),
            "sex": st.sampled_from(Sex),
            "residence": st.sampled_from(PLACES),
            "workplace": st.sampled_from(PLACES),
            "categories": st.lists(
                st.tuples(
                    st.sampled_from([*LISTED, "school_leaver"]),
                    st.sampled_from(CategoryFactState),
                    spans,
                ),
                max_size=2,
            ),
            "statuses": st.lists(
                st.tuples(st.sampled_from(PersonStatus), spans),
                max_size=1,
            ),
            "vouchers": st.lists(
                st.tuples(
                    st.booleans(),  # of the scheme, or of another
                    st.sampled_from(VoucherState),
                    st.sampled_from([on, date(on.year, 1, 1), date(on.year - 1, 12, 31)]),
                    near(on),
                    st.booleans(),  # used up by leaving a class
                    st.sampled_from([VoucherKind.ENTITLEMENT, VoucherKind.SIGN_IN]),
                ),
                max_size=2,
            ),
        }
    )


class World:
    """Places and money; policies and people come and go."""

    def __init__(self) -> None:
        city, county = make_place(), make_county()
        poor = make_county("220881", "洮南市")
        far = make_place("130000", "河北省", above="")
        self.places = {row.code: row.id for row in (city, county, poor, far)}
        self.places |= {"220000": city.parent_id, None: None}
        fund = make_fund("FUND-TEST")
        for year in (TODAY.year, LEAP.year):
            make_funded_allotment(fund, place=county, amount=yuan(1_000), fiscal_year=year)
            make_funded_allotment(fund, place=poor, amount=yuan(1), fiscal_year=year)
        other = make_scheme(make_pack(scheme="OTHER"))
        self.other = (other.id, find_latest_version(other.id).id)
        self.allotment_id = db.session.scalars(select(Allotment.id)).first()

    def add(self, person, scheme: tuple[int, int]) -> int:
        """Somebody with all their facts; the scheme is its number and its version's."""
        worker_id = written(
            Worker,
            id_number_sealed="x",
            id_number_index=f"x-{next(SERIAL)}",
            name_sealed="x",
            born_on=person["born_on"],
            sex=person["sex"],
            residence_id=self.places[person["residence"]],
            workplace_id=self.places[person["workplace"]],
            created_at=clock.now(),
        )
        for category, state, (first, until) in person["categories"]:
            written(
                CategoryFact,
                worker_id=worker_id,
                category=WorkerCategory(category),
                evidence_kind=EvidenceKind.DECLARED,
                state=state,
                valid_from=first,
                valid_until=max(first, until) if until else None,
                declared_at=clock.now(),
            )
        for status, (first, until) in person["statuses"]:
            written(
                StatusFact,
                worker_id=worker_id,
                status=status,
                valid_from=first,
                valid_until=max(first, until) if until else None,
                source="test",
                recorded_at=clock.now(),
            )
        self._add_vouchers(worker_id, person["vouchers"], scheme)
        return worker_id

    def _add_vouchers(self, worker_id: int, vouchers, scheme: tuple[int, int]) -> None:
        taken = set()
        for own, drawn, issued_on, expires_on, consumed, kind in vouchers:
            state = VoucherState.EXPIRED if consumed else drawn
            scheme_id, version_id = scheme if own else self.other
            if state in LIVE and scheme_id in taken:
                continue  # the database holds at most one live voucher of a scheme
            taken |= {scheme_id} if state in LIVE else set()
            written(
                Voucher,
                worker_id=worker_id,
                scheme_id=scheme_id,
                scheme_version_id=version_id,
                allotment_id=self.allotment_id,
                kind=kind,
                value_fen=None if kind.pays else 0,
                origin=VoucherOrigin.CLAIMED,
                state=state,
                issued_on=issued_on,
                valid_from=min(issued_on, expires_on),
                expires_on=expires_on,
                consumed_on=TODAY if consumed else None,
                category=WorkerCategory.VETERAN.value,
                created_at=clock.now(),
                changed_at=clock.now(),
            )


def written(model, **values) -> int:
    """A row without objects."""
    if "code" in model.__table__.columns:
        values["code"] = f"T-{next(SERIAL)}"
    return db.session.execute(insert(model).values(values).returning(model.id)).scalar_one()


def decided_alone(worker_id: int, offer, *, way, on: date):
    """What the page says: held, allotment, category, reasons."""
    claimant = get_claimant(worker_id)
    facts, money = get_claim_facts(claimant, offer, way=way, on=on)
    return (
        find_held(claimant, offer.scheme.id, on=on) is not None,
        money.allotment.id if money.allotment else None,
        category_for_voucher(facts),
        tuple(refusal.code for refusal in refusals_for_claim(facts)),
    )


def decided_together(offer, *, way, on: date):
    """What the statement says of everybody."""
    found = eligibility.get_eligibility(offer, way=way, on=on)
    rows = db.session.execute(found.statement, {"after": 0, "upto": 10**9})
    return {
        row.worker_id: (
            bool(row.is_held),
            row.allotment_id,
            found.category(row.category_rank),
            found.reasons(row.refused),
        )
        for row in rows
    }


def both_ways(world: World, pack, population, *, way, on: date):
    """Every person of a population decided alone and together; nothing is kept."""
    with clock.frozen(datetime(on.year, on.month, on.day, 4, tzinfo=UTC)), rehearsal():
        scheme = make_scheme(pack)
        offer = find_scheme_in_force(scheme.id, on=on)
        ids = [world.add(person, (scheme.id, offer.version.id)) for person in population]
        together = decided_together(offer, way=way, on=on)
        alone = {one: decided_alone(one, offer, way=way, on=on) for one in ids}
    return alone, together


@pytest.fixture
@kept
def world(app, now) -> World:
    with write_transaction():
        return World()


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.data())
def test_one_by_one_and_all_at_once_decide_alike(world, data):
    on = data.draw(st.sampled_from([TODAY, LEAP]))
    alone, together = both_ways(
        world,
        data.draw(policies()),
        data.draw(st.lists(people(on), min_size=3, max_size=6)),
        way=data.draw(st.sampled_from(VoucherOrigin)),
        on=on,
    )
    assert together == alone


PERSON = {
    "born_on": date(2010, 11, 20),  # sixteen today
    "sex": Sex.FEMALE,
    "residence": "220802",
    "workplace": None,
    "categories": [("veteran", CategoryFactState.DECLARED, (TODAY, TODAY))],
    "statuses": [],
    "vouchers": [(True, VoucherState.EXPIRED, TODAY, TODAY, True, VoucherKind.ENTITLEMENT)],
}
PACK = make_pack(
    scheme="CONTROL",
    eligibility={
        "age": rule({"min": 16, "max_male": 60, "max_female": 55}),
        "categories": rule(LISTED),
        "declare_and_commit": rule({"check_within_days": 30}),
    },
    limits={
        "category_caps": rule([{"category": "veteran", "fen_per_year": 1}]),
        "per_year_max": rule(1),
    },
)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("latest_birth", lambda on, age: latest_birth(on, age) - timedelta(days=1)),
        ("word_is_taken", lambda policy, way: False),
        ("full_categories", lambda policy, given: frozenset()),
        ("least_cost_fen", lambda policy: 10**12),
    ],
)
def test_a_difference_between_the_two_would_be_noticed(world, monkeypatch, name, wrong):
    asked = {"way": VoucherOrigin.CLAIMED, "on": TODAY}
    alone, together = both_ways(world, PACK, [PERSON], **asked)
    assert together == alone
    monkeypatch.setattr(eligibility, name, wrong)
    alone, together = both_ways(world, PACK, [PERSON], **asked)
    assert together != alone


EVERY_RULE = make_pack(
    scheme="WHOLE",
    eligibility={
        "age": rule({"min": 16, "max_male": 60, "max_female": 55}),
        "categories": rule(LISTED),
        "excluded": rule(["pensioner"]),
        "place": rule(["residence"]),
    },
    limits={
        "per_year_max": rule(1),
        "per_year_groups": rule([{"group": "full_time_student", "max": 1}]),
        "per_lifetime_max": rule(1),
        "one_live_voucher": rule(True),
        "category_caps": rule([{"category": "veteran", "fen_per_year": 1}]),
    },
)


def test_every_rule_has_its_twin_in_the_statement(world):
    """A new rule of claims must be taught to the statement; money has two codes for one rule."""
    with rehearsal():
        offer = find_scheme_in_force(make_scheme(EVERY_RULE).id, on=TODAY)
        codes = eligibility.get_eligibility(offer, way=VoucherOrigin.CLAIMED, on=TODAY).codes
    assert len(set(codes)) == len(codes) == len(CLAIM_RULES) + 1
