"""Taking in the online hours of a learning platform."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.audit.operations import record_events
from marketplace.enrollment.models import Enrollment, OnlineStatement
from marketplace.enrollment.offline_rules import CLOCK_AHEAD_MAX
from marketplace.enrollment.online_queries import (
    OnlineShare,
    find_statements,
    list_enrollments_by_code,
    list_online_plans,
    list_online_shares,
)
from marketplace.enrollment.online_statements import (
    REASONS_MAX,
    Statement,
    field_of,
)
from marketplace.enrollment.operations.changes import begin_training
from marketplace.enrollment.states import ENDED, AttendanceState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.institutions.queries import lock_institution


@dataclass(frozen=True, slots=True)
class Intake:
    """What became of statements, and what their learners are credited now."""

    stored: tuple[str, ...]
    known: tuple[str, ...]
    """Sent before with the same content: nothing changed."""
    shares: Mapping[str, OnlineShare]
    """By the code of the enrollment."""

    def to_json(self) -> dict[str, Any]:
        """For the interface and the command."""
        return {
            "stored": len(self.stored),
            "known": len(self.known),
            "statements": [
                {"id": one, "outcome": outcome}
                for outcome, ids in (("stored", self.stored), ("known", self.known))
                for one in ids
            ],
            "enrollments": [
                {
                    "enrollment": code,
                    "credited_minutes": share.credited // 60,
                    "online_minutes": share.plan.online // 60,
                    "rate_percent": share.rate_percent,
                    "days": [
                        {
                            "day": day.on.isoformat(),
                            "claimed_seconds": day.claimed,
                            "credited_seconds": day.credited,
                            "not_credited": {
                                reason.value: seconds for reason, seconds in day.lost.items()
                            },
                        }
                        for day in share.days
                    ],
                }
                for code, share in sorted(self.shares.items())
            ],
        }


def take_in_statements(
    statements: Sequence[Statement], *, institution_id: int, actor_id: int | None
) -> Intake:
    """Store xAPI statements of an institution's own online or blended classes, all or none.

    The same id with the same content changes nothing; with another it is refused
    (`xapi_conflict`). Refuses times in the future, enrollments that are not the institution's,
    have ended, or of whose class nothing is online. What is only not plausible is stored and not
    credited: `count_online` says why.
    """
    # Ids are the institution's: two requests with the same one come one after the other.
    lock_institution(institution_id)
    enrollments = list_enrollments_by_code(
        {one.enrollment for one in statements}, institution_id=institution_id
    )
    earlier = find_statements(institution_id, [one.statement_id for one in statements])
    _refuse_wrong(statements, enrollments, earlier)
    new = [one for one in statements if one.statement_id not in earlier]
    for one in new:
        enrollment = enrollments[one.enrollment]
        db.session.add(_row(one, enrollment, institution_id, actor_id))
    db.session.flush()
    shares = list_online_shares([enrollment.id for enrollment in enrollments.values()])
    for code in sorted({one.enrollment for one in new}):
        if shares[enrollments[code].id].credited:
            begin_training(enrollments[code], AttendanceState.PRESENT)
    counts = Counter(one.enrollment for one in new)
    record_events(
        "online.statements_taken_in",
        subject_kind="enrollment",
        details={code: {"statements": counts[code]} for code in sorted(counts)},
        actor_id=actor_id,
    )
    return Intake(
        stored=tuple(one.statement_id for one in new),
        known=tuple(one.statement_id for one in statements if one.statement_id in earlier),
        shares={code: shares[one.id] for code, one in enrollments.items() if one.id in shares},
    )


def _refuse_wrong(
    statements: Sequence[Statement],
    enrollments: Mapping[str, Enrollment],
    earlier: Mapping[str, OnlineStatement],
) -> None:
    plans = list_online_plans({one.course_run_id for one in enrollments.values()})
    refusals = []
    for one in statements:
        enrollment, known = enrollments.get(one.enrollment), earlier.get(one.statement_id)
        params: dict[str, Any] = {"number": one.number}
        wrong: tuple[str, str] | None
        if enrollment is None:
            wrong = ("xapi_enrollment", "actor.account.name")
            params["enrollment"] = one.enrollment
        elif known is not None:
            wrong = None if _is_same(one, enrollment, known) else ("xapi_conflict", "id")
        else:
            wrong = _what_is_wrong(one, enrollment, online_runs=plans)
        if wrong is not None:
            refusals.append(Refusal(wrong[0], params, field=field_of(one.number, wrong[1])))
    if refusals:
        raise Refused(refusals[:REASONS_MAX])


def _what_is_wrong(
    one: Statement, enrollment: Enrollment, *, online_runs: Container[int]
) -> tuple[str, str] | None:
    """Code and place of what a new statement is refused for."""
    if enrollment.course_run_id not in online_runs:
        return "xapi_not_online", "actor.account.name"
    if enrollment.state in ENDED:
        return "xapi_ended", "actor.account.name"
    if one.ended_at > clock.now() + CLOCK_AHEAD_MAX:
        return "xapi_future", "timestamp"
    return None


def _is_same(one: Statement, enrollment: Enrollment, known: OnlineStatement) -> bool:
    told = (enrollment.id, one.verb, one.activity, one.seconds, one.ended_at)
    kept = (known.enrollment_id, known.verb, known.activity, known.seconds, known.ended_at)
    return told == kept


def _row(
    one: Statement, enrollment: Enrollment, institution_id: int, actor_id: int | None
) -> OnlineStatement:
    return OnlineStatement(
        institution_id=institution_id,
        statement_id=one.statement_id,
        enrollment_id=enrollment.id,
        verb=one.verb,
        activity=one.activity,
        seconds=one.seconds,
        ended_at=one.ended_at,
        received_by=actor_id,
        received_at=clock.now(),
    )
