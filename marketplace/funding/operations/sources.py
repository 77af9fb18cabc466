"""Which funds pay for a scheme: proposed by one officer, put in force by another."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.signing import refuse_signature
from marketplace.foundation.text import tidy
from marketplace.funding.models import FundingSource
from marketplace.funding.queries.sources import (
    is_source_taken,
    list_unknown_occupations,
    lock_source,
)
from marketplace.funding.rules import Scope, SourceFacts, refusals_for_source, scope_to_json
from marketplace.funding.states import SourceState
from marketplace.funds.models import Fund
from marketplace.funds.queries import get_fund
from marketplace.jurisdictions.queries import list_jurisdiction_ids


def propose_source(
    scheme_id: int,
    *,
    own_fund_id: int,
    fund_id: int,
    priority: int,
    scope: Scope,
    basis: str,
    actor_id: int,
) -> FundingSource:
    """Propose that a fund pays for a scheme within a scope (first signature); nothing changes yet.

    Refuses what `refusals_for_source` names.
    """
    fund, own = get_fund(fund_id), get_fund(own_fund_id)
    facts = _facts(scheme_id, fund, own, priority, scope, basis)
    if refusals := refusals_for_source(facts):
        raise Refused(refusals)
    source = FundingSource(
        code=new_code("FS"),
        scheme_id=scheme_id,
        fund_id=fund_id,
        priority=priority,
        scope=scope_to_json(scope),
        basis=tidy(basis),
        state=SourceState.PROPOSED,
        proposed_by=actor_id,
        proposed_at=clock.now(),
    )
    db.session.add(source)
    db.session.flush()
    _record("funding_source.proposed", source, actor_id, source.basis)
    return source


def approve_source(source_id: int, *, actor_id: int) -> FundingSource:
    """Put a source in force (second signature): from now on it pays in its turn.

    Vouchers issued before keep the one fund that pays for them. Refuses `source_decided`,
    `same_person`, `source_priority_taken`, `source_fund_taken`.
    """
    source = lock_source(source_id)
    if source.state is SourceState.IN_FORCE and source.decided_by == actor_id:
        return source
    _refuse_signature(source, actor_id)
    taken = []
    if is_source_taken(source.scheme_id, priority=source.priority):
        taken.append(Refusal("source_priority_taken", {"priority": source.priority}))
    if is_source_taken(source.scheme_id, fund_id=source.fund_id):
        taken.append(Refusal("source_fund_taken"))
    if taken:
        raise Refused(taken)
    try:
        _decide(source, SourceState.IN_FORCE, actor_id, None)
    except IntegrityError as error:  # another one was put in force between our look and our write
        raise Refused(Refusal("stale_state")) from error
    _record("funding_source.approved", source, actor_id, None)
    return source


def reject_source(source_id: int, *, reason: str, actor_id: int) -> FundingSource:
    """Do not put a source in force. Refuses `source_decided`, `source_reason_required`,
    `same_person`."""
    source = lock_source(source_id)
    if not tidy(reason):
        raise Refused(Refusal("source_reason_required", field="reason"))
    _refuse_signature(source, actor_id)
    _decide(source, SourceState.REJECTED, actor_id, tidy(reason))
    _record("funding_source.rejected", source, actor_id, tidy(reason))
    return source


def end_source(source_id: int, *, reason: str, actor_id: int) -> FundingSource:
    """A source promises nothing more from now on; what it promised stays its own to pay.

    One officer may: it only stops money from leaving. Refuses `source_not_in_force`,
    `source_reason_required`. Ending it twice changes nothing.
    """
    source = lock_source(source_id)
    if source.state is SourceState.ENDED:
        return source
    if source.state is not SourceState.IN_FORCE:
        raise Refused(Refusal("source_not_in_force"))
    if not tidy(reason):
        raise Refused(Refusal("source_reason_required", field="reason"))
    source.state = SourceState.ENDED
    source.ended_by = actor_id
    source.ended_at = clock.now()
    db.session.flush()
    _record("funding_source.ended", source, actor_id, tidy(reason))
    return source


def _facts(
    scheme_id: int, fund: Fund, own: Fund, priority: int, scope: Scope, basis: str
) -> SourceFacts:
    known = list_jurisdiction_ids(scope.places)
    return SourceFacts(
        fund_is_own=fund.id == own.id,
        fund_currency=fund.currency,
        scheme_currency=own.currency,
        priority=priority,
        scope=scope,
        basis=tidy(basis),
        priority_taken=is_source_taken(scheme_id, priority=priority),
        fund_taken=is_source_taken(scheme_id, fund_id=fund.id),
        unknown_places=tuple(sorted(scope.places - known.keys())),
        unknown_occupations=list_unknown_occupations(scope.occupations),
    )


def _refuse_signature(source: FundingSource, actor_id: int) -> None:
    refuse_signature(
        waits=source.state is SourceState.PROPOSED,
        maker_id=source.proposed_by,
        actor_id=actor_id,
        decided=Refusal("source_decided"),
    )


def _decide(source: FundingSource, state: SourceState, actor_id: int, reason: str | None) -> None:
    with db.session.begin_nested():
        source.state = state
        source.decided_by = actor_id
        source.decided_at = clock.now()
        source.decision_reason = reason


def _record(event: str, source: FundingSource, actor_id: int, reason: str | None) -> None:
    record_event(
        event,
        subject_kind="funding_source",
        subject_code=source.code,
        actor_id=actor_id,
        reason=reason,
        details={
            "fund": get_fund(source.fund_id).code,
            "priority": source.priority,
            "scope": source.scope,
        },
    )
