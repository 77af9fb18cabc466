"""The facts a redemption is decided on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Row, select

from marketplace.catalog.queries.course_runs import CourseRunFacts, list_course_run_facts
from marketplace.enrollment.models import Completion, Enrollment
from marketplace.enrollment.queries import RUN_SIZE_MAX, count_open_disputes
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.money import Money
from marketplace.funds.models import Allotment
from marketplace.institutions.models import Institution
from marketplace.institutions.queries import list_granted_periods_of, list_state_changes_of
from marketplace.institutions.rules import (
    AccreditationPeriod,
    StateChange,
    find_scope_gap,
    state_on,
)
from marketplace.redemption.models import Reservation
from marketplace.redemption.rules import CompletionEvidence, RedemptionFacts, redemption_terms
from marketplace.redemption.states import ReservationState
from marketplace.teaching.queries import list_site_names
from marketplace.vouchers.models import Quote, SchemeVersion, Voucher
from marketplace.vouchers.rules.policy import policy_from_pack

CaseRow = Row[Voucher, Reservation, Quote, SchemeVersion, Enrollment, Completion, Institution, str]


@dataclass(frozen=True, slots=True)
class RedemptionCase:
    """A reserved voucher, its class, and everything the decision and the entry need."""

    voucher_id: int
    voucher_code: str
    reservation: Reservation
    enrollment_id: int
    institution_id: int
    institution_code: str
    allotment_id: int
    allotment_code: str
    amount: Money
    committed: Money
    facts: RedemptionFacts


@dataclass(frozen=True, slots=True)
class Standing:
    """What institutions may teach and where they stood, by institution."""

    periods: Mapping[int, tuple[AccreditationPeriod, ...]]
    changes: Mapping[int, tuple[StateChange, ...]]
    site_names: Mapping[int, str]


def get_redemption_case(voucher_id: int, *, institution_id: int) -> RedemptionCase | None:
    """The case of one voucher; none when it is tied to no class."""
    return list_redemption_cases([voucher_id], institution_id=institution_id).get(voucher_id)


def list_redemption_cases(
    voucher_ids: Collection[int], *, institution_id: int
) -> dict[int, RedemptionCase]:
    """The cases of reserved vouchers, by voucher, as this institution would redeem them."""
    rows = db.session.execute(
        select(
            Voucher, Reservation, Quote, SchemeVersion, Enrollment, Completion, Institution,
            Allotment.code,
        )
        .join(Reservation, Reservation.voucher_id == Voucher.id)
        .join(Quote, Quote.id == Reservation.quote_id)
        .join(SchemeVersion, SchemeVersion.id == Quote.scheme_version_id)
        .join(Enrollment, Enrollment.id == Reservation.enrollment_id)
        .join(Institution, Institution.id == Reservation.institution_id)
        .join(Allotment, Allotment.id == Voucher.allotment_id)
        .outerjoin(Completion, Completion.enrollment_id == Enrollment.id)
        .where(Voucher.id.in_(voucher_ids), Reservation.state == ReservationState.HELD)
        .order_by(Voucher.id)
        .limit(RUN_SIZE_MAX)
    ).all()  # fmt: skip
    runs = list_course_run_facts([row[4].course_run_id for row in rows])
    disputes = count_open_disputes([row[4].id for row in rows])
    standing = _standing_of({run.institution_id for run in runs.values()})
    return {
        row[0].id: _case(row, runs[row[4].course_run_id], disputes, institution_id, standing)
        for row in rows
    }


def _standing_of(institution_ids: Collection[int]) -> Standing:
    periods = list_granted_periods_of(institution_ids)
    sites = [period.site_id for found in periods.values() for period in found]
    return Standing(periods, list_state_changes_of(institution_ids), list_site_names(sites))


def _case(
    row: CaseRow,
    run: CourseRunFacts,
    disputes: dict[int, int],
    institution_id: int,
    standing: Standing,
) -> RedemptionCase:
    voucher, reservation, quote, version, enrollment, completion, institution, code = row
    accredited_on = completion.completed_on if completion else clock.today()
    periods = standing.periods.get(institution.id, ())
    changes = standing.changes.get(institution.id, ())
    facts = RedemptionFacts(
        voucher_state=voucher.state,
        is_held=True,
        is_right_institution=reservation.institution_id == institution_id,
        institution_state=state_on(changes, institution.state, clock.today()),
        accredited_on=accredited_on,
        scope_gap=find_scope_gap(
            periods,
            occupation_code=run.occupation_code,
            level=run.level,
            first_on=accredited_on,
            last_on=accredited_on,
            site_id=run.site_id,
            site_names=standing.site_names,
        ),
        state_then=state_on(changes, institution.state, accredited_on),
        course_is_quarantined=run.quarantined,
        completion=_evidence(completion),
        open_disputes=disputes.get(enrollment.id, 0),
        terms=redemption_terms(
            policy_from_pack(version.policy, version=version.number),
            expires_on=voucher.expires_on,
            run_ends_on=run.ends_on,
        ),
    )
    committed_fen = reservation.amount_fen if voucher.value_fen is None else voucher.value_fen
    return RedemptionCase(
        voucher_id=voucher.id,
        voucher_code=voucher.code,
        reservation=reservation,
        enrollment_id=enrollment.id,
        institution_id=institution.id,
        institution_code=institution.code,
        allotment_id=voucher.allotment_id,
        allotment_code=code,
        amount=Money(reservation.amount_fen, quote.currency),
        committed=Money(committed_fen, quote.currency),
        facts=facts,
    )


def _evidence(completion: Completion | None) -> CompletionEvidence | None:
    if completion is None:
        return None
    return CompletionEvidence(
        completion.completed_on, completion.rate_percent, completion.assessment
    )
