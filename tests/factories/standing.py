"""Facts in files, ratings with stars, appeals. Use in write_transaction."""

from __future__ import annotations

from datetime import date

from marketplace.foundation import clock
from marketplace.standing.models import Rating, StandingRecord
from marketplace.standing.operations.records import record_standing
from marketplace.standing.operations.save import save_ratings
from marketplace.standing.queries.policies import get_rating_policy
from marketplace.standing.queries.records import list_records_in_force
from marketplace.standing.rules.formula import Counts
from marketplace.standing.rules.ratings import RatingInputs
from marketplace.standing.states import Component, RatingCause, StandingKind

PEERS = {
    Component.COMPLETION: Counts(600, 800),
    Component.ASSESSMENT: Counts(900, 1000),
    Component.EMPLOYMENT: Counts(50, 100),
    Component.DISPUTES: Counts(990, 1000),
}


def make_standing(
    institution_id: int,
    *,
    actor_id: int,
    kind: StandingKind = StandingKind.COMPLAINT_UPHELD,
    happened_on: date | None = None,
) -> StandingRecord:
    """A fact in the file, recorded by an officer."""
    return record_standing(
        institution_id,
        kind=kind,
        happened_on=happened_on or clock.today(),
        clause="白人社监〔2026〕12号",
        evidence="学员投诉经核实：实训课时不足。",
        actor_id=actor_id,
    )


def make_rating(
    institution_id: int, *, completed: int = 45, learners: int = 60, on: date | None = None
) -> Rating:
    """A rating with stars, from given counts."""
    on = on or clock.today()
    policy = get_rating_policy(on)
    inputs = RatingInputs(
        on,
        {
            Component.COMPLETION: Counts(completed, learners),
            Component.ASSESSMENT: Counts(40, 50),
            Component.DISPUTES: Counts(learners, learners),
        },
        PEERS,
        list_records_in_force([institution_id], policy, on=on).get(institution_id, ()),
    )
    saved = save_ratings(
        {institution_id: inputs}, as_of=on, policy=policy, cause=RatingCause.REGULAR
    )
    return saved.added[0]
