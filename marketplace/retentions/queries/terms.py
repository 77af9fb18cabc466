"""What the policies of redemptions withhold, and what is proven of it already."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from marketplace.employers.models import Employment, Referral
from marketplace.employers.states import EmploymentEvidence, ReferralState
from marketplace.enrollment.models import Completion, Enrollment
from marketplace.foundation import clock
from marketplace.foundation.bulk import is_among
from marketplace.foundation.db import db
from marketplace.funds.models import Allotment, Fund
from marketplace.records.models import Certificate
from marketplace.records.states import CertificateState
from marketplace.redemption.models import Redemption, Reservation
from marketplace.retentions.rules import deadline_of, split_by_milestone
from marketplace.vouchers.models import Quote, SchemeVersion
from marketplace.vouchers.rules.milestones import Milestones, read_milestones
from marketplace.vouchers.rules.settings import Setting
from marketplace.vouchers.states import Milestone

AT_ONCE = 500
PROOFS_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Waiting:
    """A share that waits for a milestone, and whose training it is of."""

    enrollment_id: int
    worker_id: int
    milestone: Milestone
    completed_on: date
    counts_from: date

    @property
    def key(self) -> tuple[int, Milestone]:
        """By which its proof is found."""
        return (self.enrollment_id, self.milestone)


@dataclass(frozen=True, slots=True)
class Proof:
    """What reached a milestone, and on which day that counts."""

    proven_on: date
    evidence: str
    """The number of the certificate, or the code of the referral."""


@dataclass(frozen=True, slots=True)
class PlannedShare:
    """A share of a redemption that its policy withholds."""

    redemption_id: int
    course_run_id: int
    waiting: Waiting
    percent: int
    amount_fen: int
    currency: str
    rule: str
    due_by: date


@dataclass(frozen=True, slots=True)
class Steps:
    """The milestones of one version, and how they are cited."""

    milestones: Milestones
    rule: str


def get_planned_shares(redemption_ids: Collection[int]) -> list[PlannedShare]:
    """What the policies of these redemptions withhold, by the version of each quote; shares that
    come to less than a fen are none."""
    found: list[PlannedShare] = []
    known: dict[int, Steps | None] = {}
    every = sorted(redemption_ids)
    for ids in (every[start : start + AT_ONCE] for start in range(0, len(every), AT_ONCE)):
        versions = _versions_of(ids)
        if new := versions - known.keys():
            known.update(dict.fromkeys(new))
            known.update(list_steps(new))
        steps = {one: terms for one in versions if (terms := known[one]) is not None}
        if steps:
            found += _shares(ids, steps)
    return found


def list_steps(version_ids: Collection[int]) -> Mapping[int, Steps]:
    """The milestones of those of the versions that have any."""
    rows = db.session.execute(
        select(SchemeVersion.id, SchemeVersion.number, SchemeVersion.policy)
        .where(SchemeVersion.id.in_(version_ids))
        .order_by(SchemeVersion.id)
        .limit(AT_ONCE)
    )
    read = ((id_, number, pack, read_milestones(pack)) for id_, number, pack in rows)
    return {
        id_: Steps(rule.value, _cite(rule, pack["scheme"], number))
        for id_, number, pack, rule in read
        if rule is not None
    }


def get_proofs(waiting: Sequence[Waiting]) -> dict[tuple[int, Milestone], Proof]:
    """What is proven of the shares that wait, by enrollment and milestone: the first evidence of
    a day that counts."""
    certificates = [one for one in waiting if one.milestone is Milestone.CERTIFICATE]
    employments = [one for one in waiting if one.milestone is Milestone.EMPLOYMENT]
    return dict([*_certificates(certificates), *_employments(employments)])


def _cite(rule: Setting[Milestones], scheme: str, number: int) -> str:
    return f"{rule.clause} · {scheme} v{number}"


def _versions_of(redemption_ids: Sequence[int]) -> set[int]:
    versions = (
        select(Quote.scheme_version_id)
        .join(Reservation, Reservation.quote_id == Quote.id)
        .join(Redemption, Redemption.reservation_id == Reservation.id)
        .where(is_among(Redemption.id, redemption_ids))
        .distinct()
        .limit(AT_ONCE)
    )
    return set(db.session.scalars(versions))


def _shares(redemption_ids: Sequence[int], steps: Mapping[int, Steps]) -> Iterator[PlannedShare]:
    rows = db.session.execute(
        select(
            Redemption.id,
            Redemption.amount_fen,
            func.coalesce(Completion.completed_on, Redemption.redeemed_on),
            Enrollment.id,
            Enrollment.course_run_id,
            Enrollment.worker_id,
            Quote.scheme_version_id,
            Fund.currency,
        )
        .join(Enrollment, Enrollment.id == Redemption.enrollment_id)
        .join(Reservation, Reservation.id == Redemption.reservation_id)
        .join(Quote, Quote.id == Reservation.quote_id)
        .join(Allotment, Allotment.id == Redemption.allotment_id)
        .join(Fund, Fund.id == Allotment.fund_id)
        .outerjoin(Completion, Completion.enrollment_id == Enrollment.id)
        .where(is_among(Redemption.id, redemption_ids), Quote.scheme_version_id.in_(steps))
        .order_by(Redemption.id)
        .limit(len(redemption_ids))
    )
    for id_, amount_fen, completed_on, enrollment_id, run_id, worker_id, version_id, money in rows:
        terms = steps[version_id]
        parts = split_by_milestone(amount_fen, terms.milestones)
        for share in terms.milestones.held:
            days = deadline_of(share, completed_on=completed_on)
            waiting = Waiting(
                enrollment_id, worker_id, share.milestone, completed_on, days.counts_from
            )
            if part_fen := parts[share.milestone]:
                yield PlannedShare(
                    id_, run_id, waiting, share.percent, part_fen, money, terms.rule, days.due_by
                )


def _certificates(
    waiting: Sequence[Waiting],
) -> Iterator[tuple[tuple[int, Milestone], Proof]]:
    """A valid certificate counts from the day of its first edition: correcting is no delay."""
    if not waiting:
        return
    first = func.min(Certificate.issued_at).over(partition_by=Certificate.completion_id)
    editions = (
        select(
            Completion.enrollment_id, Certificate.code, Certificate.state, first.label("issued_at")
        )
        .join(Completion, Completion.id == Certificate.completion_id)
        .where(Completion.enrollment_id.in_({one.enrollment_id for one in waiting}))
        .subquery()
    )
    rows = db.session.execute(
        select(editions.c.enrollment_id, editions.c.code, editions.c.issued_at)
        .where(editions.c.state == CertificateState.VALID)
        .order_by(editions.c.enrollment_id)
        .limit(PROOFS_MAX)
    )
    valid = {row.enrollment_id: row for row in rows}
    for one in waiting:
        if (row := valid.get(one.enrollment_id)) is not None:
            issued_on = clock.local_date(row.issued_at)
            yield one.key, Proof(max(issued_on, one.counts_from), row.code)


def _employments(
    waiting: Sequence[Waiting],
) -> Iterator[tuple[tuple[int, Milestone], Proof]]:
    """Work that began after the training, proven by others than the worker on a day that counts."""
    if not waiting:
        return
    rows = db.session.execute(
        select(Referral.worker_id, Referral.code, Employment.started_on, Employment.recorded_at)
        .join(Employment, Employment.referral_id == Referral.id)
        .where(
            Referral.worker_id.in_({one.worker_id for one in waiting}),
            Referral.state == ReferralState.EMPLOYED,
            Employment.evidence != EmploymentEvidence.SELF_DECLARED,
        )
        .order_by(Employment.recorded_at, Employment.id)
        .limit(PROOFS_MAX)
    ).all()
    proven: dict[int, list[tuple[str, date, date]]] = {}
    for worker_id, code, started_on, recorded_at in rows:
        recorded_on = clock.local_date(recorded_at)
        proven.setdefault(worker_id, []).append((code, started_on, recorded_on))
    for one in waiting:
        for code, started_on, recorded_on in proven.get(one.worker_id, ()):
            if started_on >= one.completed_on and recorded_on >= one.counts_from:
                yield one.key, Proof(recorded_on, code)
                break
