"""Saving ratings with their inputs; the rating in force follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.ids import new_code
from marketplace.institutions.models import Institution
from marketplace.institutions.queries import list_manager_ids
from marketplace.notices.operations import send_notice
from marketplace.standing import errors as _errors  # noqa: F401  (registers the notices)
from marketplace.standing.models import InstitutionRating, Rating
from marketplace.standing.operations.policies import keep_built_in_policy
from marketplace.standing.queries.policies import get_rating_policy
from marketplace.standing.queries.ratings import list_newest_ratings
from marketplace.standing.queries.records import list_records_in_force
from marketplace.standing.rules.formula import FORMULA
from marketplace.standing.rules.policy import Policy
from marketplace.standing.rules.ratings import (
    RatingInputs,
    RatingScore,
    inputs_from_json,
    inputs_sha256,
    inputs_to_json,
    rate,
    score_to_json,
)
from marketplace.standing.states import NewRuns, RatingCause


@dataclass(slots=True)
class SavedRatings:
    """What saving did."""

    added: list[Rating] = field(default_factory=list)
    unchanged: int = 0


def save_ratings(
    inputs_of: Mapping[int, RatingInputs], *, as_of: date, policy: Policy, cause: RatingCause
) -> SavedRatings:
    """Rate institutions from their inputs and keep inputs, result, formula and policy version.

    Inputs that lead to what is known already change nothing but the day the rating was last
    confirmed. A rating for an earlier day never replaces the one in force.
    """
    keep_built_in_policy()
    codes = _lock_institutions(inputs_of)
    newest = list_newest_ratings(list(codes), as_of=as_of)
    present = _load_present(list(codes))
    saved = SavedRatings()
    for institution_id in codes:
        stored = inputs_to_json(inputs_of[institution_id])
        sha256 = inputs_sha256(stored, policy_version=policy.version, formula=FORMULA)
        earlier = newest.get(institution_id)
        if earlier is not None and earlier.inputs_sha256 == sha256:
            saved.unchanged += 1
            _put_in_force(earlier, present.get(institution_id), as_of, policy)
            continue
        score = rate(inputs_of[institution_id], policy)
        rating = _rating(institution_id, as_of, earlier, score, policy, cause)
        rating.inputs, rating.inputs_sha256 = stored, sha256
        db.session.add(rating)
        db.session.flush()
        is_in_force = _put_in_force(rating, present.get(institution_id), as_of, policy)
        _record_change(rating, codes[institution_id], earlier)
        if is_in_force:
            _tell_about_grade(rating, earlier)
        saved.added.append(rating)
    db.session.flush()
    return saved


def regrade(institution_id: int) -> Rating | None:
    """Rate one institution anew after its file changed, with the results as last counted.

    Returns the new rating; none when nothing that counts has changed.
    """
    today = clock.today()
    policy = get_rating_policy(today)
    earlier = list_newest_ratings([institution_id], as_of=today).get(institution_id)
    last = inputs_from_json(earlier.inputs) if earlier else None
    records = list_records_in_force([institution_id], policy, on=today)
    inputs = RatingInputs(
        counted_on=last.counted_on if last else today,
        counts=last.counts if last else {},
        peers=last.peers if last else {},
        records=records.get(institution_id, ()),
    )
    saved = save_ratings(
        {institution_id: inputs}, as_of=today, policy=policy, cause=RatingCause.RECORD
    )
    return saved.added[0] if saved.added else None


def _lock_institutions(inputs_of: Mapping[int, RatingInputs]) -> dict[int, str]:
    """In the order of their numbers, so that two computations wait instead of deadlocking."""
    rows = db.session.execute(
        select(Institution.id, Institution.code)
        .where(Institution.id.in_(sorted(inputs_of)))
        .order_by(Institution.id)
        .with_for_update()
    )
    return {row.id: row.code for row in rows}


def _load_present(institution_ids: list[int]) -> dict[int, InstitutionRating]:
    rows = db.session.scalars(
        select(InstitutionRating)
        .where(InstitutionRating.institution_id.in_(institution_ids))
        .execution_options(populate_existing=True)
    )
    return {row.institution_id: row for row in rows}


def _rating(
    institution_id: int,
    as_of: date,
    earlier: Rating | None,
    score: RatingScore,
    policy: Policy,
    cause: RatingCause,
) -> Rating:
    of_the_day = earlier is not None and earlier.as_of == as_of
    return Rating(
        code=new_code("RT"),
        institution_id=institution_id,
        as_of=as_of,
        number=earlier.number + 1 if earlier is not None and of_the_day else 1,
        formula=FORMULA,
        policy_version=policy.version,
        result=score_to_json(score),
        grade=score.grade.grade,
        points=score.grade.points,
        stars_hundredths=score.stars.stars,
        low_hundredths=score.stars.low,
        high_hundredths=score.stars.high,
        n=score.stars.n,
        cause=cause,
        computed_at=clock.now(),
    )


def _put_in_force(
    rating: Rating, present: InstitutionRating | None, as_of: date, policy: Policy
) -> bool:
    """False: the rating is for an earlier day than the one in force, which stays."""
    if present is None:
        present = InstitutionRating(institution_id=rating.institution_id)
        db.session.add(present)
    elif present.as_of > as_of:
        return False
    present.rating_id = rating.id
    present.grade = rating.grade
    present.stars_hundredths = rating.stars_hundredths
    present.low_hundredths = rating.low_hundredths
    present.high_hundredths = rating.high_hundredths
    present.n = rating.n
    present.is_barred = policy.effects[rating.grade].new_runs is NewRuns.BARRED
    present.as_of = as_of
    return True


def _record_change(rating: Rating, institution_code: str, earlier: Rating | None) -> None:
    record_event(
        "rating.computed",
        subject_kind="institution",
        subject_code=institution_code,
        actor_id=None,
        details={
            "rating": rating.code,
            "as_of": rating.as_of.isoformat(),
            "cause": rating.cause.value,
            "grade": rating.grade.value,
            "grade_before": earlier.grade.value if earlier else None,
            "stars_hundredths": rating.stars_hundredths,
        },
    )


def _tell_about_grade(rating: Rating, earlier: Rating | None) -> None:
    """Whose grade moves without a new fact (a repair period ended) hears of it here."""
    if earlier is None or rating.cause is not RatingCause.REGULAR:
        return
    if earlier.grade is rating.grade:
        return
    params = {"before": earlier.grade.value, "after": rating.grade.value, "day": rating.as_of}
    for manager_id in list_manager_ids(rating.institution_id):
        send_notice(
            manager_id, kind="rating.grade_changed", params=params, link="/institution/rating"
        )
