"""Scope and standing are asked again when a voucher is reserved and when it is redeemed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.institutions.models import Accreditation
from marketplace.institutions.operations.accreditation import (
    accredit_institution,
    revoke_accreditation,
)
from marketplace.institutions.operations.registration import (
    reinstate_institution,
    suspend_institution,
)
from marketplace.institutions.queries import get_institution, list_accreditations
from marketplace.redemption.operations.redeem import redeem_voucher
from marketplace.redemption.operations.reserve import reserve_voucher
from marketplace.vouchers.operations.quotes import make_quote
from tests.conftest import NOW
from tests.factories.catalog import make_open_course_run
from tests.factories.people import make_worker
from tests.factories.redemption import make_ready_case
from tests.factories.teaching import make_site
from tests.factories.vouchers import make_voucher
from tests.kept import kept


def limit_to_a_site(institution) -> None:
    """From now on accredited at one registered site only; the class names none."""
    (old,) = list_accreditations(institution.id)
    accredit_institution(
        institution.id,
        occupation_code=old.occupation_code,
        level=old.level,
        site_id=make_site(institution, "东校区").id,
        valid_from=old.valid_from,
        valid_until=old.valid_until,
        clause=None,
        actor_id=None,
    )
    revoke_accreditation(old.id, reason="改为限定教学点", actor_id=None)


@pytest.fixture
@kept
def quoted(app, now):
    """A voucher, an open class, and a price that still holds."""
    with write_transaction():
        voucher = make_voucher(make_worker().id)
        run = make_open_course_run()
        quote = make_quote(
            voucher.worker_id, voucher_id=voucher.id, course_run_id=run.id, actor_id=None
        )
    return voucher, run, quote


def reserve(quoted):
    voucher, _run, quote = quoted
    with write_transaction():
        return reserve_voucher(
            voucher.id, quote_id=quote.id, worker_id=voucher.worker_id, actor_id=None
        )


def institution_of(run):
    return get_institution(run.institution_id)


def test_a_held_price_does_not_outlive_the_accreditation_of_the_place(quoted):
    with write_transaction():
        limit_to_a_site(institution_of(quoted[1]))
    with pytest.raises(Refused) as refused:
        reserve(quoted)
    (refusal,) = refused.value.refusals
    assert (refusal.code, refusal.remedy) == ("accreditation_missing", "gap_other_sites")
    assert refusal.params["sites"] == ("东校区",)


def test_a_suspension_announced_for_the_class_keeps_vouchers_out(quoted):
    with write_transaction():
        suspend_institution(
            quoted[1].institution_id,
            reason="整改",
            effective_on=quoted[1].ends_on,
            actor_id=None,
        )
    with pytest.raises(Refused) as refused:
        reserve(quoted)
    assert refused.value.codes == ("institution_stops",)
    with pytest.raises(Refused) as unquoted, write_transaction():
        make_quote(
            quoted[0].worker_id,
            voucher_id=quoted[0].id,
            course_run_id=quoted[1].id,
            actor_id=None,
        )
    assert unquoted.value.codes == ("institution_stops_during_run",)


def test_the_honest_retry_of_a_reservation_is_not_asked_again(quoted):
    first = reserve(quoted)
    with write_transaction():
        limit_to_a_site(institution_of(quoted[1]))
    assert reserve(quoted).id == first.id


def redeem(case):
    with write_transaction():
        return redeem_voucher(
            case.voucher.id, institution_id=case.institution.id, actor_id=case.staff.id
        )


def test_what_was_taught_outside_the_site_is_not_paid(app, now):
    with write_transaction():
        case = make_ready_case()
        limit_to_a_site(case.institution)
    with pytest.raises(Refused) as refused:
        redeem(case)
    (refusal,) = refused.value.refusals
    assert (refusal.code, refusal.remedy) == ("accreditation_lapsed", "gap_other_sites")


def test_training_that_ended_during_a_suspension_is_not_paid_after_the_return(app, now):
    with write_transaction():
        case = make_ready_case()
        suspend_institution(case.institution.id, reason="检查", actor_id=None)
    with clock.frozen(NOW + timedelta(days=20)):
        with write_transaction():
            reinstate_institution(case.institution.id, reason="合格", actor_id=None)
        with pytest.raises(Refused) as refused:
            redeem(case)
        assert refused.value.codes == ("institution_out_of_standing_then",)


def test_a_suspension_that_fell_from_the_beginning_costs_nothing(app, now):
    with write_transaction():
        case = make_ready_case()
        suspend_institution(case.institution.id, reason="检查", actor_id=None)
        reinstate_institution(case.institution.id, reason="申诉成立", actor_id=None)
    assert redeem(case).amount_fen > 0
    assert db.session.query(Accreditation).count() == 1
