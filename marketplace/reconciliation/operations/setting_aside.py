"""A statement that was taken in wrongly: set aside by two officers, kept, counted no more."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, func, literal, select, update

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db, table_of
from marketplace.foundation.deciding import write_decision
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.reconciliation import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.reconciliation.models import (
    BankStatement,
    BreakProposal,
    DoubtfulLine,
    FoundPiece,
    ReconciliationBreak,
    StatementLine,
    StatementLineSighting,
    StatementSetAside,
)
from marketplace.reconciliation.operations.correcting import (
    required_words,
    return_correction,
    save_correction,
    withdraw_correction,
    words_of,
)
from marketplace.reconciliation.operations.finding import wait_for_search
from marketplace.reconciliation.queries.setting_aside import (
    get_use,
    lock_last,
    lock_lines_of_statement,
    lock_statement,
    lock_waiting,
)
from marketplace.reconciliation.rules.correcting import Signature
from marketplace.reconciliation.rules.setting_aside import (
    refusals_for_deciding_aside,
    refusals_for_setting_aside,
    refusals_for_signing_aside,
)
from marketplace.reconciliation.states import (
    BreakState,
    ProposalState,
    SetAsideState,
    StatementLineState,
)

_LINE, _SIGHTING = table_of(StatementLine), table_of(StatementLineSighting)
_STATEMENT, _BREAK = table_of(BankStatement), table_of(ReconciliationBreak)
_PROPOSAL = table_of(BreakProposal)


def propose_setting_aside(statement_id: int, *, reason: str, actor_id: int) -> StatementSetAside:
    """Say that a statement was taken in wrongly, and why (first signature); it counts as before.

    Refuses, with all reasons at once, `statement_already_aside`, `statement_lines_matched`,
    `statement_lines_explained`, `statement_month_closed`, `setting_aside_waits`,
    `reason_required`.
    """
    statement = lock_statement(statement_id)
    words = words_of(reason)
    waits = lock_waiting(statement_id) is not None
    if refusals := refusals_for_setting_aside(get_use(statement), waits=waits, reason=words):
        raise Refused(refusals)
    proposal = StatementSetAside(
        code=new_code("SA"),
        statement_id=statement_id,
        reason=words,
        state=SetAsideState.PROPOSED,
        proposed_by=actor_id,
        proposed_at=clock.now(),
    )
    save_correction(proposal, waits=Refusal("setting_aside_waits"))
    _record("statement.aside_proposed", statement, proposal, actor_id, words)
    return proposal


def withdraw_setting_aside(statement_id: int, *, actor_id: int) -> StatementSetAside:
    """The first officer takes the proposal back before anybody signed.

    Refuses `setting_aside_decided`, `setting_aside_of_another`.
    """
    statement = lock_statement(statement_id)
    proposal = _last(statement_id)
    if withdraw_correction(
        proposal,
        actor_id=actor_id,
        proposed=SetAsideState.PROPOSED,
        withdrawn=SetAsideState.WITHDRAWN,
        decided=Refusal("setting_aside_decided"),
        of_another=Refusal("setting_aside_of_another"),
    ):
        _record("statement.aside_withdrawn", statement, proposal, actor_id, None)
    return proposal


def return_setting_aside(statement_id: int, *, reason: str, actor_id: int) -> StatementSetAside:
    """The second officer sends the proposal back with a reason; the statement counts as before.

    Refuses `reason_required`, `setting_aside_decided`, `same_person`.
    """
    statement = lock_statement(statement_id)
    words = required_words(reason)
    proposal = _last(statement_id)
    against = refusals_for_deciding_aside(_signature(proposal, actor_id))
    return_correction(
        proposal, actor_id=actor_id, returned=SetAsideState.RETURNED, reason=words, against=against
    )
    _record("statement.aside_returned", statement, proposal, actor_id, words)
    return proposal


def approve_setting_aside(statement_id: int, *, actor_id: int) -> StatementSetAside:
    """Sign as the second officer: from now on the statement counts for nothing, and its file can
    be taken in again.

    Its lines are neither open nor looked up, what was proposed for its differences is withdrawn,
    and statements before and after it follow each other. A line that another statement brings as
    well passes to that one, with all that was booked of it. Posts nothing. Refuses
    `setting_aside_decided`, `same_person`, `statement_already_aside`, `statement_lines_matched`,
    `statement_lines_explained`, `statement_month_closed`.
    """
    # In the order of matching: its work list, then the lines.
    wait_for_search()
    db.session.execute(delete(FoundPiece).where(FoundPiece.statement_id == statement_id))
    statement = lock_statement(statement_id)
    proposal = _last(statement_id)
    if proposal.state is SetAsideState.SIGNED and proposal.decided_by == actor_id:
        return proposal
    lock_lines_of_statement(statement_id)
    signature = _signature(proposal, actor_id)
    if refusals := refusals_for_signing_aside(get_use(statement), signature):
        raise Refused(refusals)
    write_decision(proposal, SetAsideState.SIGNED, actor_id=actor_id, reason=None)
    passed_on = _pass_on(statement_id)
    statement.set_aside_at = clock.now()
    # The name by which the same statement would be known is free again, for lines as well.
    statement.statement_key = f"{statement.code}:{statement.statement_key}"
    db.session.flush()
    _close_differences(statement_id)
    lines = _set_lines_aside(statement)
    db.session.expire_all()
    _record(
        "statement.set_aside",
        statement,
        proposal,
        actor_id,
        proposal.reason,
        lines=lines,
        lines_passed_on=passed_on,
    )
    return proposal


def _last(statement_id: int) -> StatementSetAside:
    proposal = lock_last(statement_id)
    if proposal is None:
        raise Refused(Refusal("setting_aside_decided"))
    return proposal


def _signature(proposal: StatementSetAside, actor_id: int) -> Signature:
    return Signature(proposal.state is SetAsideState.PROPOSED, proposal.proposed_by, actor_id)


def _pass_on(statement_id: int) -> int:
    """Lines that other statements bring as well belong to the first of those that count; this one
    keeps sight of them. Both still add up."""
    ranked = (
        select(
            _SIGHTING.c.id,
            _SIGHTING.c.statement_id,
            _SIGHTING.c.statement_line_id,
            func.row_number()
            .over(partition_by=_SIGHTING.c.statement_line_id, order_by=_SIGHTING.c.id)
            .label("turn"),
        )
        .join(_LINE, _LINE.c.id == _SIGHTING.c.statement_line_id)
        .join(_STATEMENT, _STATEMENT.c.id == _SIGHTING.c.statement_id)
        .where(_LINE.c.statement_id == statement_id, _STATEMENT.c.set_aside_at.is_(None))
        .subquery()
    )
    first = db.session.execute(
        select(ranked.c.id, ranked.c.statement_id, ranked.c.statement_line_id)
        .where(ranked.c.turn == 1)
        .order_by(ranked.c.statement_id, ranked.c.statement_line_id)
    ).all()
    if not first:
        return 0
    numbers: dict[int, int] = {}
    for _sighting, to_id, _line in first:
        numbers.setdefault(to_id, _last_number(to_id))
    moved = []
    for sighting_id, to_id, line_id in first:
        numbers[to_id] += 1
        moved.append({"seen": sighting_id, "to": to_id, "line": line_id, "place": numbers[to_id]})
    connection = db.session.connection()
    connection.execute(
        update(_LINE)
        .where(_LINE.c.id == bindparam("line"))
        .values(statement_id=bindparam("to"), number=bindparam("place")),
        moved,
    )
    connection.execute(
        update(_SIGHTING)
        .where(_SIGHTING.c.id == bindparam("seen"))
        .values(statement_id=statement_id),
        moved,
    )
    return len(first)


def _last_number(statement_id: int) -> int:
    """The greatest number a line of it has, or would have had."""
    used = select(func.max(_LINE.c.number)).where(_LINE.c.statement_id == statement_id)
    named = select(_STATEMENT.c.line_count).where(_STATEMENT.c.id == statement_id)
    return max(db.session.scalar(used) or 0, db.session.scalar(named) or 0)


def _close_differences(statement_id: int) -> None:
    of_lines = select(_BREAK.c.id).join(_LINE, _LINE.c.id == _BREAK.c.statement_line_id)
    breaks = of_lines.where(_LINE.c.statement_id == statement_id)
    # A proposal for one of them that still waits is about nothing any more.
    db.session.execute(
        update(_PROPOSAL)
        .where(_PROPOSAL.c.break_id.in_(breaks), _PROPOSAL.c.state == ProposalState.PROPOSED)
        .values(state=ProposalState.WITHDRAWN)
    )
    db.session.execute(
        update(_BREAK)
        .where(_BREAK.c.id.in_(breaks), _BREAK.c.state == BreakState.OPEN)
        .values(state=BreakState.SET_ASIDE)
    )


def _set_lines_aside(statement: BankStatement) -> int:
    of_statement = _LINE.c.statement_id == statement.id
    asked = table_of(DoubtfulLine)
    db.session.execute(
        delete(asked).where(asked.c.statement_line_id.in_(select(_LINE.c.id).where(of_statement)))
    )
    count = db.session.scalar(select(func.count()).select_from(_LINE).where(of_statement))
    db.session.execute(
        update(_LINE)
        .where(of_statement)
        .values(
            state=StatementLineState.SET_ASIDE,
            line_key=literal(f"{statement.code}:").concat(_LINE.c.line_key),
        )
    )
    return count or 0


def _record(
    event: str,
    statement: BankStatement,
    proposal: StatementSetAside,
    actor_id: int,
    reason: str | None,
    **details: int,
) -> None:
    record_event(
        event,
        subject_kind="statement",
        subject_code=statement.code,
        actor_id=actor_id,
        reason=reason,
        details={"proposal": proposal.code, **details},
    )
