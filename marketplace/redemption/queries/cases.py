"""The facts a redemption is decided on: as few statements for a class as for one voucher.

Written with tables, not objects: this is read for every redemption, and objects cost more than
the database (docs/performance.md).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Date, and_, bindparam, func, literal_column, select

from marketplace.assessments.queries import list_independent_results
from marketplace.catalog.models import Course, CourseRun, Occupation
from marketplace.enrollment.dispute_queries import open_disputes_of
from marketplace.enrollment.models import Completion, Enrollment
from marketplace.enrollment.queries import RUN_SIZE_MAX
from marketplace.evidence.models import EvidenceHold
from marketplace.evidence.queries import list_hold_refusals
from marketplace.evidence.states import HoldState
from marketplace.foundation import clock
from marketplace.foundation.db import dialect_name, table_of
from marketplace.foundation.direct import Direct, ask_together, is_among
from marketplace.foundation.errors import Refusal
from marketplace.foundation.money import Money
from marketplace.funds.models import Allotment
from marketplace.institutions.models import Institution
from marketplace.institutions.queries import PERIODS_AND_CHANGES, periods_and_changes
from marketplace.institutions.rules import (
    AccreditationPeriod,
    ScopeGap,
    StateChange,
    find_scope_gap,
    state_on,
)
from marketplace.redemption.class_rules import ClassStanding, class_standing
from marketplace.redemption.models import Redemption, Reservation
from marketplace.redemption.part_rules import Part, earned_of
from marketplace.redemption.queries.class_facts import (
    get_learners_of_classes,
    list_held_for_class,
)
from marketplace.redemption.queries.leavers import Leaver, leaver_of, list_leavers_evidence
from marketplace.redemption.rules import (
    CompletionEvidence,
    RedemptionFacts,
    part_of,
    redemption_terms,
)
from marketplace.redemption.states import ReservationState
from marketplace.teaching.queries import list_site_names
from marketplace.vouchers.models import Quote, SchemeVersion, Voucher
from marketplace.vouchers.queries.schemes import get_policy_of
from marketplace.vouchers.queries.vouchers import LOCK_VOUCHERS
from marketplace.vouchers.states import VoucherState


@dataclass(frozen=True, slots=True)
class RedemptionCase:
    """A reserved voucher, its class, and everything the decision and the entry need."""

    voucher_id: int
    voucher_code: str
    reservation_id: int
    enrollment_id: int
    institution_id: int
    institution_code: str
    allotment_id: int
    allotment_code: str
    reserved: Money
    amount: Money
    """What is owed: the reserved amount, or the part of it that was earned."""
    part: Part | None
    """Why it is a part, if it is."""
    committed: Money
    is_pooled: bool
    """Several allotments promised the money: `commitment_id` says by which entry."""
    commitment_id: int | None
    """Empty for a face value, which was promised when the voucher was issued."""
    redemptions_before: int
    """Reversed ones: each redemption of a voucher has an entry of its own."""
    facts: RedemptionFacts

    @property
    def records_only(self) -> bool:
        """Sign-in only: nothing was reserved, so nothing is paid."""
        return self.amount.fen == 0


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
    # Of an institution that may not redeem nothing more is asked, so the standing is of who asks.
    rows, standing = ask_together(
        (_CASES, _asked(voucher_ids)), (PERIODS_AND_CHANGES, {"institution_ids": [institution_id]})
    )
    return _cases(rows, _standing(standing), institution_id)


def lock_cases(
    voucher_ids: Collection[int], *, institution_id: int
) -> tuple[dict[int, VoucherState], dict[int, RedemptionCase]]:
    """The states of vouchers, and the cases of those tied to a class, all held until the end of
    the unit of work: vouchers, then enrollments, so that no dispute or decision slips in.

    One round trip; the facts are of after the locks, as each statement sees what was committed
    before it began. On SQLite the one writer holds everything.
    """
    held = {"voucher_ids": list(voucher_ids)}
    locks = [(LOCK_VOUCHERS, held)]
    if dialect_name() == "postgresql":
        locks.append((_LOCK_ENROLLMENTS, held))
    answers = ask_together(
        *locks,
        (_CASES, _asked(voucher_ids)),
        (PERIODS_AND_CHANGES, {"institution_ids": [institution_id]}),
    )
    states = dict(answers[0])
    return states, _cases(answers[-2], _standing(answers[-1]), institution_id)


def _asked(voucher_ids: Collection[int]) -> dict[str, Any]:
    return {"voucher_ids": list(voucher_ids), "today": clock.today()}


def _cases(
    rows: Sequence[Any], standing: Standing, institution_id: int
) -> dict[int, RedemptionCase]:
    held = list_hold_refusals({row.run_id for row in rows if row.holds})
    assessed = _assessed_by_others(rows)
    classes = _classes_of(rows)
    left = list_leavers_evidence(_leaver(row) for row in rows)
    return {
        row.voucher_id: _case(
            row,
            institution_id,
            standing,
            holds=_holds_on(row, held),
            completion=left.get(row.enrollment_id) or _evidence(row),
            is_assessed_by_others=row.enrollment_id in assessed,
            of_class=classes.get(row.voucher_id, (None, False)),
        )
        for row in rows
    }


def _assessed_by_others(rows: Sequence[Any]) -> Collection[int]:
    """Asked for only where a scheme wants it: one statement more for a class."""
    wanted = [
        row.enrollment_id
        for row in rows
        if (setting := get_policy_of(row.version_id, row.content_sha256).independent_assessment)
        and setting.value
    ]
    return list_independent_results(wanted)


def _classes_of(rows: Sequence[Any]) -> dict[int, tuple[ClassStanding | None, bool]]:
    """By voucher whose scheme asks something of the class: where it stands, and whether somebody
    was asked to look at it. Two statements more, only where a scheme asks."""
    asking = {
        row.voucher_id: (row, policy)
        for row in rows
        if (policy := get_policy_of(row.version_id, row.content_sha256)).completion.class_least
    }
    if not asking:
        return {}
    run_ids = {row.run_id for row, _policy in asking.values()}
    learners, held = get_learners_of_classes(run_ids), list_held_for_class(run_ids)
    return {
        voucher_id: (
            class_standing(learners.get(row.run_id, []), policy),
            not held.get(row.run_id, set()).isdisjoint({0, row.enrollment_id}),
        )
        for voucher_id, (row, policy) in asking.items()
    }


def _holds_on(row: Any, held: Mapping[int, Mapping[int, list[Refusal]]]) -> tuple[Refusal, ...]:
    """What stops this redemption: holds on the learner, and on the whole class."""
    of_run = held.get(row.run_id, {})
    return (*of_run.get(row.enrollment_id, ()), *of_run.get(0, ()))


def _standing(rows: Sequence[Any]) -> Standing:
    periods, changes = periods_and_changes(rows)
    sites = {period.site_id for found in periods.values() for period in found if period.site_id}
    names = list_site_names(sites) if sites else {}
    return Standing(periods, changes, names)


_voucher, _reservation, _quote = table_of(Voucher), table_of(Reservation), table_of(Quote)
_version, _allotment, _institution = (
    table_of(SchemeVersion), table_of(Allotment), table_of(Institution)
)  # fmt: skip
_enrollment, _completion = table_of(Enrollment), table_of(Completion)
_hold, _redemption = table_of(EvidenceHold), table_of(Redemption)
_run, _course, _occupation = table_of(CourseRun), table_of(Course), table_of(Occupation)


def _fixed(value: StrEnum | int) -> ColumnElement[Any]:
    """Written into the statement: PostgreSQL plans it once instead of for every redemption.

    It keeps a plan only if that is no dearer than one made for the values at hand, and it knows
    how rare a state is only when it sees it.
    """
    return literal_column(str(value) if isinstance(value, int) else f"'{value}'")


def _asked_for() -> ColumnElement[bool]:
    # That it is not released follows, but SQLite has to read it to use the index.
    return and_(
        is_among(_voucher.c.id, "voucher_ids"),
        _reservation.c.state == _fixed(ReservationState.HELD),
        _reservation.c.state != _fixed(ReservationState.RELEASED),
    )


_TODAY: ColumnElement[Any] = bindparam("today", type_=Date)
_ACCREDITED_ON: ColumnElement[Any] = func.coalesce(_completion.c.completed_on, _TODAY)
_REDEMPTIONS_BEFORE = (
    select(func.count()).where(_redemption.c.voucher_id == _voucher.c.id).scalar_subquery()
)
_HOLDS = (
    select(func.count())
    .where(_hold.c.course_run_id == _run.c.id, _hold.c.state != _fixed(HoldState.CLEARED))
    .scalar_subquery()
)
_IS_QUARANTINED = (func.coalesce(_course.c.quarantine_reason, "") != "") | (
    func.coalesce(_institution.c.quarantine_reason, "") != ""
)
_CASES = Direct(
    select(
        _voucher.c.id.label("voucher_id"),
        _voucher.c.code.label("voucher_code"),
        _voucher.c.state.label("voucher_state"),
        _voucher.c.value_fen,
        _voucher.c.expires_on,
        _voucher.c.allotment_id,
        _voucher.c.is_pooled,
        _reservation.c.entry_id.label("commitment_id"),
        _allotment.c.code.label("allotment_code"),
        _reservation.c.id.label("reservation_id"),
        _reservation.c.amount_fen,
        _enrollment.c.id.label("enrollment_id"),
        _enrollment.c.state.label("enrollment_state"),
        _enrollment.c.exit_reason,
        _enrollment.c.changed_at.label("enrollment_changed_at"),
        _institution.c.id.label("institution_id"),
        _institution.c.code.label("institution_code"),
        _institution.c.state.label("institution_state"),
        _quote.c.currency,
        _version.c.id.label("version_id"),
        _version.c.content_sha256,
        _run.c.id.label("run_id"),
        _run.c.ends_on,
        _run.c.site_id,
        _occupation.c.code.label("occupation_code"),
        _course.c.level,
        _completion.c.completed_on,
        _completion.c.rate_percent,
        _completion.c.assessment,
        _ACCREDITED_ON.label("accredited_on"),
        _IS_QUARANTINED.label("is_quarantined"),
        open_disputes_of(_enrollment.c.id).label("open_disputes"),
        _HOLDS.label("holds"),
        _REDEMPTIONS_BEFORE.label("redemptions_before"),
    )
    .join(_reservation, _reservation.c.voucher_id == _voucher.c.id)
    .join(_quote, _quote.c.id == _reservation.c.quote_id)
    .join(_version, _version.c.id == _quote.c.scheme_version_id)
    .join(_enrollment, _enrollment.c.id == _reservation.c.enrollment_id)
    .join(_institution, _institution.c.id == _reservation.c.institution_id)
    .join(_allotment, _allotment.c.id == _voucher.c.allotment_id)
    .join(_run, _run.c.id == _enrollment.c.course_run_id)
    .join(_course, _course.c.id == _run.c.course_id)
    .outerjoin(_occupation, _occupation.c.id == _course.c.occupation_id)
    .outerjoin(_completion, _completion.c.enrollment_id == _enrollment.c.id)
    .where(_asked_for())
    .order_by(_voucher.c.id)
    .limit(_fixed(RUN_SIZE_MAX))
)
_LOCK_ENROLLMENTS = Direct(
    select(_enrollment.c.id)
    .join(_reservation, _reservation.c.enrollment_id == _enrollment.c.id)
    .join(_voucher, _voucher.c.id == _reservation.c.voucher_id)
    .where(_asked_for())
    .order_by(_enrollment.c.id)
    .with_for_update(of=_enrollment)
)


def _case(
    row: Any,
    institution_id: int,
    standing: Standing,
    *,
    holds: tuple[Refusal, ...],
    completion: CompletionEvidence | None,
    is_assessed_by_others: bool,
    of_class: tuple[ClassStanding | None, bool],
) -> RedemptionCase:
    changes = standing.changes.get(row.institution_id, ())
    # Of a leaver the day they left; else as the statement says, today before the end of training.
    accredited_on = completion.completed_on if completion else row.accredited_on
    facts = RedemptionFacts(
        voucher_state=row.voucher_state,
        is_held=True,
        is_right_institution=row.institution_id == institution_id,
        institution_state=state_on(changes, row.institution_state, clock.today()),
        accredited_on=accredited_on,
        scope_gap=_scope_gap(row, standing, accredited_on),
        state_then=state_on(changes, row.institution_state, accredited_on),
        course_is_quarantined=bool(row.is_quarantined),
        completion=completion,
        open_disputes=row.open_disputes,
        terms=redemption_terms(
            get_policy_of(row.version_id, row.content_sha256),
            expires_on=row.expires_on,
            run_ends_on=row.ends_on,
        ),
        holds=holds,
        is_assessed_by_others=is_assessed_by_others,
        standing=of_class[0],
        class_was_held=of_class[1],
    )
    return _case_of(row, facts)


def _case_of(row: Any, facts: RedemptionFacts) -> RedemptionCase:
    """With the money: what was committed, what of it was reserved, what of that is owed."""
    committed_fen = row.amount_fen if row.value_fen is None else row.value_fen
    reserved, part = Money(row.amount_fen, row.currency), part_of(facts.completion, facts.terms)
    return RedemptionCase(
        voucher_id=row.voucher_id,
        voucher_code=row.voucher_code,
        reservation_id=row.reservation_id,
        enrollment_id=row.enrollment_id,
        institution_id=row.institution_id,
        institution_code=row.institution_code,
        allotment_id=row.allotment_id,
        allotment_code=row.allotment_code,
        reserved=reserved,
        amount=earned_of(reserved, part),
        part=part,
        committed=Money(committed_fen, row.currency),
        is_pooled=row.is_pooled,
        commitment_id=row.commitment_id,
        redemptions_before=row.redemptions_before,
        facts=facts,
    )


def _scope_gap(row: Any, standing: Standing, on: date) -> ScopeGap | None:
    """What of the class the accreditation did not cover on the day that counts."""
    return find_scope_gap(
        standing.periods.get(row.institution_id, ()),
        occupation_code=row.occupation_code,
        level=row.level,
        first_on=on,
        last_on=on,
        site_id=row.site_id,
        site_names=standing.site_names,
    )


def _leaver(row: Any) -> Leaver | None:
    return leaver_of(
        row.enrollment_id,
        row.run_id,
        row.enrollment_state,
        row.exit_reason,
        row.enrollment_changed_at,
    )


def _evidence(row: Any) -> CompletionEvidence | None:
    if row.completed_on is None:
        return None
    return CompletionEvidence(row.completed_on, row.rate_percent, row.assessment)
