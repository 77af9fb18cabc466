"""Appeals: the institution objects, another person than the one concerned decides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.text import cut_personal_numbers
from marketplace.institutions.queries import get_institution, lock_institution
from marketplace.standing.models import Rating, RatingAppeal, StandingRecord
from marketplace.standing.operations.records import (
    enter_correction,
    enter_withdrawal,
    is_staff,
    tell_managers,
)
from marketplace.standing.queries.policies import get_rating_policy
from marketplace.standing.queries.ratings import find_rating_in_force
from marketplace.standing.queries.records import (
    get_standing_record,
    list_appeals_about,
    lock_appeal,
)
from marketplace.standing.rules.formula import NOTHING
from marketplace.standing.rules.ratings import effective_counts, inputs_from_json
from marketplace.standing.rules.records import (
    AppealFacts,
    DecisionFacts,
    refusals_for_appeal,
    refusals_for_correction,
    refusals_for_decision,
)
from marketplace.standing.states import AppealState, Component


def appeal_record(
    institution_id: int, *, record_id: int, reason: str, actor_id: int
) -> RatingAppeal:
    """Object to a fact in the institution's own file.

    Refuses a fact that does not count any more, one whose days for appeals are over, a second
    appeal about it, and an empty reason.
    """
    lock_institution(institution_id)
    view = get_standing_record(record_id)
    if view.record.institution_id != institution_id:
        raise NotFound("standing_record", record_id)
    facts = _facts(
        list_appeals_about(record_id=record_id),
        stated_on=clock.local_date(view.record.recorded_at),
        is_withdrawn=view.withdrawn_by is not None,
        is_in_force=view.is_in_force(clock.today()),
        reason=reason,
    )
    return _file(institution_id, facts, actor_id=actor_id, record_id=record_id)


def appeal_rating(institution_id: int, *, reason: str, actor_id: int) -> RatingAppeal:
    """Object to the counts behind the rating in force."""
    lock_institution(institution_id)
    rating = find_rating_in_force(institution_id)
    if rating is None:
        raise NotFound("rating", institution_id)
    facts = _facts(
        list_appeals_about(rating_id=rating.id),
        stated_on=clock.local_date(rating.computed_at),
        is_withdrawn=False,
        is_in_force=True,
        reason=reason,
    )
    return _file(institution_id, facts, actor_id=actor_id, rating_id=rating.id)


def uphold_appeal(
    appeal_id: int,
    *,
    reason: str,
    actor_id: int,
    component: Component | None = None,
    successes: int = 0,
    trials: int = 0,
) -> RatingAppeal:
    """The institution is right: a correcting fact is entered and the rating computed anew.

    About a fact: it is withdrawn. About a rating: the counts of a component are mended by so many
    successes and learners. Refuses whoever recorded the fact, works for the institution or filed
    the appeal; a correction that changes nothing or cannot be.
    """
    appeal = _lock_for_decision(appeal_id, AppealState.UPHELD, reason, actor_id)
    if appeal.record_id is not None:
        record = get_standing_record(appeal.record_id).record
        correcting = enter_withdrawal(record, reason=reason, actor_id=actor_id)
    else:
        correcting = _correct(appeal, component, successes, trials, reason, actor_id)
    appeal.correcting_record_id = correcting.id
    return _decide(appeal, AppealState.UPHELD, reason, actor_id)


def reject_appeal(appeal_id: int, *, reason: str, actor_id: int) -> RatingAppeal:
    """The fact or the counts stand, for the reason given."""
    appeal = _lock_for_decision(appeal_id, AppealState.REJECTED, reason, actor_id)
    return _decide(appeal, AppealState.REJECTED, reason, actor_id)


def _facts(
    earlier: Sequence[RatingAppeal],
    *,
    stated_on: date,
    is_withdrawn: bool,
    is_in_force: bool,
    reason: str,
) -> AppealFacts:
    return AppealFacts(
        today=clock.today(),
        stated_on=stated_on,
        appeal_days=get_rating_policy(clock.today()).appeal_days,
        is_withdrawn=is_withdrawn,
        has_open_appeal=any(appeal.state is AppealState.FILED for appeal in earlier),
        was_decided=any(appeal.state is not AppealState.FILED for appeal in earlier),
        is_in_force=is_in_force,
        reason=reason.strip(),
    )


def _file(
    institution_id: int,
    facts: AppealFacts,
    *,
    actor_id: int,
    record_id: int | None = None,
    rating_id: int | None = None,
) -> RatingAppeal:
    if refusals := refusals_for_appeal(facts):
        raise Refused(refusals)
    appeal = RatingAppeal(
        code=new_code("AP"),
        institution_id=institution_id,
        record_id=record_id,
        rating_id=rating_id,
        state=AppealState.FILED,
        reason=cut_personal_numbers(facts.reason),
        filed_by=actor_id,
        filed_at=clock.now(),
    )
    db.session.add(appeal)
    db.session.flush()
    _record("appeal.filed", appeal, actor_id, appeal.reason)
    tell_managers(institution_id, kind="appeal.filed", params={"appeal": appeal.code})
    return appeal


def _lock_for_decision(
    appeal_id: int, wanted: AppealState, reason: str, actor_id: int
) -> RatingAppeal:
    appeal = lock_appeal(appeal_id)
    record = db.session.get(StandingRecord, appeal.record_id) if appeal.record_id else None
    facts = DecisionFacts(
        state=appeal.state,
        recorded_by=record.recorded_by if record else None,
        filed_by=appeal.filed_by,
        actor_id=actor_id,
        is_own=is_staff(appeal.institution_id, actor_id),
        reason=reason.strip(),
    )
    if refusals := refusals_for_decision(facts, wanted):
        raise Refused(refusals)
    lock_institution(appeal.institution_id)
    return appeal


def _correct(
    appeal: RatingAppeal,
    component: Component | None,
    successes: int,
    trials: int,
    reason: str,
    actor_id: int,
) -> StandingRecord:
    if component is None:
        raise Refused(Refusal("correction_component_missing", field="component"))
    rating = find_rating_in_force(appeal.institution_id)
    assert isinstance(rating, Rating), "a rated institution stays rated"
    inputs = inputs_from_json(rating.inputs)
    present = effective_counts(inputs.counts, inputs.records).get(component, NOTHING)
    if refusals := refusals_for_correction(present, successes=successes, trials=trials):
        raise Refused(refusals)
    return enter_correction(
        appeal.institution_id,
        component=component,
        successes=successes,
        trials=trials,
        reason=reason,
        appeal_code=appeal.code,
        actor_id=actor_id,
    )


def _decide(appeal: RatingAppeal, state: AppealState, reason: str, actor_id: int) -> RatingAppeal:
    appeal.state = state
    appeal.decision = cut_personal_numbers(reason.strip())
    appeal.decided_by = actor_id
    appeal.decided_at = clock.now()
    db.session.flush()
    _record(f"appeal.{state}", appeal, actor_id, appeal.decision)
    tell_managers(
        appeal.institution_id,
        kind=f"appeal.{state}",
        params={"appeal": appeal.code, "reason": appeal.decision},
    )
    return appeal


def _record(event: str, appeal: RatingAppeal, actor_id: int, reason: str) -> None:
    record_event(
        event,
        subject_kind="institution",
        subject_code=get_institution(appeal.institution_id).code,
        actor_id=actor_id,
        reason=reason,
        details={
            "appeal": appeal.code,
            "record_id": appeal.record_id,
            "rating_id": appeal.rating_id,
        },
    )
