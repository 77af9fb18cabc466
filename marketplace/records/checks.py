"""What must always be true of certificates, proved again from the rows."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import aliased

from marketplace.enrollment.models import Completion, Enrollment
from marketplace.enrollment.states import EnrollmentState
from marketplace.foundation.db import db
from marketplace.foundation.violations import VIOLATIONS_SHOWN_MAX, Check, Violation
from marketplace.records.models import Certificate, CertificateChange
from marketplace.records.states import CertificateState, ChangeKind, ChangeState


def certificates_have_their_training() -> Iterator[Violation]:
    """A certificate belongs to a completed training of its own holder."""
    rows = db.session.execute(
        select(Certificate.code)
        .join(Completion, Completion.id == Certificate.completion_id)
        .join(Enrollment, Enrollment.id == Completion.enrollment_id)
        .where(
            or_(
                Enrollment.state != EnrollmentState.COMPLETED,
                Enrollment.worker_id != Certificate.worker_id,
                Enrollment.course_run_id != Certificate.course_run_id,
            )
        )
        .order_by(Certificate.id)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for (code,) in rows:
        yield Violation(
            "certificate earned", f"certificate {code}", "no completed training of its holder"
        )


def endings_were_decided_by_two() -> Iterator[Violation]:
    """A certificate ended by an approved change of its kind; a replaced one has a successor."""
    successor = aliased(Certificate)
    kind = {CertificateState.VOIDED: ChangeKind.VOID, CertificateState.REPLACED: ChangeKind.CORRECT}
    for state, change in kind.items():
        decided = exists().where(
            CertificateChange.certificate_id == Certificate.id,
            CertificateChange.state == ChangeState.APPROVED,
            CertificateChange.kind == change,
        )
        followed = exists().where(
            successor.completion_id == Certificate.completion_id,
            successor.edition == Certificate.edition + 1,
        )
        wrong = ~decided if state is CertificateState.VOIDED else or_(~decided, ~followed)
        rows = db.session.execute(
            select(Certificate.code)
            .where(Certificate.state == state, wrong)
            .order_by(Certificate.id)
            .limit(VIOLATIONS_SHOWN_MAX)
        )
        for (code,) in rows:
            yield Violation("ended by two", f"certificate {code}", f"{state} without its decision")


def editions_follow_one_another() -> Iterator[Violation]:
    """The editions of a completion are numbered 1, 2, 3 …"""
    rows = db.session.execute(
        select(Certificate.completion_id)
        .group_by(Certificate.completion_id)
        .having(func.max(Certificate.edition) != func.count())
        .order_by(Certificate.completion_id)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for (completion_id,) in rows:
        yield Violation("editions", f"completion {completion_id}", "an edition is missing")


CHECKS: tuple[Check, ...] = (
    certificates_have_their_training,
    endings_were_decided_by_two,
    editions_follow_one_another,
)
