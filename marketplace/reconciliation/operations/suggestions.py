"""Suggestions: made anew each time from what is open, booked only when an officer confirms."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.payouts.operations import confirm_payout, return_payout
from marketplace.reconciliation import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.reconciliation.models import (
    ReconciliationMatch,
    ReconciliationShare,
    StatementLine,
)
from marketplace.reconciliation.operations.confirming import resolve_breaks
from marketplace.reconciliation.queries.matching import (
    find_candidate,
    list_breaks_of_lines,
    list_undone_codes,
)
from marketplace.reconciliation.queries.suggestions import (
    EVERYWHERE,
    list_open_lines,
    list_open_payouts,
    lock_lines,
)
from marketplace.reconciliation.rules.suggestions import Kind, OpenPayout, Suggestion, suggest
from marketplace.reconciliation.states import StatementLineState

AT_ONCE_MAX = 500


@dataclass(frozen=True, slots=True)
class _Tie:
    """One line paying one payout, or a part of either."""

    line: StatementLine
    payout_id: int
    entry_id: int
    amount_fen: int


def list_suggestions(*, paths: Sequence[str] = EVERYWHERE) -> list[Suggestion]:
    """What the open lines of an office may belong to, the surest first. Changes nothing."""
    lines = list_open_lines(paths=paths)
    if not lines:
        return []
    returned = {line.amount_fen for line in lines if line.amount_fen > 0}
    return suggest(
        lines,
        list_open_payouts(returned_fen=returned, paths=paths),
        undone=list_undone_codes(paths=paths),
    )


def confirm_suggestions(
    keys: Collection[str], *, actor_id: int, paths: Sequence[str] = EVERYWHERE
) -> int:
    """An officer says that these belong together; answers how many lines found their payout.

    All of them or none. Posts payout.confirmed or payout.returned, one for each payout. Refuses
    `nothing_chosen`, `suggestion_gone` when something moved since it was shown,
    `suggestion_not_sure` when several are confirmed at once and one of them needs a look of its
    own, and what payouts refuse (`payout_not_sent`, a closed month).
    """
    wanted = set(keys)
    if not wanted:
        raise Refused(Refusal("nothing_chosen"))
    chosen = [each for each in list_suggestions(paths=paths) if each.key in wanted]
    if len(chosen) != len(wanted) or len(wanted) > AT_ONCE_MAX:
        raise Refused(Refusal("suggestion_gone"))
    if len(chosen) > 1 and not all(each.is_sure for each in chosen):
        raise Refused(Refusal("suggestion_not_sure"))
    locked = lock_lines({line.code for each in chosen for line in each.lines})
    breaks = list_breaks_of_lines([line.id for line in locked.values()])
    for each in chosen:
        lines = [locked[line.code] for line in each.lines]
        if any(line.state != StatementLineState.BREAK for line in lines):
            raise Refused(Refusal("suggestion_gone"))
        _confirm(each, lines, actor_id)
        for line in lines:
            line.state = StatementLineState.MATCHED
            item = breaks.get(line.id)
            resolve_breaks([item.id if item else None])
    db.session.flush()
    return sum(len(each.lines) for each in chosen)


def _confirm(suggestion: Suggestion, lines: Sequence[StatementLine], actor_id: int) -> None:
    """Book one suggestion: an entry for each payout, and what ties lines to it."""
    ties = []
    for payout in suggestion.payouts:
        payout_id, entry_id = _book(suggestion.kind, payout, lines, actor_id)
        for line in lines:
            amount = payout.amount_fen if len(lines) == 1 else abs(line.amount_fen)
            ties.append(_Tie(line, payout_id, entry_id, amount))
    now = clock.now()
    explanation = f"confirmed_{suggestion.kind.value}"
    if len(ties) == 1:
        (tie,) = ties
        db.session.add(
            ReconciliationMatch(
                statement_line_id=tie.line.id,
                payout_id=tie.payout_id,
                entry_id=tie.entry_id,
                explanation=explanation,
                matched_by=actor_id,
                matched_at=now,
            )
        )
    else:
        db.session.add_all(
            ReconciliationShare(
                statement_line_id=tie.line.id,
                payout_id=tie.payout_id,
                entry_id=tie.entry_id,
                amount_fen=tie.amount_fen,
                explanation=explanation,
                matched_by=actor_id,
                matched_at=now,
            )
            for tie in ties
        )
    db.session.flush()
    _record_confirmation(suggestion, actor_id)


def _book(
    kind: Kind, payout: OpenPayout, lines: Sequence[StatementLine], actor_id: int
) -> tuple[int, int]:
    found = find_candidate(payout.reference)
    if found is None or (found.is_matched and kind != Kind.RETURN):
        raise Refused(Refusal("suggestion_gone"))
    booked_on = max(line.booked_on for line in lines)
    if kind == Kind.RETURN:
        entry_id = return_payout(
            found.payout.id,
            end_to_end_id=payout.reference,
            reason_code=lines[0].return_code or "NARR",
            effective_on=booked_on,
            actor_id=actor_id,
        )
    else:
        entry_id = confirm_payout(
            found.payout.id,
            end_to_end_id=payout.reference,
            effective_on=booked_on,
            actor_id=actor_id,
        )
    return found.payout.id, entry_id


def _record_confirmation(suggestion: Suggestion, actor_id: int) -> None:
    for line in suggestion.lines:
        record_event(
            "suggestion.confirmed",
            subject_kind="statement_line",
            subject_code=line.code,
            actor_id=actor_id,
            details={
                "kind": suggestion.kind.value,
                "payouts": [payout.payout_code for payout in suggestion.payouts][:50],
                "confidence": suggestion.confidence,
                "reasons": [reason.code for reason in suggestion.reasons],
            },
        )
