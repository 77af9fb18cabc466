"""A bank line as its page shows it: what it is tied to, what it was tied to, who said so."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from marketplace.benefits.models import Benefit
from marketplace.foundation.db import db
from marketplace.institutions.models import Institution
from marketplace.ledger.flow_queries import list_reversals_of
from marketplace.payouts.models import Payout, PayoutAttempt, PayoutBatch
from marketplace.payouts.states import PayoutState
from marketplace.people.models import Worker
from marketplace.people.queries import list_user_logins
from marketplace.reconciliation.models import (
    MatchUndoing,
    ReconciliationBreak,
    ReconciliationShare,
    StatementLine,
)
from marketplace.reconciliation.queries.undoing import (
    EVERYWHERE,
    LineInPlace,
    Tie,
    UndoingRow,
    get_line_in_place,
    get_match_use,
    list_ties_together,
    list_undoings_of,
    list_undone_ties,
)
from marketplace.reconciliation.rules.undoing import MatchUse

SHOWN_MAX = 200
"""A sum for a whole batch is tied to thousands: the page names the first, and counts the rest."""


@dataclass(frozen=True, slots=True)
class TieRow:
    """A line tied to a payout, with both; or what of it was undone, and by which entry."""

    line_code: str
    payout_code: str
    payee: str
    """The institution, or the code of the person."""
    batch_code: str
    state: PayoutState
    amount_fen: int
    entry_id: int
    reversal_id: int | None
    rule: str
    matched_by_login: str | None
    matched_at: datetime
    undone_at: datetime | None
    undone_for: str | None
    """The reason that two officers signed."""


@dataclass(frozen=True, slots=True)
class MatchPage:
    """A bank line with its match and with its past."""

    place: LineInPlace
    use: MatchUse
    ties: Sequence[TieRow]
    tie_count: int
    undone: Sequence[TieRow]
    story: Sequence[UndoingRow]
    break_code: str | None
    cause: str | None

    @property
    def waiting(self) -> UndoingRow | None:
        """The proposal that waits for its second signature."""
        waits = (row for row in self.story if row.undoing.state.value == "proposed")
        return next(waits, None)


def get_match_page(code: str, *, paths: Sequence[str] = EVERYWHERE) -> MatchPage:
    """All of one bank line of an account under some paths."""
    place = get_line_in_place(code, paths=paths)
    line = place.line
    ties, undone = list_ties_together(line.id), list_undone_ties(line.id)
    found = db.session.execute(
        select(ReconciliationBreak.code, ReconciliationBreak.cause).where(
            ReconciliationBreak.statement_line_id == line.id
        )
    ).one_or_none()
    return MatchPage(
        place=place,
        use=get_match_use(line, ties),
        ties=_rows(ties[:SHOWN_MAX]),
        tie_count=len(ties),
        undone=_rows(undone),
        story=list_undoings_of(
            {line.id, *(tie.statement_line_id for tie in ties)},
            {tie.undone_id for tie in undone if tie.undone_id is not None},
        ),
        break_code=found[0] if found else None,
        cause=found[1] if found else None,
    )


def _rows(ties: Sequence[Tie]) -> list[TieRow]:
    payouts = {row[0].id: row for row in _payouts({tie.payout_id for tie in ties})}
    lines = {
        line.id: line
        for line in db.session.scalars(
            select(StatementLine)
            .where(StatementLine.id.in_({tie.statement_line_id for tie in ties}))
            .order_by(StatementLine.id)
            .limit(len(ties))
        )
    }
    logins = list_user_logins({tie.matched_by for tie in ties if tie.matched_by is not None})
    undoings = _undoings({tie.undone_id for tie in ties if tie.undone_id is not None})
    reversals = list_reversals_of({tie.entry_id for tie in ties})
    found = []
    for tie in ties:
        payout, payee, batch_code = payouts[tie.payout_id]
        line = lines[tie.statement_line_id]
        undone_at, undone_for = undoings.get(tie.undone_id or 0, (None, None))
        found.append(
            TieRow(
                line_code=line.code,
                payout_code=payout.code,
                payee=payee,
                batch_code=batch_code,
                state=payout.state,
                amount_fen=(
                    tie.amount_fen if isinstance(tie, ReconciliationShare) else abs(line.amount_fen)
                ),
                entry_id=tie.entry_id,
                reversal_id=reversals.get(tie.entry_id),
                rule=tie.explanation,
                matched_by_login=logins.get(tie.matched_by or 0),
                matched_at=tie.matched_at,
                undone_at=undone_at,
                undone_for=undone_for,
            )
        )
    return found


def _payouts(payout_ids: Collection[int]) -> Sequence[tuple[Payout, str, str]]:
    rows = db.session.execute(
        select(Payout, func.coalesce(Institution.name, Worker.code), PayoutBatch.code)
        .join(
            PayoutAttempt,
            (PayoutAttempt.payout_id == Payout.id) & (PayoutAttempt.number == Payout.attempt),
        )
        .join(PayoutBatch, PayoutBatch.id == PayoutAttempt.batch_id)
        .outerjoin(Institution, Institution.id == Payout.institution_id)
        .outerjoin(Benefit, Benefit.id == Payout.benefit_id)
        .outerjoin(Worker, Worker.id == Benefit.worker_id)
        .where(Payout.id.in_(payout_ids))
        .order_by(Payout.id)
        .limit(len(payout_ids))
    )
    return [(payout, str(payee), batch) for payout, payee, batch in rows]


def _undoings(ids: Collection[int]) -> dict[int, tuple[datetime | None, str]]:
    rows = db.session.execute(
        select(MatchUndoing.id, MatchUndoing.decided_at, MatchUndoing.reason)
        .where(MatchUndoing.id.in_(ids))
        .order_by(MatchUndoing.id)
        .limit(len(ids))
    )
    return {undoing_id: (at, reason) for undoing_id, at, reason in rows}
