"""Computing the ratings of a day, piece by piece; doing it twice changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.errors import Refusal, Refused
from marketplace.jobs.models import Job
from marketplace.jobs.operations import enqueue_job
from marketplace.ratings.queries import list_rating_inputs
from marketplace.standing.operations.save import SavedRatings, save_ratings
from marketplace.standing.queries.policies import get_rating_policy
from marketplace.standing.rules.policy import Policy
from marketplace.standing.rules.ratings import RatingInputs
from marketplace.standing.states import RatingCause

JOB_KIND = "compute_ratings"


@dataclass(frozen=True, slots=True)
class Computation:
    """What one computation works on: read once, so that all institutions share their peers."""

    as_of: date
    policy: Policy
    inputs: Mapping[int, RatingInputs]


def request_computation(*, actor_id: int) -> Job:
    """Ask the runner to compute the ratings of today; asked twice, it is one job."""
    payload = {"as_of": clock.today().isoformat()}
    key = f"{JOB_KIND}:{clock.now():%Y-%m-%dT%H:%M}"
    return enqueue_job(JOB_KIND, payload=payload, requested_by=actor_id, dedupe_key=key)


def begin_computation(as_of: date) -> Computation:
    """Count everything as it stood on a day. Refuses a day to come."""
    if as_of > clock.today():
        raise Refused(Refusal("rating_in_future", {"day": as_of}, field="as_of"))
    policy = get_rating_policy(as_of)
    return Computation(as_of, policy, list_rating_inputs(policy, as_of=as_of))


def compute_ratings_of(computation: Computation, institution_ids: Sequence[int]) -> SavedRatings:
    """Rate some institutions of a computation; what has not changed is left as it is."""
    return save_ratings(
        {institution_id: computation.inputs[institution_id] for institution_id in institution_ids},
        as_of=computation.as_of,
        policy=computation.policy,
        cause=RatingCause.REGULAR,
    )


def finish_computation(
    computation: Computation, *, added: int, unchanged: int, actor_id: int | None
) -> None:
    """Note the computation in the trail."""
    record_event(
        "ratings.computed",
        subject_kind="rating_policy",
        subject_code=str(computation.policy.version),
        actor_id=actor_id,
        details={
            "as_of": computation.as_of.isoformat(),
            "added": added,
            "unchanged": unchanged,
        },
    )
