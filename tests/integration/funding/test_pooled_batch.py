"""A batch of face values that several funds promise: divided as one by one, to the fen."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from marketplace.cli.issuing import issue_batch, rehearse_batch
from marketplace.foundation import clock
from marketplace.foundation.db import db, rehearsal, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.funding.queries.shares import list_shares_of_vouchers
from marketplace.funding.rules import Scope
from marketplace.people.models import Worker
from marketplace.people.states import WorkerCategory
from marketplace.reporting.invariants import check_books
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.operations.batches import start_batch
from marketplace.vouchers.operations.issue import issue_voucher
from marketplace.vouchers.operations.lifecycle import revoke_voucher
from marketplace.vouchers.queries.forecasts import forecast_issue
from marketplace.vouchers.queries.schemes import find_scheme_in_force
from tests.factories.funds import make_county, make_fund, make_funded_allotment, yuan
from tests.factories.settlement import make_officers
from tests.factories.voucher_rows import make_category, make_person
from tests.factories.vouchers import face_value_pack, make_scheme
from tests.integration.funding.test_pooled_voucher import FOR_VETERANS, add_source, held

pytestmark = pytest.mark.usefixtures("app", "now")
FACE = 50_000


def one_by_one(people: list[int], scheme_id: int) -> dict[int, object]:
    """What each would get on a page, in this order; nothing of it is kept."""
    found: dict[int, object] = {}
    with rehearsal():
        for person_id in people:
            try:
                with db.session.begin_nested():
                    voucher = issue_voucher(person_id, scheme_id=scheme_id, actor_id=None)
                found[person_id] = sorted(list_shares_of_vouchers([voucher.id])[voucher.id])
            except Refused as refused:
                found[person_id] = refused.codes
    return found


def test_sources_that_run_dry_in_a_batch_pay_whom_they_would_pay_one_by_one():
    with write_transaction():
        officers, fund = make_officers(), make_fund("FUND-TEST")
        city = make_funded_allotment(fund, amount=yuan(600))
        county = make_funded_allotment(fund, place=make_county(), amount=yuan(1_100))
        pack = face_value_pack(FACE, scheme="S", ways_out=["issued"], eligibility={})
        scheme = make_scheme(pack)
        veterans, _first = add_source(scheme, officers, yuan=1_201, scope=FOR_VETERANS)
        late, _last = add_source(scheme, officers, yuan=701, scope=Scope(), priority=60)
        far = make_county("220881", "洮南市").id
        people = [
            make_person(**({"residence_id": far} if number % 4 == 3 else {})).id
            for number in range(12)
        ]
        for person_id in people[::2]:
            make_category(db.session.get(Worker, person_id), WorkerCategory.VETERAN)
        scheme_id = scheme.id
    expected = one_by_one(people, scheme_id)
    kinds = {len(shares) for shares in expected.values() if isinstance(shares, list)}
    assert kinds == {1, 2}, "some are paid by one fund, some by two"
    assert ("balance_too_low",) in expected.values(), "and some by nobody"

    dry = rehearse_batch(scheme_id, worker_ids=people, on_progress=lambda _done, _of: None)
    with write_transaction():
        batch_id = start_batch(scheme_id, worker_ids=people, actor_id=None).id
        offer = find_scheme_in_force(scheme_id, on=clock.today())
        assert offer and offer.is_pooled
        chosen = select(Worker.id).where(Worker.id.in_(people))
        forecast = forecast_issue(offer, chosen, on=clock.today())
    told = issue_batch(batch_id, hold=lambda *_: None, on_progress=lambda *_: None, slice_workers=5)
    vouchers = {row.worker_id: row for row in db.session.scalars(select(Voucher))}
    shares = list_shares_of_vouchers([row.id for row in vouchers.values()])
    for person_id in people:
        if person_id in vouchers:
            assert sorted(shares[vouchers[person_id].id]) == expected[person_id]
        else:
            assert expected[person_id] == ("balance_too_low",)
    for counts in (dry, told):
        assert (counts["issued"], counts["committed_fen"]) == (len(shares), len(shares) * FACE)
        assert counts["refusals"] == {"balance_too_low": 12 - len(shares)}
    assert (forecast.issued, forecast.people) == (len(shares), 12)
    promised = {code: fen for _id, parts in shares.items() for code, fen in parts}
    assert {veterans.code, late.code} <= promised.keys()
    assert sum(held(allotment)[1] for allotment in (city, county, veterans, late)) == (
        len(shares) * FACE
    )
    assert check_books().violations == ()
    with write_transaction():
        for row in vouchers.values():
            revoke_voucher(row.id, reason="误发", actor_id=None)
    assert held(veterans) == (120_100, 0)
    assert held(late) == (70_100, 0)
    assert check_books().violations == ()
