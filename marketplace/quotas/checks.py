"""Quotas against vouchers and books (see docs/trust.md)."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select

from marketplace.foundation.db import db
from marketplace.foundation.violations import VIOLATIONS_SHOWN_MAX, Check, Violation
from marketplace.funds.models import Allotment
from marketplace.ledger.queries import get_balances_fen, get_booked
from marketplace.quotas.models import QuotaStep
from marketplace.quotas.states import QuotaStepKind, QuotaStepState
from marketplace.vouchers.models import EnterpriseQuota, Voucher
from marketplace.vouchers.states import QuotaState, VoucherState

USING = (
    VoucherState.OFFERED,
    VoucherState.ACTIVE,
    VoucherState.RESERVED,
    VoucherState.REDEEMED,
)
"""States in which a voucher takes a place."""
SIGNED_BY_TWO = (QuotaStepKind.GRANT, QuotaStepKind.RAISE)


def places_are_those_of_the_vouchers() -> Iterator[Violation]:
    """A quota counts each of its vouchers that is live or used, once, and has a place for it."""
    used = (
        select(func.count())
        .where(Voucher.quota_id == EnterpriseQuota.id, Voucher.state.in_(USING))
        .correlate(EnterpriseQuota)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(EnterpriseQuota.code, EnterpriseQuota.places, EnterpriseQuota.used, used)
        .where((used != EnterpriseQuota.used) | (used > EnterpriseQuota.places))
        .order_by(EnterpriseQuota.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code, places, said, found in rows:
        detail = f"{found} vouchers use its {places} places, it says {said}"
        yield Violation("9 quota", f"quota {code}", detail)


def set_aside_is_for_unused_places() -> Iterator[Violation]:
    """9: what of an allotment is set aside is the face value of the unused places of its quotas in
    force."""
    rows = db.session.execute(
        select(
            Allotment.code,
            func.sum((EnterpriseQuota.places - EnterpriseQuota.used) * EnterpriseQuota.value_fen),
        )
        .join(EnterpriseQuota, EnterpriseQuota.allotment_id == Allotment.id)
        .where(EnterpriseQuota.state == QuotaState.IN_FORCE, EnterpriseQuota.value_fen.is_not(None))
        .group_by(Allotment.code)
        .order_by(Allotment.code)
    )
    wanted = {code: int(fen or 0) for code, fen in rows}
    booked = get_balances_fen("allotment:set_aside")
    for code in sorted(wanted.keys() | booked.keys()):
        if wanted.get(code, 0) != booked.get(code, 0):
            detail = f"{booked.get(code, 0)} fen set aside, unused places are worth"
            yield Violation("9 quota", f"allotment {code}", f"{detail} {wanted.get(code, 0)}")


def places_are_what_was_decided() -> Iterator[Violation]:
    """17, 20: the places of a quota are the sum of its steps; two people promise."""
    sums: dict[int, int] = {}
    signed = db.session.scalars(
        select(QuotaStep)
        .where(QuotaStep.state == QuotaStepState.SIGNED)
        .order_by(QuotaStep.quota_id, QuotaStep.number)
    )
    for step in signed:
        promises = step.kind in SIGNED_BY_TWO
        sums[step.quota_id] = sums.get(step.quota_id, 0) + step.places * (1 if promises else -1)
        if promises and (step.decided_by is None or step.decided_by == step.proposed_by):
            yield Violation("20 two people", f"quota step {step.id}", "not signed by two people")
    rows = db.session.execute(
        select(EnterpriseQuota.id, EnterpriseQuota.code, EnterpriseQuota.places).order_by(
            EnterpriseQuota.id
        )
    )
    for quota_id, code, places in rows:
        if sums.get(quota_id, 0) != places:
            detail = f"{places} places, its steps add up to {sums.get(quota_id, 0)}"
            yield Violation("17 business cause", f"quota {code}", detail)


def steps_have_their_entries() -> Iterator[Violation]:
    """17: each step over face values has one entry of its amount, and the reverse."""
    booked = get_booked("quota.set_aside") | get_booked("quota.released")
    rows = db.session.execute(
        select(QuotaStep, EnterpriseQuota)
        .join(EnterpriseQuota, EnterpriseQuota.id == QuotaStep.quota_id)
        .where(QuotaStep.state == QuotaStepState.SIGNED, EnterpriseQuota.value_fen.is_not(None))
        .order_by(QuotaStep.id)
    )
    for step, quota in rows:
        entry = booked.pop(f"{quota.code}:{step.number}", None)
        said = (entry.entry_id, entry.amount_fen) if entry else (None, 0)
        if said != (step.entry_id, step.places * (quota.value_fen or 0)):
            where = f"quota {quota.code}, step {step.number}"
            yield Violation("17 business cause", where, "has no entry of its amount")
    for key in sorted(booked):
        yield Violation("17 business cause", f"entry {key}", "moves what no step decided")


CHECKS: tuple[Check, ...] = (
    places_are_those_of_the_vouchers,
    set_aside_is_for_unused_places,
    places_are_what_was_decided,
    steps_have_their_entries,
)
