"""A claim from the redemptions of a class to its settlement, and every way out of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from marketplace.claims.checks import CHECKS
from marketplace.claims.models import Claim, ClaimLine
from marketplace.claims.operations.assemble import assemble_claim, assemble_due_claims
from marketplace.claims.operations.decide import (
    approve_claim,
    check_claim,
    record_objection,
    reject_claim_line,
    resolve_objection,
    return_claim_line,
)
from marketplace.claims.operations.progress import advance_claim
from marketplace.claims.queries.claims import list_due_claims, list_runs_to_claim
from marketplace.claims.queries.lines import list_claim_lines
from marketplace.claims.states import ClaimState, RiskTier
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.ledger.entries import AccountName
from marketplace.ledger.queries import get_balance_fen
from marketplace.notices.models import Notice
from marketplace.redemption.models import Redemption
from marketplace.redemption.operations.reverse import reverse_redemption
from marketplace.reporting.invariants import check_books
from marketplace.settlement.operations import approve_settlement, prepare_settlement
from tests.factories.claims import make_submitted_claim, make_taught_run, set_policy
from tests.factories.settlement import make_officers
from tests.kept import kept

pytestmark = pytest.mark.usefixtures("app", "now")
AFTER_NOTICE = datetime(2026, 11, 30, 2, tzinfo=UTC)


@pytest.fixture
@kept
def officers(app, now):
    with write_transaction():
        return make_officers()


def _line_ids(claim_id: int) -> list[int]:
    return [view.line.id for view in list_claim_lines(claim_id)]


def _check(claim_id: int, officer_id: int) -> Claim:
    with write_transaction():
        return check_claim(claim_id, seen_line_ids=_line_ids(claim_id), actor_id=officer_id)


def _refused(act) -> tuple[str, ...]:
    with pytest.raises(Refused) as no, write_transaction():
        act()
    db.session.rollback()
    return no.value.codes


def _month() -> str:
    redeemed_on = db.session.scalars(select(Redemption.redeemed_on).limit(1)).one()
    return f"{redeemed_on:%Y-%m}"


def test_a_class_is_claimed_checked_publicised_approved_and_settled(officers):
    with write_transaction():
        set_policy(claims_required=1)
        taught = make_taught_run()
    owed = sum(db.session.scalars(select(Redemption.amount_fen)))
    assert _refused(
        lambda: prepare_settlement(
            taught.institution_id, period_code=_month(), actor_id=officers.maker_id
        )
    ) == ("nothing_to_settle",)
    with write_transaction():
        assert assemble_due_claims(limit=10) == 1
        assert assemble_due_claims(limit=10) == 0
    assert db.session.scalars(select(Notice.kind)).all().count("claim.ready") == 1
    with write_transaction():
        claim = make_submitted_claim(taught)
    assert (claim.state, claim.amount_fen, claim.tier) == (
        ClaimState.SUBMITTED, owed, RiskTier.MEDIUM,
    )  # fmt: skip
    assert claim.sample_size == 1
    assert list_runs_to_claim(taught.institution_id) == []
    assert _refused(
        lambda: check_claim(claim.id, seen_line_ids=(), actor_id=officers.maker_id)
    ) == ("sample_not_seen",)
    claim = _check(claim.id, officers.maker_id)
    assert (claim.state, claim.notice_until) == (
        ClaimState.NOTICED, clock.today() + timedelta(days=7),
    )  # fmt: skip
    with write_transaction():
        kept = record_objection(claim.id, objection="电话：未见上课", actor_id=officers.maker_id)
        objection_id = kept.id
    with clock.frozen(AFTER_NOTICE):
        assert _refused(lambda: approve_claim(claim.id, actor_id=officers.maker_id)) == (
            "same_person",
            "objections_open",
        )
        with write_transaction():
            resolve_objection(
                claim.id, objection_id=objection_id, finding="不成立", actor_id=officers.maker_id
            )
        with write_transaction():
            approve_claim(claim.id, actor_id=officers.checker_id)
        with write_transaction():
            settlement = prepare_settlement(
                taught.institution_id, period_code=_month(), actor_id=officers.maker_id
            )
        with write_transaction():
            approve_settlement(settlement.id, actor_id=officers.checker_id)
        assert settlement.amount_fen == owed
        assert db.session.get_one(Claim, claim.id).state is ClaimState.SETTLED
        assert [view.findings for view in list_claim_lines(claim.id)] == [(), ()]
        assert check_books().ok
    with pytest.raises(IntegrityError, match="ended"), write_transaction():
        db.session.execute(update(Claim).values(state="approved"))


def test_lines_go_back_one_by_one_and_a_rejected_one_is_no_longer_owed(officers):
    with write_transaction():
        claim = make_submitted_claim(make_taught_run(3))
    claim_id, run_id = claim.id, claim.course_run_id
    account = AccountName("payable:institution", _institution_code(claim))
    amounts = dict(db.session.execute(select(ClaimLine.id, ClaimLine.amount_fen)).all())
    back, refused, kept = sorted(amounts)
    assert _refused(
        lambda: return_claim_line(claim_id, line_id=back, reason=" ", actor_id=claim.submitted_by)
    ) == ("own_claim", "claim_reason_required")
    with write_transaction():
        return_claim_line(claim_id, line_id=back, reason="缺签到表", actor_id=officers.maker_id)
    with write_transaction():
        reject_claim_line(claim_id, line_id=refused, reason="非本人", actor_id=officers.maker_id)
    claim = db.session.get_one(Claim, claim_id)
    assert (claim.state, claim.amount_fen) == (ClaimState.SUBMITTED, amounts[kept])
    assert get_balance_fen(account) == amounts[back] + amounts[kept]
    with write_transaction():
        again = assemble_claim(run_id, actor_id=None)
    assert (again.number, again.amount_fen) == (2, amounts[back])
    assert [view.returned_reason for view in list_claim_lines(again.id)] == ["缺签到表"]
    with write_transaction():
        return_claim_line(claim_id, line_id=kept, reason="全部重报", actor_id=officers.maker_id)
    assert db.session.get_one(Claim, claim_id).state is ClaimState.RETURNED
    assert check_books().ok


def _institution_code(claim: Claim) -> str:
    from marketplace.institutions.queries import get_institution

    return get_institution(claim.institution_id).code


def test_under_review_nothing_is_settled_or_reversed_past_the_claim(officers):
    with write_transaction():
        claim = make_submitted_claim(make_taught_run(1))
    claim_id, institution_id = claim.id, claim.institution_id
    redemption_id = db.session.scalars(select(Redemption.id)).one()
    assert _refused(
        lambda: reverse_redemption(redemption_id, reason="x", actor_id=officers.maker_id)
    ) == ("redemption_claimed",)
    assert _refused(
        lambda: prepare_settlement(institution_id, period_code=_month(), actor_id=officers.maker_id)
    ) == ("nothing_to_settle",)
    with write_transaction():
        stranger = prepare_settlement_of_another(officers)
    with pytest.raises(IntegrityError, match="under review"), write_transaction():
        db.session.execute(
            text(
                "INSERT INTO settlement_line (settlement_id, redemption_id, amount_fen)"
                " VALUES (:settlement, :redemption, 1)"
            ),
            {"settlement": stranger, "redemption": redemption_id},
        )
    for broken in (
        {"checked_by": claim_submitter(claim_id)},
        {"state": "approved"},
        {"state": "noticed"},
        {"checked_by_silence": True},
    ):
        with pytest.raises(IntegrityError), write_transaction():
            db.session.execute(update(Claim).where(Claim.id == claim_id).values(broken))


def claim_submitter(claim_id: int) -> int:
    return db.session.scalars(select(Claim.submitted_by).where(Claim.id == claim_id)).one()


def prepare_settlement_of_another(officers) -> int:
    from tests.factories.settlement import make_earning_institution

    other = make_earning_institution(officers, (100,))
    return prepare_settlement(other.id, period_code="2026-11", actor_id=officers.maker_id).id


def test_without_the_setting_a_month_is_settled_from_its_redemptions(officers):
    with write_transaction():
        taught = make_taught_run(1)
        draft = assemble_claim(taught.course_run_id, actor_id=None)
    with write_transaction():
        prepare_settlement(taught.institution_id, period_code=_month(), actor_id=officers.maker_id)
    assert _refused(lambda: assemble_claim(taught.course_run_id, actor_id=None)) == (
        "claim_without_lines",
    )
    assert list_runs_to_claim(taught.institution_id) == []
    assert draft.state is ClaimState.DRAFT
    assert check_books().ok


def test_silence_moves_a_claim_of_low_risk_and_no_other(officers):
    with write_transaction():
        claim = make_submitted_claim(make_taught_run(1))
        claim_id = claim.id
    late = AFTER_NOTICE + timedelta(days=30)
    with clock.frozen(late):
        assert list_due_claims() == []
        with write_transaction():
            assert not advance_claim(claim_id)
    with write_transaction():
        db.session.execute(update(Claim).values(tier=RiskTier.LOW))
    with clock.frozen(AFTER_NOTICE):
        assert list_due_claims() == [claim_id]
        with write_transaction():
            assert advance_claim(claim_id)
            assert not advance_claim(claim_id)
    with clock.frozen(late), write_transaction():
        assert advance_claim(claim_id)
    moved = db.session.get_one(Claim, claim_id)
    assert (moved.state, moved.checked_by, moved.approved_by) == (ClaimState.APPROVED, None, None)
    assert moved.checked_by_silence
    assert moved.approved_by_silence
    assert check_books().ok


@pytest.mark.parametrize(
    ("planted", "invariant"),
    [
        ("UPDATE claim SET amount_fen = amount_fen + 1", "13 claim"),
        ("UPDATE claim_line SET amount_fen = amount_fen + 1", "13 claim"),
        ("DROP INDEX uq_claim_line_redemption; DOUBLE", "13 claim"),
    ],
)
def test_a_planted_violation_is_found(officers, planted, invariant):
    with write_transaction():
        make_submitted_claim(make_taught_run(1))
    assert [violation for check in CHECKS for violation in check()] == []
    with write_transaction():
        if planted.endswith("DOUBLE"):
            db.session.execute(text("DROP INDEX uq_claim_line_redemption"))
            db.session.execute(
                text(
                    "INSERT INTO claim_line (claim_id, redemption_id, amount_fen, state,"
                    " is_sampled) SELECT claim_id, redemption_id, amount_fen, state, is_sampled"
                    " FROM claim_line"
                )
            )
        else:
            db.session.execute(text(planted))
    found = [violation.invariant for check in CHECKS for violation in check()]
    assert invariant in found
