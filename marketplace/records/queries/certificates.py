"""Reading certificates and the proposals to change them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select

from marketplace.enrollment.models import Completion, Enrollment
from marketplace.enrollment.states import EnrollmentState
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.foundation.text import mask_name
from marketplace.institutions.models import Institution
from marketplace.institutions.queries import in_subtrees
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.records.models import Certificate, CertificateChange
from marketplace.records.states import CertificateState, ChangeState

RUN_SIZE_MAX = 2_000
WAITING_MAX = 100


def get_certificate(certificate_id: int) -> Certificate:
    """One certificate."""
    if (certificate := db.session.get(Certificate, certificate_id)) is None:
        raise NotFound("certificate")
    return certificate


def lock_certificate(certificate_id: int) -> Certificate:
    """One certificate, ours until the end of the unit of work."""
    certificate = db.session.scalar(
        select(Certificate)
        .where(Certificate.id == certificate_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if certificate is None:
        raise NotFound("certificate")
    return certificate


def get_certificate_of_worker(code: str, worker_id: int) -> Certificate:
    """A holder's own certificate; anybody else's is not found."""
    return _one(
        select(Certificate).where(Certificate.code == code, Certificate.worker_id == worker_id)
    )


def get_certificate_of_institution(code: str, institution_id: int) -> Certificate:
    """A certificate of an institution's own training; another's is not found."""
    return _one(
        select(Certificate).where(
            Certificate.code == code, Certificate.institution_id == institution_id
        )
    )


def get_certificate_in(code: str, paths: Sequence[str]) -> Certificate:
    """A certificate of an institution in these subtrees; another's is not found."""
    return _one(_in(paths).where(Certificate.code == code))


def find_certificate_by_token(token_hash: str) -> Certificate | None:
    """What the public page of this address shows."""
    return db.session.scalar(select(Certificate).where(Certificate.token_hash == token_hash))


def find_newest_certificate(completion_id: int) -> Certificate | None:
    """The last edition for a completion, ended or not."""
    return db.session.scalar(
        select(Certificate)
        .where(Certificate.completion_id == completion_id)
        .order_by(Certificate.edition.desc())
        .limit(1)
    )


def list_newest_certificates(enrollment_ids: Collection[int]) -> dict[int, Certificate]:
    """The last edition for each of some enrollments, by enrollment."""
    rows = db.session.execute(
        select(Completion.enrollment_id, Certificate)
        .join(Certificate, Certificate.completion_id == Completion.id)
        .where(Completion.enrollment_id.in_(enrollment_ids))
        .order_by(Certificate.completion_id, Certificate.edition)
        .limit(RUN_SIZE_MAX * 2)
    )
    return {enrollment_id: certificate for enrollment_id, certificate in rows}


@dataclass(frozen=True, slots=True)
class CompletionToCertify:
    """A completed training for which no certificate was issued yet."""

    completion: Completion
    enrollment: Enrollment


def list_completions_to_certify(
    *, course_run_id: int | None, since: datetime | None, limit: int
) -> list[CompletionToCertify]:
    """Completed trainings without certificate, oldest first; of one class, or of all."""
    wanted = (
        select(Completion, Enrollment)
        .join(Enrollment, Enrollment.id == Completion.enrollment_id)
        .where(
            Enrollment.state == EnrollmentState.COMPLETED,
            Completion.certificate_number.is_not(None),
            ~select(Certificate.id).where(Certificate.completion_id == Completion.id).exists(),
        )
    )
    if course_run_id is not None:
        wanted = wanted.where(Enrollment.course_run_id == course_run_id)
    if since is not None:
        wanted = wanted.where(Completion.recorded_at >= since)
    rows = db.session.execute(wanted.order_by(Completion.id).limit(limit))
    return [CompletionToCertify(*row) for row in rows]


def find_newest_status_list() -> tuple[int, int]:
    """The status list in use, and how many of its bits belong to a certificate."""
    newest = db.session.scalar(select(func.max(Certificate.status_list))) or 0
    taken = db.session.scalar(
        select(func.count()).select_from(Certificate).where(Certificate.status_list == newest)
    )
    return newest, taken or 0


def list_taken_bits(status_list: int, among: Collection[int]) -> set[int]:
    """Which of some bits of a status list belong to a certificate already."""
    return set(
        db.session.scalars(
            select(Certificate.status_index)
            .where(Certificate.status_list == status_list, Certificate.status_index.in_(among))
            .order_by(Certificate.status_index)
            .limit(len(among))
        )
    )


def list_ended_bits(status_list: int) -> list[int]:
    """The bits that say: this one has ended."""
    return list(
        db.session.scalars(
            select(Certificate.status_index)
            .where(
                Certificate.status_list == status_list,
                Certificate.state != CertificateState.VALID,
            )
            .order_by(Certificate.status_index)
            .limit(200_000)
        )
    )


def lock_change(code: str, certificate_id: int) -> CertificateChange:
    """A proposal about a certificate, ours until the end of the unit of work."""
    change = db.session.scalar(
        select(CertificateChange)
        .where(CertificateChange.code == code, CertificateChange.certificate_id == certificate_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if change is None:
        raise NotFound("certificate_change")
    return change


def list_changes(certificate_id: int) -> Sequence[CertificateChange]:
    """What was proposed and decided about a certificate, newest first."""
    return db.session.scalars(
        select(CertificateChange)
        .where(CertificateChange.certificate_id == certificate_id)
        .order_by(CertificateChange.id.desc())
        .limit(50)
    ).all()


def find_open_change(certificate_id: int) -> CertificateChange | None:
    """The proposal that waits for a second person."""
    return db.session.scalar(
        select(CertificateChange).where(
            CertificateChange.certificate_id == certificate_id,
            CertificateChange.state == ChangeState.PROPOSED,
        )
    )


@dataclass(frozen=True, slots=True)
class CertificateItem:
    """A certificate in a list: the holder's name is masked, a waiting proposal is named."""

    certificate: Certificate
    open_change: CertificateChange | None

    @property
    def holder_masked(self) -> str:
        """Enough to recognise."""
        return mask_name(self.certificate.holder)


def list_certificates_of_institution(
    institution_id: int, page: PageRequest, *, number: str = ""
) -> Page[CertificateItem]:
    """What an institution's trainings led to, newest first; of one number, when given."""
    return _page(
        select(Certificate).where(Certificate.institution_id == institution_id), page, number
    )


def list_certificates_in(
    paths: Sequence[str], page: PageRequest, *, number: str = ""
) -> Page[CertificateItem]:
    """The same for all institutions of these subtrees."""
    return _page(_in(paths), page, number)


def list_waiting_certificates_in(paths: Sequence[str]) -> list[CertificateItem]:
    """Those with a proposal that waits for a second person, the longest waiting first."""
    rows = db.session.execute(
        _in(paths)
        .add_columns(CertificateChange)
        .join(
            CertificateChange,
            (CertificateChange.certificate_id == Certificate.id)
            & (CertificateChange.state == ChangeState.PROPOSED),
        )
        .order_by(CertificateChange.id)
        .limit(WAITING_MAX)
    )
    return [CertificateItem(*row) for row in rows]


def _page(wanted: Select[Certificate], page: PageRequest, number: str) -> Page[CertificateItem]:
    if number:
        wanted = wanted.where(Certificate.code.startswith(number, autoescape=True))
    counted = wanted.with_only_columns(Certificate.id).subquery()
    total = db.session.scalar(select(func.count()).select_from(counted)) or 0
    rows = db.session.execute(
        wanted.add_columns(CertificateChange)
        .outerjoin(
            CertificateChange,
            (CertificateChange.certificate_id == Certificate.id)
            & (CertificateChange.state == ChangeState.PROPOSED),
        )
        .order_by(Certificate.id.desc())
        .offset(page.offset)
        .limit(page.limit)
    )
    return Page([CertificateItem(*row) for row in rows], total, page.number, page.limit)


def _in(paths: Sequence[str]) -> Select[Certificate]:
    return (
        select(Certificate)
        .join(Institution, Institution.id == Certificate.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .where(in_subtrees(paths))
    )


def _one(wanted: Select[Certificate]) -> Certificate:
    if (certificate := db.session.scalar(wanted)) is None:
        raise NotFound("certificate")
    return certificate
