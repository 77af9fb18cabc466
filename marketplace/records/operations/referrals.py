"""Referring somebody with their own record: the referral and the link that goes with it."""

from __future__ import annotations

from marketplace.employers.models import Referral
from marketplace.employers.operations.referrals import create_referral, withdraw_referral
from marketplace.employers.queries.referrals import get_referral_of_worker
from marketplace.employers.queries.vacancies import get_vacancy_item
from marketplace.foundation.db import db
from marketplace.records.operations.shares import create_share, end_share
from marketplace.records.queries.record import list_completed_codes
from marketplace.records.queries.shares import find_share
from marketplace.records.states import ShareDetail

REFERRAL_DAYS = 30
DETAILS = (ShareDetail.FULL_NAME, ShareDetail.ATTENDANCE, ShareDetail.CERTIFICATE)
"""What an employer needs to believe an application; never what it cost."""


def refer_worker(
    worker_id: int, *, vacancy_code: str, has_consented: bool, actor_id: int
) -> tuple[Referral, str | None]:
    """Refer somebody to a vacancy, with a link to their completed trainings for thirty days.

    Answers the link's secret, shown once; none when nothing was completed yet. Refuses as
    `create_referral` and `create_share` do.
    """
    item = get_vacancy_item(vacancy_code)
    referral = create_referral(
        worker_id, vacancy_id=item.vacancy.id, has_consented=has_consented, actor_id=actor_id
    )
    codes = list_completed_codes(worker_id)
    if not codes:
        return referral, None
    share, secret = create_share(
        worker_id,
        label=item.employer.name,
        enrollment_codes=codes,
        details=DETAILS,
        days=REFERRAL_DAYS,
        actor_id=actor_id,
    )
    referral.share_id = share.id
    db.session.flush()
    return referral, secret


def take_back_referral(code: str, *, worker_id: int, actor_id: int) -> Referral:
    """The worker changes their mind: the referral and its link end together."""
    referral = get_referral_of_worker(code, worker_id)
    withdraw_referral(referral.id, actor_id=actor_id)
    if referral.share_id is not None and (share := find_share(referral.share_id)) is not None:
        end_share(share.code, worker_id=worker_id, actor_id=actor_id)
    return referral
