"""Category facts: declared by the person, decided once by an officer."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.text import tidy
from marketplace.notices.operations import send_notice
from marketplace.people.labels import (
    CATEGORY_LABELS,
    DECISION_REASON_LABELS,
    FACT_STATE_LABELS,
)
from marketplace.people.models import CategoryFact, Document, Worker
from marketplace.people.operations.documents import store_document
from marketplace.people.queries.categories import lock_category_fact
from marketplace.people.queries.workers import get_worker, lock_worker
from marketplace.people.rules import (
    DecisionFacts,
    DeclarationFacts,
    refusals_for_decision,
    refusals_for_declaration,
)
from marketplace.people.states import (
    CategoryFactState,
    DecisionReason,
    EvidenceKind,
    WorkerCategory,
)

_OPEN = (CategoryFactState.DECLARED, CategoryFactState.VERIFIED)
NOTICE_LINK = "/me/categories"


def declare_category(
    worker_id: int,
    *,
    category: WorkerCategory,
    valid_from: date,
    valid_until: date | None,
    document_id: int | None,
    actor_id: int | None,
) -> CategoryFact:
    """State that a worker belongs to a category, with its evidence; an officer then decides.

    The same declaration again returns the one that waits. Refuses impossible dates, missing
    evidence, and a category that is open for these dates already.
    """
    worker = lock_worker(worker_id)
    _require_own_document(document_id, worker_id)
    earlier = _list_open_facts(worker_id, category)
    for fact in earlier:
        same_dates = (fact.valid_from, fact.valid_until) == (valid_from, valid_until)
        if same_dates and fact.document_id == document_id:
            return fact
    facts = DeclarationFacts(
        category=category,
        valid_from=valid_from,
        valid_until=valid_until,
        born_on=worker.born_on,
        on=clock.today(),
        by_worker=worker.user_id is not None and worker.user_id == actor_id,
        with_document=document_id is not None,
        open_periods=tuple((fact.valid_from, fact.valid_until) for fact in earlier),
    )
    if refusals := refusals_for_declaration(facts):
        raise Refused(refusals)
    fact = CategoryFact(
        code=new_code("CF"),
        worker_id=worker_id,
        category=category,
        evidence_kind=EvidenceKind.DOCUMENT if document_id else EvidenceKind.DECLARED,
        document_id=document_id,
        state=CategoryFactState.DECLARED,
        valid_from=valid_from,
        valid_until=valid_until,
        declared_at=clock.now(),
    )
    db.session.add(fact)
    db.session.flush()
    _record("category.declared", fact, actor_id=actor_id)
    return fact


def declare_category_with_evidence(
    worker_id: int,
    *,
    category: WorkerCategory,
    valid_from: date,
    valid_until: date | None,
    file_name: str,
    media_type: str,
    content: bytes | None,
    actor_id: int,
) -> CategoryFact:
    """The person declares a category and hands in the evidence in one act.

    The same declaration with the same file again returns the one that waits. Refuses what
    `declare_category` and `store_document` refuse.
    """
    document_id = None
    if content is not None:
        document_id = store_document(
            worker_id=worker_id,
            file_name=file_name,
            media_type=media_type,
            content=content,
            actor_id=actor_id,
        ).id
    return declare_category(
        worker_id,
        category=category,
        valid_from=valid_from,
        valid_until=valid_until,
        document_id=document_id,
        actor_id=actor_id,
    )


def verify_category_fact(fact_id: int, *, valid_until: date | None, actor_id: int) -> None:
    """An officer confirms a fact, until a day or without end. Decided once (`fact_decided`);
    the same officer with the same answer again is an honest retry."""
    fact = lock_category_fact(fact_id)
    if _is_retry(fact, CategoryFactState.VERIFIED, actor_id) and fact.valid_until == valid_until:
        return
    worker = _refuse_unless_decidable(fact, valid_until=valid_until, actor_id=actor_id)
    fact.valid_until = valid_until
    _decide(fact, CategoryFactState.VERIFIED, actor_id=actor_id)
    _record("category.verified", fact, actor_id=actor_id)
    if worker.user_id is not None:
        send_notice(
            worker.user_id,
            kind="category.verified",
            params={"category": CATEGORY_LABELS[fact.category]},
            link=NOTICE_LINK,
        )


def refuse_category_fact(
    fact_id: int,
    *,
    reason: str,
    actor_id: int,
    reason_code: DecisionReason = DecisionReason.OTHER,
) -> None:
    """An officer does not confirm a fact, and says why. The person may declare it again."""
    fact = lock_category_fact(fact_id)
    if _is_retry(fact, CategoryFactState.REFUSED, actor_id) and fact.reason_code is reason_code:
        return
    worker = _refuse_unless_decidable(fact, valid_until=fact.valid_until, actor_id=actor_id)
    text = tidy(reason)[:500]
    if reason_code is DecisionReason.OTHER and not text:
        raise Refused(Refusal("reason_needed", field="reason"))
    fact.reason_code = reason_code
    fact.reason = text or None
    _decide(fact, CategoryFactState.REFUSED, actor_id=actor_id)
    _record("category.refused", fact, actor_id=actor_id, reason=reason_code.value)
    if worker.user_id is not None:
        told = text if reason_code is DecisionReason.OTHER else DECISION_REASON_LABELS[reason_code]
        send_notice(
            worker.user_id,
            kind="category.refused",
            params={"category": CATEGORY_LABELS[fact.category], "reason": told},
            link=NOTICE_LINK,
        )


def withdraw_category_fact(fact_id: int, *, actor_id: int) -> None:
    """The person takes a declaration back before it was decided."""
    fact = lock_category_fact(fact_id)
    if fact.state is CategoryFactState.WITHDRAWN:
        return
    if fact.state is not CategoryFactState.DECLARED:
        raise Refused(_decided(fact))
    fact.state = CategoryFactState.WITHDRAWN
    db.session.flush()
    _record("category.withdrawn", fact, actor_id=actor_id)


def end_category_fact(fact_id: int, *, ends_on: date, actor_id: int) -> None:
    """A confirmed fact no longer holds from a day on; what was decided by it before stays."""
    fact = lock_category_fact(fact_id)
    if fact.state is not CategoryFactState.VERIFIED:
        raise Refused(_decided(fact))
    if ends_on < fact.valid_from:
        raise Refused(Refusal("date_order", field="ends_on"))
    if fact.valid_until is not None and fact.valid_until <= ends_on:
        return
    fact.valid_until = ends_on
    db.session.flush()
    _record("category.ended", fact, actor_id=actor_id)


def _refuse_unless_decidable(
    fact: CategoryFact, *, valid_until: date | None, actor_id: int
) -> Worker:
    worker = get_worker(fact.worker_id)
    facts = DecisionFacts(
        state=fact.state,
        decided_on=clock.local_date(fact.decided_at) if fact.decided_at else None,
        valid_from=fact.valid_from,
        valid_until=valid_until,
        actor_is_worker=worker.user_id is not None and worker.user_id == actor_id,
    )
    if refusals := refusals_for_decision(facts):
        raise Refused(refusals)
    return worker


def _decide(fact: CategoryFact, state: CategoryFactState, *, actor_id: int) -> None:
    fact.state = state
    fact.decided_by = actor_id
    fact.decided_at = clock.now()
    db.session.flush()


def _is_retry(fact: CategoryFact, state: CategoryFactState, actor_id: int) -> bool:
    return fact.state is state and fact.decided_by == actor_id


def _decided(fact: CategoryFact) -> Refusal:
    day = clock.local_date(fact.decided_at) if fact.decided_at else "–"
    return Refusal("fact_decided", {"state": FACT_STATE_LABELS[fact.state], "day": day})


def _require_own_document(document_id: int | None, worker_id: int) -> None:
    if document_id is None:
        return
    owner = db.session.scalar(select(Document.worker_id).where(Document.id == document_id))
    if owner != worker_id:
        raise NotFound("document")


def _list_open_facts(worker_id: int, category: WorkerCategory) -> list[CategoryFact]:
    return list(
        db.session.scalars(
            select(CategoryFact)
            .where(
                CategoryFact.worker_id == worker_id,
                CategoryFact.category == category,
                CategoryFact.state.in_(_OPEN),
            )
            .order_by(CategoryFact.id)
            .limit(100)
        )
    )


def _record(
    event: str, fact: CategoryFact, *, actor_id: int | None, reason: str | None = None
) -> None:
    worker = get_worker(fact.worker_id)
    record_event(
        event,
        subject_kind="worker",
        subject_code=worker.code,
        actor_id=actor_id,
        reason=reason,
        details={"fact": fact.code, "category": fact.category.value},
    )
