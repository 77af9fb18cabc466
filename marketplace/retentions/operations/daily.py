"""What becomes of withheld shares: released by evidence, returned after their days, warned of."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from marketplace.audit.operations import record_event
from marketplace.catalog.queries.course_runs import list_course_run_facts
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.money import Money
from marketplace.funding.rules import pro_rata
from marketplace.institutions.models import Institution
from marketplace.institutions.queries import list_manager_ids
from marketplace.ledger.operations import post_entry
from marketplace.notices.operations import send_notice
from marketplace.redemption.queries.funding import list_paid_by_allotment_of
from marketplace.retentions import errors as _errors  # noqa: F401  (registers the notices)
from marketplace.retentions.entries import (
    entry_for_retention_release,
    entry_for_retention_return,
)
from marketplace.retentions.models import Retention
from marketplace.retentions.queries.retentions import (
    HeldShareRow,
    get_held_after,
    lock_held_after,
)
from marketplace.retentions.queries.terms import Proof, get_proofs
from marketplace.retentions.rules import RetentionFacts, decide_retention
from marketplace.retentions.states import Outcome, RetentionState

SHOWN = {
    Outcome.WARNED: "due_soon",
    Outcome.RELEASED: RetentionState.RELEASED.value,
    Outcome.RETURNED: RetentionState.RETURNED.value,
}
"""Which shares the message leads to (edge.retentions)."""


@dataclass(slots=True)
class Tally:
    """How many shares met which end, and what they come to in fen."""

    shares: Counter[Outcome] = field(default_factory=Counter)
    fen: Counter[Outcome] = field(default_factory=Counter)
    last_id: int = 0
    """Where the next piece of work begins; 0: nothing was left."""

    def add(self, outcome: Outcome, amount_fen: int) -> None:
        """One share more."""
        self.shares[outcome] += 1
        self.fen[outcome] += amount_fen


@dataclass(frozen=True, slots=True)
class Decided:
    """A share, what becomes of it, and by which proof."""

    row: HeldShareRow
    outcome: Outcome
    proof: Proof | None


def work_through_retentions(after_id: int) -> Tally:
    """Decide the next withheld shares by today's evidence; the institutions are told.

    Entries: `retention.released` (debit retention:institution, credit payable:institution) and
    `retention.returned` (debit retention:institution, credit allotment:available of each that
    paid). Done again on the same day it changes nothing.
    """
    tally = Tally()
    news: dict[tuple[int, int, Outcome], list[Retention]] = defaultdict(list)
    for decided in _decide(lock_held_after(after_id)):
        retention = decided.row.retention
        tally.last_id = retention.id
        tally.add(decided.outcome, retention.left_fen)
        if decided.outcome is Outcome.WAITS:
            continue
        _act(retention, decided)
        told = (retention.institution_id, decided.row.course_run_id, decided.outcome)
        news[told].append(retention)
    db.session.flush()
    _tell(news)
    return tally


def rehearse_retentions(after_id: int) -> tuple[Tally, Sequence[Decided]]:
    """The same without changing anything: what would become of the next shares."""
    tally, decided = Tally(), _decide(get_held_after(after_id))
    for one in decided:
        tally.last_id = one.row.retention.id
        tally.add(one.outcome, one.row.retention.left_fen)
    return tally, decided


def _decide(rows: Sequence[HeldShareRow]) -> list[Decided]:
    proofs = get_proofs([row.waiting for row in rows])
    today, found = clock.today(), []
    for row in rows:
        retention, proof = row.retention, proofs.get(row.waiting.key)
        facts = RetentionFacts(
            counts_from=retention.counts_from,
            due_by=retention.due_by,
            proven_on=proof.proven_on if proof else None,
            is_warned=retention.warned_at is not None,
        )
        found.append(Decided(row, decide_retention(facts, today=today), proof))
    return found


def _act(retention: Retention, decided: Decided) -> None:
    details: dict[str, object] = {
        "milestone": retention.milestone,
        "amount_fen": retention.left_fen,
        "due_by": retention.due_by.isoformat(),
    }
    if decided.outcome is Outcome.RELEASED and decided.proof is not None:
        _release(retention, decided.proof)
        _record("retention.released", retention, details | {"evidence": decided.proof.evidence})
    elif decided.outcome is Outcome.RETURNED:
        _return(retention)
        _record("retention.returned", retention, details)
    else:
        retention.warned_at = clock.now()
        _record("retention.warned", retention, details)


def _release(retention: Retention, proof: Proof) -> None:
    draft = entry_for_retention_release(
        retention.code,
        institution_code=db.session.get_one(Institution, retention.institution_id).code,
        amount=Money(retention.left_fen, retention.currency),
        on=clock.today(),
    )
    retention.end_entry_id = post_entry(draft, actor_id=None)
    retention.state = RetentionState.RELEASED
    retention.proven_on, retention.evidence = proof.proven_on, proof.evidence
    retention.ended_on = clock.today()


def _return(retention: Retention) -> None:
    paid = list_paid_by_allotment_of(retention.redemption_id)
    draft = entry_for_retention_return(
        retention.code,
        institution_code=db.session.get_one(Institution, retention.institution_id).code,
        shares=pro_rata(retention.left_fen, paid),
        currency=retention.currency,
        on=clock.today(),
    )
    retention.end_entry_id = post_entry(draft, actor_id=None)
    retention.state = RetentionState.RETURNED
    retention.ended_on = clock.today()


def _record(event: str, retention: Retention, details: Mapping[str, object]) -> None:
    record_event(
        event,
        subject_kind="retention",
        subject_code=retention.code,
        actor_id=None,
        reason=retention.rule,
        details=dict(details),
    )


def _tell(news: Mapping[tuple[int, int, Outcome], Sequence[Retention]]) -> None:
    """One message for a class and outcome, not one for each learner."""
    runs = list_course_run_facts(sorted({run_id for _institution_id, run_id, _outcome in news}))
    for (institution_id, run_id, outcome), retentions in news.items():
        run = runs[run_id]
        params: dict[str, Money | str | int | date] = {
            "amount": Money(sum(one.left_fen for one in retentions), retentions[0].currency),
            "count": len(retentions),
            "title": run.title,
            "run": run.code,
            "day": min(one.due_by for one in retentions),
        }
        for manager_id in list_manager_ids(institution_id):
            send_notice(
                manager_id,
                kind=f"retention.{outcome}",
                params=params,
                link=f"/institution/retentions?class={run.code}&state={SHOWN[outcome]}",
            )
