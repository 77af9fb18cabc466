"""Certificates, proposals and links. Use in write_transaction."""

from __future__ import annotations

from marketplace.catalog.models import CourseRun
from marketplace.employers.models import Employer
from marketplace.employers.operations.referrals import create_referral
from marketplace.enrollment.queries import get_enrollment
from marketplace.foundation.db import db
from marketplace.people.models import User, Worker
from marketplace.people.queries.workers import get_worker
from marketplace.records.models import Certificate, CertificateChange
from marketplace.records.operations.certificates import issue_certificates
from marketplace.records.operations.changes import propose_change
from marketplace.records.operations.shares import create_share
from marketplace.records.queries.certificates import list_newest_certificates
from marketplace.records.states import ChangeKind, ChangeReason, ShareDetail
from tests.factories.employers import make_vacancy
from tests.factories.people import make_user, make_worker
from tests.factories.redemption import Case, make_ready_case


def make_certificate(case: Case | None = None) -> Certificate:
    """The certificate of a training that is over."""
    case = case or make_ready_case()
    issue_certificates(case.run.id, actor_id=case.staff.id)
    return list_newest_certificates([case.enrollment.id])[case.enrollment.id]


def make_holder(
    name: str = "欧阳测试", *, course_run: CourseRun | None = None
) -> tuple[Case, Certificate, User]:
    """A learner with a login and a certificate."""
    user = make_user(f"holder-{name}", name=name)
    case = make_ready_case(worker=make_worker(user, name=name), course_run=course_run)
    return case, make_certificate(case), user


def make_proposal(
    certificate: Certificate,
    actor_id: int,
    *,
    kind: ChangeKind = ChangeKind.VOID,
    reason: ChangeReason = ChangeReason.NOT_EARNED,
) -> CertificateChange:
    """A change that waits for a second person."""
    return propose_change(
        certificate.id, kind=kind, reason=reason, note="课时不足", actor_id=actor_id
    )


def make_share(
    worker: Worker, enrollment_code: str, *, details: tuple[ShareDetail, ...] = (), days: int = 7
) -> tuple[str, str]:
    """A link to one training: its code and its secret."""
    assert worker.user_id
    share, secret = create_share(
        worker.id,
        label="鹤城家政公司",
        enrollment_codes=[enrollment_code],
        details=details,
        days=days,
        actor_id=worker.user_id,
    )
    return share.code, secret


def make_proofs(course_run_id: int, enrollment_id: int, staff_id: int) -> dict[str, str]:
    """For the page matrix: one of each that belongs to the learner of a class."""
    enrollment = get_enrollment(enrollment_id)
    issue_certificates(course_run_id, actor_id=staff_id)
    certificate = list_newest_certificates([enrollment_id])[enrollment_id]
    code, secret = make_share(get_worker(enrollment.worker_id), enrollment.code)
    vacancy = make_vacancy()
    referral = create_referral(
        enrollment.worker_id, vacancy_id=vacancy.id, has_consented=True, actor_id=staff_id
    )
    employer = db.session.get(Employer, vacancy.employer_id)
    assert employer
    return {
        "vacancy": vacancy.code,
        "employer": employer.code,
        "referral": referral.code,
        "certificate": certificate.code,
        "certificate token": certificate.token,
        "certificate change": make_proposal(certificate, staff_id).code,
        "record link": code,
        "record link secret": secret,
    }
