"""Who of those who completed a course was referred, and works now."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import BigInteger, bindparam, case, func, select

from marketplace.catalog.models import CourseRun
from marketplace.employers.models import Employment, Referral
from marketplace.employers.states import EmploymentEvidence, ReferralState
from marketplace.foundation.direct import Direct, ask
from marketplace.records.models import Certificate


@dataclass(frozen=True, slots=True)
class EmploymentCounts:
    """People with a certificate of a course who were referred after it, each counted once."""

    referred: int
    proven: int
    """Works, proven by a contract, social insurance or the employer."""
    declared: int
    """Works, as they alone say."""


def count_employments_of_course(course_id: int) -> EmploymentCounts:
    """Referrals that were taken back are left out: nobody looked for work by them."""
    counted = ask(_COUNTS, {"course_id": course_id})[0]
    return EmploymentCounts(counted.referred, counted.proven, counted.at_work - counted.proven)


_PROVEN = case((Employment.evidence != EmploymentEvidence.SELF_DECLARED, Referral.worker_id))
_AT_WORK = case((Employment.id.is_not(None), Referral.worker_id))
_COUNTS = Direct(
    select(
        func.count(Referral.worker_id.distinct()).label("referred"),
        func.count(_PROVEN.distinct()).label("proven"),
        func.count(_AT_WORK.distinct()).label("at_work"),
    )
    .select_from(Certificate)
    .join(CourseRun, CourseRun.id == Certificate.course_run_id)
    .join(Referral, Referral.worker_id == Certificate.worker_id)
    .outerjoin(Employment, Employment.referral_id == Referral.id)
    .where(
        CourseRun.course_id == bindparam("course_id", type_=BigInteger),
        Certificate.ended_at.is_(None),
        Referral.consented_at >= Certificate.issued_at,
        Referral.state != ReferralState.WITHDRAWN,
    )
)
"""Read for every page of a course: built once, without objects."""
