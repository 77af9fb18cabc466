"""Claiming: replay, postings, limits, refusals that post nothing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from marketplace.audit.models import AuditEvent
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.ledger.queries import count_entries
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.operations.issue import accept_voucher, claim_voucher, issue_voucher
from marketplace.vouchers.states import VoucherKind, VoucherState
from tests.conftest import NOW
from tests.factories.funds import make_fund, yuan
from tests.factories.voucher_rows import make_category, make_person
from tests.factories.vouchers import (
    CLAUSE,
    face_value_pack,
    make_offered_voucher,
    make_pack,
    make_scheme,
    make_voucher,
    rule,
)
from tests.integration.funds.test_allot_fund import postings
from tests.kept import kept


@pytest.fixture
@kept
def worker_id(app, now) -> int:
    with write_transaction():
        return make_person().id


def claim(worker_id: int, scheme_id: int) -> Voucher:
    with write_transaction():
        return claim_voucher(worker_id, scheme_id=scheme_id, actor_id=None)


def scheme(pack=None, **wanted) -> int:
    with write_transaction():
        return make_scheme(pack, **wanted).id


def count_vouchers() -> int:
    return db.session.scalar(select(func.count()).select_from(Voucher)) or 0


def test_a_claimed_entitlement_is_ready_to_use_and_costs_nothing_yet(worker_id):
    scheme_id = scheme()
    before = count_entries()
    voucher = claim(worker_id, scheme_id)
    assert (voucher.state, voucher.kind) == (VoucherState.ACTIVE, VoucherKind.ENTITLEMENT)
    assert voucher.value_fen is None
    assert voucher.code.startswith("VC-")
    assert len(voucher.code) == 20
    assert count_entries() == before


def test_the_last_day_is_the_ninetieth(worker_id):
    voucher = claim(worker_id, scheme())
    assert voucher.valid_from == date(2026, 11, 20)
    assert voucher.expires_on == date(2027, 2, 17)


def test_a_claimed_face_value_is_committed(worker_id):
    voucher = claim(worker_id, scheme(face_value_pack(50_000)))
    allotment = db.session.scalar(
        select(AuditEvent.subject_code).where(AuditEvent.subject_kind == "allotment")
    )
    assert postings("voucher.issued", voucher.code) == {
        (f"allotment:available:{allotment}", "debit", 50_000),
        (f"allotment:committed:{allotment}", "credit", 50_000),
    }


def test_claiming_again_returns_the_live_voucher_and_posts_nothing(worker_id):
    scheme_id = scheme(face_value_pack())
    first = claim(worker_id, scheme_id)
    entries = count_entries()
    assert claim(worker_id, scheme_id).id == first.id
    assert count_entries() == entries
    assert count_vouchers() == 1


def test_an_overdue_voucher_is_ended_and_a_new_one_given(worker_id):
    scheme_id = scheme(face_value_pack(validity_days=rule(10)), amount=yuan(500))
    first = claim(worker_id, scheme_id)
    with clock.frozen(NOW + timedelta(days=10)):
        second = claim(worker_id, scheme_id)
        assert second.id != first.id
        assert db.session.get_one(Voucher, first.id).state is VoucherState.EXPIRED
        # The 500 yuan of the first came back, or there would be nothing for the second.
        assert {side for _code, side, fen in postings("voucher.expired", first.code)} == {
            "debit",
            "credit",
        }


def test_the_money_must_be_there(worker_id):
    scheme_id = scheme(face_value_pack(50_000), amount=yuan(499))
    with pytest.raises(Refused) as refused:
        claim(worker_id, scheme_id)
    assert refused.value.codes == ("balance_too_low",)
    assert refused.value.refusals[0].params == {"available": yuan(499), "wanted": yuan(500)}
    assert count_vouchers() == 0


def test_a_place_without_allotment_is_told_so(worker_id):
    with write_transaction():
        make_fund("FUND-TEST")
        scheme_id = make_scheme().id
    with pytest.raises(Refused) as refused:
        claim(worker_id, scheme_id)
    assert refused.value.codes == ("no_allotment",)


def test_before_its_first_day_a_scheme_is_not_in_force(worker_id):
    scheme_id = scheme(make_pack(valid_from="2026-11-21"))
    with pytest.raises(Refused) as refused:
        claim(worker_id, scheme_id)
    assert refused.value.codes == ("scheme_not_in_force",)


def test_after_its_last_day_a_scheme_is_not_in_force(worker_id):
    scheme_id = scheme(make_pack(valid_until="2026-11-19"))
    with pytest.raises(Refused) as refused:
        claim(worker_id, scheme_id)
    assert refused.value.codes == ("scheme_not_in_force",)


def test_all_reasons_are_told_at_once(app, now):
    pack = face_value_pack(
        ways_out=["issued"],
        eligibility={
            "age": rule({"min": 40, "max_male": 60, "max_female": 55}),
            "place": rule(["workplace"]),
            "categories": rule(["veteran"]),
        },
    )
    with write_transaction():
        person = make_person()
        scheme_id = make_scheme(pack, amount=yuan(1)).id
        person_id = person.id
    with pytest.raises(Refused) as refused:
        claim(person_id, scheme_id)
    assert refused.value.codes == (
        "scheme_not_open",
        "below_lower_age",
        "place_outside_workplace",
        "category_not_verified",
        "balance_too_low",
    )
    rules = [refusal.rule for refusal in refused.value.refusals]
    assert rules[1] == f"{CLAUSE} · {pack['scheme']} v1"


def test_a_category_counts_from_its_first_day_to_its_last(app, now):
    with write_transaction():
        person = make_person()
        make_category(person, valid_from=date(2026, 11, 21))
        make_category(person, valid_until=date(2026, 11, 19))
        scheme_id = make_scheme(make_pack(eligibility={"categories": rule(["rural_migrant"])})).id
        person_id = person.id
    with pytest.raises(Refused) as refused:
        claim(person_id, scheme_id)
    assert refused.value.codes == ("category_not_verified",)
    with clock.frozen(NOW + timedelta(days=1)):
        assert claim(person_id, scheme_id).state is VoucherState.ACTIVE


def test_one_live_voucher_per_person_over_all_schemes(worker_id):
    first, limits = scheme(), {"one_live_voucher": rule(True)}
    second = scheme(make_pack(limits=limits))
    claim(worker_id, first)
    with pytest.raises(Refused) as refused:
        claim(worker_id, second)
    assert refused.value.codes == ("other_voucher_live",)


def test_the_year_has_room_for_so_many(worker_id):
    schemes = [scheme(make_pack(limits={"per_year_max": rule(2)})) for _ in range(3)]
    claim(worker_id, schemes[0])
    claim(worker_id, schemes[1])
    with pytest.raises(Refused) as refused:
        claim(worker_id, schemes[2])
    assert refused.value.codes == ("year_limit_reached",)
    assert refused.value.refusals[0].params["from_on"] == date(2027, 1, 1)


def test_an_issued_voucher_waits_for_its_worker(worker_id):
    with write_transaction():
        voucher = make_offered_voucher(worker_id, scheme=make_scheme(face_value_pack()))
        assert voucher.state is VoucherState.OFFERED
        assert len(postings("voucher.issued", voucher.code)) == 2
        accept_voucher(voucher.id, worker_id=worker_id, actor_id=None)
        accept_voucher(voucher.id, worker_id=worker_id, actor_id=None)
        assert voucher.state is VoucherState.ACTIVE


def test_an_open_scheme_is_not_issued(worker_id):
    scheme_id = scheme(make_pack(ways_out=["claimed"]))
    with pytest.raises(Refused) as refused, write_transaction():
        issue_voucher(worker_id, scheme_id=scheme_id, actor_id=None)
    assert refused.value.codes == ("scheme_not_targeted",)


def test_another_persons_offer_is_not_found(worker_id):
    with write_transaction():
        voucher_id, stranger = make_offered_voucher(worker_id).id, make_person().id
    with pytest.raises(NotFound), write_transaction():
        accept_voucher(voucher_id, worker_id=stranger, actor_id=None)


def test_unknown_people_and_schemes_are_not_found(worker_id):
    with pytest.raises(NotFound):
        claim(worker_id, 404)
    scheme_id = scheme()
    with pytest.raises(NotFound):
        claim(404, scheme_id)


def test_a_claim_is_on_record(worker_id):
    with write_transaction():
        code = make_voucher(worker_id).code
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.subject_code == code)).one()
    assert (event.event, event.details["version"]) == ("voucher.claimed", 1)
