"""Who of those who completed a course was referred, and works now."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import case, func, select

from marketplace.catalog.models import CourseRun
from marketplace.employers.models import Employment, Referral
from marketplace.employers.states import EmploymentEvidence, ReferralState
from marketplace.foundation.db import db
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
    proven = case((Employment.evidence != EmploymentEvidence.SELF_DECLARED, Referral.worker_id))
    at_work = case((Employment.id.is_not(None), Referral.worker_id))
    row = db.session.execute(
        select(
            func.count(Referral.worker_id.distinct()),
            func.count(proven.distinct()),
            func.count(at_work.distinct()),
        )
        .select_from(Certificate)
        .join(CourseRun, CourseRun.id == Certificate.course_run_id)
        .join(Referral, Referral.worker_id == Certificate.worker_id)
        .outerjoin(Employment, Employment.referral_id == Referral.id)
        .where(
            CourseRun.course_id == course_id,
            Certificate.ended_at.is_(None),
            Referral.consented_at >= Certificate.issued_at,
            Referral.state != ReferralState.WITHDRAWN,
        )
    ).one()
    referred, proven_count, at_work_count = row
    return EmploymentCounts(referred, proven_count, at_work_count - proven_count)
