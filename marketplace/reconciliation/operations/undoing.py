"""A bank line that was tied to the wrong payout: untied by two officers, and open again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import update

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.bulk import is_among
from marketplace.foundation.db import db
from marketplace.foundation.deciding import write_decision
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.payouts.operations import take_back_confirmation
from marketplace.reconciliation import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.reconciliation.models import MatchUndoing, ReconciliationBreak, StatementLine
from marketplace.reconciliation.operations.correcting import (
    required_words,
    return_correction,
    save_correction,
    withdraw_correction,
    words_of,
)
from marketplace.reconciliation.operations.finding import UNTIED, set_line_state, wait_for_search
from marketplace.reconciliation.queries.matching import list_breaks_of_lines
from marketplace.reconciliation.queries.undoing import (
    TIES,
    Tie,
    get_match_use,
    list_ties_together,
    lock_last_undoing,
    lock_lines_by_id,
    lock_waiting_undoing,
)
from marketplace.reconciliation.rules.correcting import Signature
from marketplace.reconciliation.rules.undoing import (
    MatchUse,
    refusals_for_deciding_undoing,
    refusals_for_signing_undoing,
    refusals_for_undoing,
)
from marketplace.reconciliation.states import BreakState, StatementLineState, UndoingState

NAMED_MAX = 50
"""So many payouts the audit trail names; the entries name all."""


@dataclass(frozen=True, slots=True)
class _Held:
    """A line with all that is undone together with it, held."""

    line: StatementLine
    lines: Sequence[StatementLine]
    """In the order of their numbers: a proposal stands under the first."""
    ties: Sequence[Tie]
    use: MatchUse

    @property
    def first_id(self) -> int:
        return self.lines[0].id


def propose_undoing(line_id: int, *, reason: str, actor_id: int) -> MatchUndoing:
    """Say that a line was tied to the wrong payout, and why (first signature); it counts as before.

    Lines that pay one payout together, and payouts that one line pays together, are undone
    together. Refuses, with all reasons at once, `match_not_there`, `match_explained`,
    `match_brought_back`, `match_moved_on`, `match_built_upon`, `match_clawed_back`,
    `match_month_closed`, `undoing_waits`, `reason_required`.
    """
    held = _hold(line_id)
    words = words_of(reason)
    waits = lock_waiting_undoing(held.first_id) is not None
    if refusals := refusals_for_undoing(held.use, waits=waits, reason=words):
        raise Refused(refusals)
    undoing = MatchUndoing(
        code=new_code("UM"),
        statement_line_id=held.first_id,
        reason=words,
        state=UndoingState.PROPOSED,
        proposed_by=actor_id,
        proposed_at=clock.now(),
    )
    save_correction(undoing, waits=Refusal("undoing_waits"))
    _record("match.undo_proposed", held, undoing, actor_id, words)
    return undoing


def withdraw_undoing(line_id: int, *, actor_id: int) -> MatchUndoing:
    """The first officer takes the proposal back before anybody signed.

    Refuses `undoing_decided`, `undoing_of_another`.
    """
    held = _hold(line_id)
    undoing = _last(held)
    if withdraw_correction(
        undoing,
        actor_id=actor_id,
        proposed=UndoingState.PROPOSED,
        withdrawn=UndoingState.WITHDRAWN,
        decided=Refusal("undoing_decided"),
        of_another=Refusal("undoing_of_another"),
    ):
        _record("match.undo_withdrawn", held, undoing, actor_id, None)
    return undoing


def return_undoing(line_id: int, *, reason: str, actor_id: int) -> MatchUndoing:
    """The second officer sends the proposal back with a reason; the match counts as before.

    Refuses `reason_required`, `undoing_decided`, `same_person`.
    """
    held = _hold(line_id)
    words = required_words(reason)
    undoing = _last(held)
    against = refusals_for_deciding_undoing(_signature(undoing, actor_id))
    return_correction(
        undoing, actor_id=actor_id, returned=UndoingState.RETURNED, reason=words, against=against
    )
    _record("match.undo_returned", held, undoing, actor_id, words)
    return undoing


def approve_undoing(line_id: int, *, actor_id: int) -> MatchUndoing:
    """Sign as the second officer: the payouts are on their way again, the lines open differences.

    Entry: the reversal of each payout.confirmed, on its own day (debit bank:paid, credit
    clearing:rail). The match stays as history. Matching looks the lines up anew, but ties none of
    them to the same payout by itself again. Refuses `undoing_decided`, `same_person`, and all that
    `propose_undoing` refuses of the match.
    """
    # In the order of matching: its work list, then the lines, then the payouts.
    wait_for_search()
    held = _hold(line_id)
    undoing = _last(held)
    if undoing.state is UndoingState.SIGNED and undoing.decided_by == actor_id:
        return undoing
    if refusals := refusals_for_signing_undoing(held.use, _signature(undoing, actor_id)):
        raise Refused(refusals)
    write_decision(undoing, UndoingState.SIGNED, actor_id=actor_id, reason=None)
    for payout_id, entry_id in sorted({(tie.payout_id, tie.entry_id) for tie in held.ties}):
        take_back_confirmation(
            payout_id, entry_id=entry_id, reason=undoing.reason, actor_id=actor_id
        )
    _mark(held.ties, undoing)
    line_ids = [line.id for line in held.lines]
    set_line_state(line_ids, StatementLineState.BREAK)
    _open_differences(held.lines, owner_id=undoing.proposed_by)
    db.session.expire_all()
    _record("match.undone", held, undoing, actor_id, undoing.reason)
    return undoing


def _hold(line_id: int) -> _Held:
    """The line and all that is tied together with it, the lines lowest first."""
    expected = _lines_of(list_ties_together(line_id), line_id)
    lines = lock_lines_by_id(expected)
    ties = list_ties_together(line_id)
    if _lines_of(ties, line_id) != expected:
        raise Refused(Refusal("stale_state"))
    line = next(each for each in lines if each.id == line_id)
    return _Held(line, lines, ties, get_match_use(line, ties))


def _lines_of(ties: Sequence[Tie], line_id: int) -> set[int]:
    return {line_id, *(tie.statement_line_id for tie in ties)}


def _last(held: _Held) -> MatchUndoing:
    undoing = lock_last_undoing(held.first_id)
    if undoing is None:
        raise Refused(Refusal("undoing_decided"))
    return undoing


def _signature(undoing: MatchUndoing, actor_id: int) -> Signature:
    return Signature(undoing.state is UndoingState.PROPOSED, undoing.proposed_by, actor_id)


def _mark(ties: Sequence[Tie], undoing: MatchUndoing) -> None:
    for kind in TIES:
        ids = [tie.id for tie in ties if isinstance(tie, kind)]
        if ids:
            db.session.execute(
                update(kind)
                .where(is_among(kind.id, ids))
                .values(undone_id=undoing.id)
                .execution_options(synchronize_session=False)
            )


def _open_differences(lines: Sequence[StatementLine], *, owner_id: int) -> None:
    """Each line is a difference of whoever proposed: the one it was before, or a new one."""
    known = list_breaks_of_lines([line.id for line in lines])
    for line in lines:
        item = known.get(line.id)
        if item is None:
            item = ReconciliationBreak(
                code=new_code("BR"),
                statement_line_id=line.id,
                amount_fen=line.amount_fen,
            )
            db.session.add(item)
        item.state, item.opened_at = BreakState.OPEN, clock.now()
        item.cause = UNTIED
        item.owner_id = owner_id
    db.session.flush()


def _record(
    event: str, held: _Held, undoing: MatchUndoing, actor_id: int, reason: str | None
) -> None:
    payouts = {tie.payout_id: tie.entry_id for tie in held.ties}
    for line in held.lines:
        record_event(
            event,
            subject_kind="statement_line",
            subject_code=line.code,
            actor_id=actor_id,
            reason=reason,
            details={
                "proposal": undoing.code,
                "payouts": len(payouts),
                "entries": sorted(payouts.values())[:NAMED_MAX],
            },
        )
