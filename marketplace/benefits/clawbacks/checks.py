"""Clawbacks from people against the books (invariants 17, 19, 20, 27)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import func, or_, select

from marketplace.benefits.clawbacks.entries import CLAWED_BACK, NETTED, REPAID, WAIVED
from marketplace.benefits.clawbacks.models import (
    BenefitClawback,
    BenefitNetting,
    BenefitRepayment,
)
from marketplace.benefits.clawbacks.states import (
    BenefitClawbackState,
    RepaymentKind,
    RepaymentState,
)
from marketplace.benefits.models import Benefit
from marketplace.foundation.db import db
from marketplace.foundation.violations import VIOLATIONS_SHOWN_MAX, Check, Violation
from marketplace.ledger.queries import get_balances_fen, get_booked
from marketplace.people.models import Worker

_LIVE = BenefitNetting.released_at.is_(None)
_BOOKED = BenefitRepayment.state == RepaymentState.BOOKED


def people_owe_what_is_not_recovered() -> Iterator[Violation]:
    """27: receivable:worker is what was clawed back less what was kept back, paid back or waived,
    to the fen."""
    owed: dict[str, int] = defaultdict(int)
    here = (Worker, Worker.id == BenefitClawback.worker_id)
    approved = select(Worker.code, BenefitClawback.amount_fen).join(*here)
    in_force = BenefitClawback.state == BenefitClawbackState.APPROVED
    for code, fen in db.session.execute(approved.where(in_force)):
        owed[code] += fen
    netted = (
        select(Worker.code, BenefitNetting.amount_fen)
        .join(BenefitClawback, BenefitClawback.worker_id == Worker.id)
        .join(BenefitNetting, BenefitNetting.clawback_id == BenefitClawback.id)
        .where(_LIVE)
    )
    repaid = (
        select(Worker.code, BenefitRepayment.amount_fen)
        .join(BenefitClawback, BenefitClawback.worker_id == Worker.id)
        .join(BenefitRepayment, BenefitRepayment.clawback_id == BenefitClawback.id)
        .where(_BOOKED)
    )
    for code, fen in [*db.session.execute(netted), *db.session.execute(repaid)]:
        owed[code] -= fen
    balances = get_balances_fen("receivable:worker")
    for code in sorted(set(owed) | set(balances)):
        if owed[code] != balances.get(code, 0):
            detail = f"{balances.get(code, 0)} in the books, {owed[code]} fen open"
            yield Violation("27 clawback", f"worker {code}", detail)


def person_clawbacks_are_booked() -> Iterator[Violation]:
    """17: a clawback in force, what was kept back for it, paid in and waived has its entry of that
    amount, and each such entry its row."""
    rows: dict[str, dict[int, int]] = defaultdict(dict)
    for entry_id, fen in db.session.execute(
        select(BenefitClawback.entry_id, BenefitClawback.amount_fen).where(
            BenefitClawback.entry_id.is_not(None)
        )
    ):
        rows[CLAWED_BACK][entry_id or 0] = fen
    for entry_id, fen in db.session.execute(
        select(BenefitNetting.entry_id, BenefitNetting.amount_fen)
    ):
        rows[NETTED][entry_id] = fen
    kinds = {RepaymentKind.DEPOSIT: REPAID, RepaymentKind.WAIVER: WAIVED}
    for kind, entry_id, fen in db.session.execute(
        select(BenefitRepayment.kind, BenefitRepayment.entry_id, BenefitRepayment.amount_fen).where(
            BenefitRepayment.entry_id.is_not(None), BenefitRepayment.kind != RepaymentKind.BANK
        )
    ):
        rows[kinds[kind]][entry_id or 0] = fen
    for kind_of_entry in (CLAWED_BACK, NETTED, REPAID, WAIVED):
        booked = {one.entry_id: one.amount_fen for one in get_booked(kind_of_entry).values()}
        wanted = rows[kind_of_entry]
        for entry_id in sorted(set(booked) | set(wanted)):
            if booked.get(entry_id) != wanted.get(entry_id):
                detail = f"{booked.get(entry_id)} booked, {wanted.get(entry_id)} fen in its row"
                yield Violation("17 business cause", f"{kind_of_entry} #{entry_id}", detail)


def nettings_of_benefits_add_up() -> Iterator[Violation]:
    """19: what a benefit keeps back is the sum of its nettings, all for debts of its person."""
    total = func.coalesce(func.sum(BenefitNetting.amount_fen), 0)
    rows = db.session.execute(
        select(Benefit.code, Benefit.netted_fen, total)
        .outerjoin(BenefitNetting, (BenefitNetting.benefit_id == Benefit.id) & _LIVE)
        .group_by(Benefit.id, Benefit.code, Benefit.netted_fen)
        .having(Benefit.netted_fen != total)
        .order_by(Benefit.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code, netted_fen, sum_fen in rows:
        yield Violation("19 states", f"benefit {code}", f"{netted_fen} kept back, {sum_fen} fen")
    others = db.session.scalars(
        select(Benefit.code)
        .join(BenefitNetting, BenefitNetting.benefit_id == Benefit.id)
        .join(BenefitClawback, BenefitClawback.id == BenefitNetting.clawback_id)
        .where(BenefitClawback.worker_id != Benefit.worker_id)
        .order_by(Benefit.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code in others:
        yield Violation("19 states", f"benefit {code}", "keeps back for another person's debt")


def two_people_signed_for_people() -> Iterator[Violation]:
    """20: maker and checker of a clawback and of a repayment are two people."""
    for model in (BenefitClawback, BenefitRepayment):
        rows = db.session.scalars(
            select(model.code)
            .where(
                or_(
                    model.prepared_by == model.decided_by,
                    (model.state != "prepared") & model.decided_by.is_(None),
                )
            )
            .order_by(model.code)
            .limit(VIOLATIONS_SHOWN_MAX)
        )
        for code in rows:
            yield Violation("20 two people", f"clawback {code}", "not signed by two people")


CLAWBACK_CHECKS: tuple[Check, ...] = (
    people_owe_what_is_not_recovered,
    person_clawbacks_are_booked,
    nettings_of_benefits_add_up,
    two_people_signed_for_people,
)
