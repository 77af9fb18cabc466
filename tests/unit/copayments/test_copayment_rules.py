"""Who pays what a voucher leaves over, and what comes back."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from marketplace.copayments.rules import (
    EndFacts,
    Paid,
    PayFacts,
    refusals_for_payment,
    refusals_for_sharing,
    settle_end,
    settle_part,
    what_is_kept,
)
from marketplace.copayments.states import Keeps, Party
from marketplace.employers.agreement_rules import (
    AgreementFacts,
    EmployerShare,
    refusals_for_agreement,
    split_own_share,
)
from marketplace.enrollment.states import ExitReason
from marketplace.foundation.money import apportion_fen

W, E = Party.WORKER, Party.EMPLOYER
TODAY = date(2026, 9, 1)


def share(percent: int | None = None, amount_fen: int | None = None) -> EmployerShare:
    return EmployerShare("AG-1", "鹤翔家政", "2026-17", TODAY, percent, amount_fen)


def test_a_percentage_is_divided_to_the_fen():
    assert split_own_share(10_001, share(50)) == (5_001, 5_000)
    assert split_own_share(10_001, share(33)) == (3_300, 6_701)
    assert split_own_share(1, share(1)) == (0, 1)
    assert split_own_share(10_001, share(100)) == (10_001, 0)


def test_an_amount_is_never_more_than_there_is_to_pay():
    assert split_own_share(10_000, share(amount_fen=4_000)) == (4_000, 6_000)
    assert split_own_share(3_000, share(amount_fen=4_000)) == (3_000, 0)
    assert split_own_share(3_000, None) == (0, 3_000)


@given(st.integers(0, 10**10), st.lists(st.integers(0, 1000), min_size=1, max_size=5))
def test_parts_add_up_and_are_within_a_fen_of_exact(amount, weights):
    weights[0] += 1
    parts = apportion_fen(amount, tuple(weights))
    assert sum(parts) == amount
    total = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * total - amount * weight) < total


def test_what_is_kept_follows_the_coded_reason():
    assert what_is_kept(ExitReason.RUN_CANCELED, lessons_begun=3) is Keeps.NOTHING
    assert what_is_kept(ExitReason.ILLNESS, lessons_begun=0) is Keeps.NOTHING
    assert what_is_kept(ExitReason.ILLNESS, lessons_begun=1) is Keeps.LESSONS_BEGUN
    assert what_is_kept(ExitReason.NO_SHOW, lessons_begun=0) is Keeps.ALL
    assert what_is_kept(ExitReason.NOT_REDEEMABLE, lessons_begun=9) is Keeps.ALL


def end_facts(**changes):
    facts = {
        "reason": ExitReason.FAMILY,
        "lessons_begun": 1,
        "lessons_total": 3,
        "shares": {W: 10_000, E: 5_000},
        "open": {W: 2_000, E: 5_000},
        "paid": [Paid("PY-1", W, 5_000), Paid("PY-2", W, 3_000)],
        **changes,
    }
    return EndFacts(**facts)


def test_a_leaver_gets_back_what_the_lessons_begun_do_not_use_up():
    end = settle_end(end_facts())
    assert end.kept == {W: 3_333, E: 1_666}
    assert end.let_go == {W: 2_000, E: 3_334}
    assert end.give_back == {"PY-2": 3_000, "PY-1": 1_667}


def test_a_canceled_class_gives_everything_back_and_asks_for_nothing():
    end = settle_end(end_facts(reason=ExitReason.RUN_CANCELED))
    assert sum(end.give_back.values()) == 8_000
    assert end.let_go == {W: 2_000, E: 5_000}


def test_who_never_came_owes_everything():
    end = settle_end(end_facts(reason=ExitReason.NO_SHOW, lessons_begun=0))
    assert not end.give_back
    assert set(end.let_go.values()) == {0}


def test_a_part_is_owed_of_each_share_and_the_newest_payment_goes_back_first():
    facts = end_facts(reason=None, shares={W: 10_001, E: 5_000}, open={W: 2_001, E: 5_000})
    end = settle_part(facts, percent=37)
    assert end.kept == {W: 3_700, E: 1_850}, "rounded down for who pays"
    assert end.let_go == {W: 2_001, E: 3_150}
    assert end.give_back == {"PY-2": 3_000, "PY-1": 1_300}


def test_what_was_passed_on_before_stays_with_the_institution():
    end = settle_part(end_facts(reason=None, paid=[Paid("PY-2", W, 3_000)]), percent=10)
    assert end.give_back == {"PY-2": 3_000}
    assert end.kept[W] == 5_000


@given(
    st.sampled_from(ExitReason),
    st.integers(0, 4),
    st.integers(0, 4),
    st.integers(0, 99_999),
    st.integers(0, 100),
)
def test_kept_let_go_and_given_back_make_the_share(reason, begun, total, share_fen, percent):
    paid = share_fen * percent // 100
    payments = [Paid("PY-1", W, paid)] if paid else []
    end = settle_end(
        end_facts(
            reason=reason,
            lessons_begun=begun,
            lessons_total=total,
            shares={W: share_fen},
            open={W: share_fen - paid},
            paid=payments,
        )
    )
    back = sum(end.give_back.values())
    assert 0 <= end.let_go[W] <= share_fen - paid
    assert end.kept[W] + end.let_go[W] + back == share_fen


def test_a_payment_is_refused_with_every_reason():
    def codes(**changes):
        facts = {"amount_fen": 100, "open_fen": 100, "currency": "CNY", "is_pending": False}
        return [one.code for one in refusals_for_payment(PayFacts(**{**facts, **changes}))]

    assert codes() == []
    assert codes(amount_fen=0) == ["copayment_amount_needed"]
    assert codes(amount_fen=101, is_pending=True) == ["copayment_too_much", "copayment_pending"]
    assert codes(open_fen=0) == ["copayment_nothing_open"]


def test_nobody_is_divided_a_smaller_share_than_they_have_paid():
    values = {"has_ended": False, "is_pending": False, "employer_paid": 0, "employer_fen": 500}
    assert not refusals_for_sharing(worker_paid=500, worker_fen=500, **values)
    refused = refusals_for_sharing(worker_paid=501, worker_fen=500, **values)
    assert [one.code for one in refused] == ["copayment_paid_already"]


def test_an_agreement_names_employer_share_and_document():
    facts = {
        "today": TODAY, "employer_name": "鹤翔家政", "percent": 50, "amount_fen": None,
        "document_number": "2026-17", "signed_on": TODAY, "standing_until": None,
        "uscc_is_valid": True, "has_ended": False,
    }  # fmt: skip

    def codes(**changes):
        return [one.code for one in refusals_for_agreement(AgreementFacts(**{**facts, **changes}))]

    assert codes() == []
    assert codes(percent=None, amount_fen=1) == []
    assert codes(percent=None) == codes(percent=101) == codes(amount_fen=5)
    assert codes(percent=101) == ["agreement_share_needed"]
    assert codes(signed_on=date(2026, 9, 2)) == ["agreement_day_needed"]
    assert codes(standing_until=date(2026, 8, 31)) == ["agreement_until_wrong"]
    assert codes(employer_name="", document_number="", uscc_is_valid=False, has_ended=True) == [
        "enrollment_ended", "agreement_employer_needed", "uscc_invalid",
        "agreement_document_needed",
    ]  # fmt: skip
