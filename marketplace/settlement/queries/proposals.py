"""Advances that the schemes of a class's vouchers make due when it has begun."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Text, cast, func, select

from marketplace.catalog.models import CourseRun
from marketplace.catalog.states import CourseRunState
from marketplace.enrollment.models import Enrollment
from marketplace.foundation.db import db
from marketplace.institutions.models import Institution
from marketplace.institutions.states import InstitutionState
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.redemption.models import Reservation
from marketplace.redemption.queries.reservations import is_standing
from marketplace.retentions.queries.terms import list_steps
from marketplace.settlement.models import Advance
from marketplace.settlement.queries.months import in_subtrees
from marketplace.settlement.queries.receivables import RunToAdvance, list_runs_to_advance
from marketplace.settlement.rules.receivables import (
    AdvanceShare,
    advance_max_fen,
    proposed_advance_fen,
)
from marketplace.vouchers.models import Quote, SchemeVersion

VERSIONS_MAX = 5_000


@dataclass(frozen=True, slots=True)
class AdvanceOffer:
    """A class that can have an advance: the most that is allowed, and what its schemes ask for."""

    run: RunToAdvance
    percent: int
    """The largest share by policy and grade."""
    most_fen: int
    share_fen: int
    """The shares that are due at the start, at most the above; 0: its schemes have none."""

    @property
    def proposed_fen(self) -> int:
        """What is proposed now: the share of a class that has begun."""
        return self.share_fen if self.run.state is CourseRunState.RUNNING else 0


def list_advance_offers(
    paths: Sequence[str], *, percent_of: Callable[[int], int]
) -> list[AdvanceOffer]:
    """Classes of these subtrees that could have an advance, the proposed ones on top.

    `percent_of` says what policy and grade allow an institution.
    """
    runs = list_runs_to_advance(paths)
    percents = {id_: percent_of(id_) for id_ in sorted({run.institution_id for run in runs})}
    shares = list_start_shares([run.course_run_id for run in runs])
    offers = []
    for run in runs:
        percent = percents[run.institution_id]
        most_fen = advance_max_fen(run.expected_fen, percent=percent)
        due = shares.get(run.course_run_id, [])
        share_fen = proposed_advance_fen(due, most_fen=most_fen)
        offers.append(AdvanceOffer(run, percent, most_fen, share_fen))
    return sorted(offers, key=lambda offer: offer.proposed_fen == 0)


def list_start_shares(course_run_ids: Collection[int]) -> Mapping[int, list[AdvanceShare]]:
    """By class: what its vouchers are expected to pay, by the share due at its start."""
    rows = db.session.execute(
        select(Enrollment.course_run_id, Quote.scheme_version_id, func.sum(Reservation.amount_fen))
        .join(Reservation, Reservation.enrollment_id == Enrollment.id)
        .join(Quote, Quote.id == Reservation.quote_id)
        .where(
            Enrollment.course_run_id.in_(course_run_ids),
            is_standing(),
        )
        .group_by(Enrollment.course_run_id, Quote.scheme_version_id)
        .order_by(Enrollment.course_run_id, Quote.scheme_version_id)
        .limit(VERSIONS_MAX)
    ).all()
    steps = list_steps({version_id for _run_id, version_id, _fen in rows})
    found: dict[int, list[AdvanceShare]] = defaultdict(list)
    for run_id, version_id, fen in rows:
        if version_id in steps:
            percent = steps[version_id].milestones.start_percent
            found[run_id].append(AdvanceShare(int(fen), percent))
    return found


def count_advances_due(paths: Sequence[str]) -> int:
    """How many classes of these subtrees have begun and have no advance, though a scheme of their
    vouchers makes a share due at the start.

    Asked on every officer's first page: where no scheme has such a share nothing is counted.
    """
    has_start = cast(SchemeVersion.policy, Text).like('%"start_percent"%')
    versions = db.session.scalars(
        select(SchemeVersion.id)
        .where(has_start)
        .order_by(SchemeVersion.id.desc())
        .limit(VERSIONS_MAX)
    ).all()
    if not versions:
        return 0
    live = select(Advance.id).where(
        Advance.course_run_id == CourseRun.id, Advance.released_at.is_(None)
    )
    counted = (
        select(func.count(CourseRun.id.distinct()))
        .select_from(CourseRun)
        .join(Institution, Institution.id == CourseRun.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .join(Enrollment, Enrollment.course_run_id == CourseRun.id)
        .join(Reservation, Reservation.enrollment_id == Enrollment.id)
        .join(Quote, Quote.id == Reservation.quote_id)
        .where(
            CourseRun.state == CourseRunState.RUNNING,
            Institution.state == InstitutionState.ACCREDITED,
            is_standing(),
            Quote.scheme_version_id.in_(versions),
            ~live.exists(),
            in_subtrees(paths),
        )
    )
    return db.session.scalar(counted) or 0
