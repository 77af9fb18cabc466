"""Nobody applies: what a quote promised is decided once its voucher is redeemed (政策找人)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from marketplace.audit.operations import record_event
from marketplace.benefits.entries import entry_for_benefit_due
from marketplace.benefits.models import Benefit
from marketplace.benefits.operations.notes import tell
from marketplace.benefits.queries import (
    BenefitCase,
    count_benefits_before,
    find_bank_account_in_force,
    list_allotments_lacking_money,
    list_unfunded_benefits,
    lock_due_cases,
    title_of,
)
from marketplace.benefits.rules import (
    BenefitDecision,
    BenefitFacts,
    decide_benefit,
    pair_promises,
    split_by_funding,
    waits_for_receipt,
)
from marketplace.benefits.states import BenefitKind, BenefitState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refused
from marketplace.foundation.ids import new_code
from marketplace.ledger.operations import post_entry
from marketplace.people.queries import get_worker
from marketplace.redemption.queries.funding import list_paid_by_allotment_of
from marketplace.vouchers.queries.schemes import get_policy_of

AT_ONCE_MAX = 200


@dataclass(frozen=True, slots=True)
class Assembled:
    """What one step decided."""

    due: int = 0
    unfunded: int = 0
    declined: int = 0
    funded_later: int = 0
    """Of those decided earlier, how many the allotment can carry now."""
    reached: Mapping[BenefitKind, int] = field(default_factory=dict)
    """The last redemption looked at, by kind: where the next step goes on."""

    is_over: bool = True
    """Nothing more is to be decided or booked: the run may end."""


def assemble_benefits(
    *,
    actor_id: int | None,
    after: Mapping[BenefitKind, int] | None = None,
    limit: int = AT_ONCE_MAX,
) -> Assembled:
    """Decide the oldest promises whose training is redeemed, at most `limit` of each kind.

    Each is decided by the rules once; what is due is owed to the person at once. Entry:
    `benefit.due`, allotment:available → payable:worker; where several funds paid the training, each
    its part. Where an allotment cannot carry it, it waits and is booked by a later step. Called
    again, it goes on where it stopped; a run of steps hands on what the step before has `reached`,
    so that no step looks at everything anew.
    """
    reached = dict(after or {})
    counts = {state: 0 for state in BenefitState}
    looked = False
    for kind in BenefitKind:
        cases, last = lock_due_cases(kind, after=reached.get(kind, 0), limit=limit)
        if last is None:
            continue
        reached[kind], looked = last, True
        workers = {case.worker_id for case in cases}
        before = count_benefits_before(workers, kind=kind, on=clock.today())
        for case in cases:
            place = (case.worker_id, case.scheme_id)
            this_year, ever = before.get(place, (0, 0))
            benefit = _decide(case, kind, this_year, ever, actor_id)
            if benefit is None:
                continue
            counts[benefit.state] += 1
            if benefit.state is not BenefitState.DECLINED:
                before[place] = (this_year + 1, ever + 1)
    later = 0 if looked else _book_unfunded(actor_id, limit)
    return Assembled(
        counts[BenefitState.DUE],
        counts[BenefitState.UNFUNDED],
        counts[BenefitState.DECLINED],
        later,
        reached,
        is_over=not looked and not later,
    )


def _decide(
    case: BenefitCase, kind: BenefitKind, this_year: int, ever: int, actor_id: int | None
) -> Benefit | None:
    """Decide one promise; None: it waits for its receipt."""
    policy = get_policy_of(case.scheme_version_id, case.content_sha256)
    rows = [row for row in policy.allowances if row.kind == kind]
    promises = pair_promises(
        case.lines_of(kind),
        rows,
        cited=[policy.cite(row) for row in rows],
        course_hours=case.course_hours,
    )
    paid_fen = case.paid_fee_fen if kind is BenefitKind.ASSESSMENT_FEE else None
    facts = BenefitFacts(promises, case.course_hours, case.rate_percent, this_year, ever, paid_fen)
    if waits_for_receipt(facts):
        return None
    decision = decide_benefit(facts)
    benefit = _write(case, kind, decision)
    if decision.amount_fen:
        _book(benefit, case.worker_code, actor_id)
    db.session.flush()
    _record(benefit, case, actor_id)
    if benefit.state is BenefitState.DUE:
        _tell_due(benefit, case.user_id, case.title)
    return benefit


def _write(case: BenefitCase, kind: BenefitKind, decision: BenefitDecision) -> Benefit:
    benefit = Benefit(
        code=new_code("BN"),
        kind=kind,
        state=BenefitState.UNFUNDED if decision.amount_fen else BenefitState.DECLINED,
        worker_id=case.worker_id,
        enrollment_id=case.enrollment_id,
        redemption_id=case.redemption_id,
        quote_id=case.quote_id,
        scheme_id=case.scheme_id,
        scheme_version_id=case.scheme_version_id,
        allotment_id=case.allotment_id,
        amount_fen=decision.amount_fen,
        currency=case.currency,
        steps=[asdict(step) for step in decision.steps],
        decided_on=clock.today(),
        decided_at=clock.now(),
    )
    db.session.add(benefit)
    db.session.flush()
    return benefit


def _book(benefit: Benefit, worker_code: str, actor_id: int | None) -> bool:
    """Owe it, if every allotment that paid for the training can carry its part; else it waits."""
    draft = entry_for_benefit_due(
        benefit.code,
        shares=split_by_funding(
            benefit.amount_fen, list_paid_by_allotment_of(benefit.redemption_id)
        ),
        worker_code=worker_code,
        currency=benefit.currency,
        on=clock.today(),
    )
    try:
        benefit.entry_id = post_entry(draft, actor_id=actor_id)
    except Refused as refused:
        if refused.codes != ("balance_too_low",):
            raise
        return False
    benefit.state = BenefitState.DUE
    return True


def _book_unfunded(actor_id: int | None, limit: int) -> int:
    """What waited for money and can be owed now: the oldest of each allotment first."""
    booked = 0
    for allotment_id in list_allotments_lacking_money():
        for benefit in list_unfunded_benefits(allotment_id, limit=limit):
            worker = get_worker(benefit.worker_id)
            if not _book(benefit, worker.code, actor_id):
                break
            booked += 1
            _record_funded(benefit, actor_id)
            _tell_due(benefit, worker.user_id, title_of(benefit))
    return booked


def _record_funded(benefit: Benefit, actor_id: int | None) -> None:
    db.session.flush()
    record_event(
        "benefit.due",
        subject_kind="benefit",
        subject_code=benefit.code,
        actor_id=actor_id,
        details={
            "benefit_kind": benefit.kind,
            "amount_fen": benefit.amount_fen,
            "entry_id": benefit.entry_id,
        },
    )


def _record(benefit: Benefit, case: BenefitCase, actor_id: int | None) -> None:
    rules = sorted({step["rule"] for step in benefit.steps})
    details: dict[str, Any] = {
        "benefit_kind": benefit.kind,
        "amount_fen": benefit.amount_fen,
        "rule": "; ".join(rules),
    }
    if benefit.entry_id:
        details["entry_id"] = benefit.entry_id
    record_event(
        f"benefit.{benefit.state}",
        subject_kind="benefit",
        subject_code=benefit.code,
        actor_id=actor_id,
        details=details,
    )


def _tell_due(benefit: Benefit, user_id: int | None, title: str) -> None:
    account = find_bank_account_in_force(benefit.worker_id)
    if account is None:
        benefit.reminded_at = clock.now()
        tell(user_id, "benefit.due_without_account", benefit, {"title": title})
    else:
        words = {"title": title, "number": account.number_masked}
        tell(user_id, "benefit.due", benefit, words)
