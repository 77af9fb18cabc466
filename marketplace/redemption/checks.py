"""Reservations and redemptions against the books (invariants 7, 11, 17, 19, 22, 23)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import and_, case, extract, func, or_, select

from marketplace.catalog.models import Course, CourseRun
from marketplace.catalog.states import CourseRunState
from marketplace.enrollment.models import Enrollment
from marketplace.enrollment.states import ENDED
from marketplace.evidence.models import EvidenceHold
from marketplace.evidence.states import HoldState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.violations import VIOLATIONS_SHOWN_MAX, Check, Violation
from marketplace.funding.models import FundingShare
from marketplace.funds.models import Allotment
from marketplace.institutions.models import Institution
from marketplace.ledger.flow_queries import credits_of_entries, reversed_entries
from marketplace.ledger.queries import get_balances_fen
from marketplace.redemption.models import Redemption, Reservation
from marketplace.redemption.queries.reservations import is_held, is_standing
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.states import VoucherKind, VoucherState

ROWS_AT_ONCE = 5_000
OPEN = (VoucherState.OFFERED, VoucherState.ACTIVE, VoucherState.RESERVED)


def use_stays_within_the_value() -> Iterator[Violation]:
    """7: what is reserved or redeemed of a voucher never exceeds its value."""
    used = func.coalesce(
        func.sum(case((is_standing(), Reservation.amount_fen), else_=0)),
        0,
    )
    rows = db.session.execute(
        select(Voucher.code, Voucher.value_fen, used)
        .join(Reservation, Reservation.voucher_id == Voucher.id)
        .where(Voucher.kind == VoucherKind.FACE_VALUE)
        .group_by(Voucher.id, Voucher.code, Voucher.value_fen)
        .having(used > func.coalesce(Voucher.value_fen, 0))
        .order_by(Voucher.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code, value_fen, used_fen in rows:
        yield Violation("7 voucher value", f"voucher {code}", f"{used_fen} used of {value_fen} fen")


def commitments_are_open_value() -> Iterator[Violation]:
    """11: an allotment's committed balance is the value of its open vouchers, to the fen."""
    expected: dict[str, int] = defaultdict(int)
    open_value = db.session.execute(
        select(Allotment.code, func.sum(Voucher.value_fen))
        .join(Allotment, Allotment.id == Voucher.allotment_id)
        .where(Voucher.kind == VoucherKind.FACE_VALUE, Voucher.state.in_(OPEN), ~Voucher.is_pooled)
        .group_by(Allotment.code)
    )
    held = db.session.execute(
        select(Allotment.code, func.sum(Reservation.amount_fen))
        .join(Voucher, Voucher.id == Reservation.voucher_id)
        .join(Allotment, Allotment.id == Voucher.allotment_id)
        .where(
            Voucher.kind == VoucherKind.ENTITLEMENT,
            is_held(),
            ~Voucher.is_pooled,
        )
        .group_by(Allotment.code)
    )
    for code, value_fen in [*open_value, *held, *_list_open_shares()]:
        expected[code] += int(value_fen or 0)
    balances = get_balances_fen("allotment:committed")
    for code in sorted(set(expected) | set(balances)):
        if expected[code] != balances.get(code, 0):
            yield Violation(
                "11 commitments",
                f"allotment {code}",
                f"{balances.get(code, 0)} committed, open vouchers hold {expected[code]} fen",
            )


def _list_open_shares() -> list[tuple[str, int]]:
    """What allotments have promised together: of open face values, and of held reservations."""
    face = and_(Voucher.kind == VoucherKind.FACE_VALUE, Voucher.state.in_(OPEN))
    held = and_(Voucher.kind == VoucherKind.ENTITLEMENT, is_held())
    rows = db.session.execute(
        select(Allotment.code, func.sum(FundingShare.amount_fen))
        .join(Allotment, Allotment.id == FundingShare.allotment_id)
        .join(Voucher, Voucher.id == FundingShare.voucher_id)
        .outerjoin(Reservation, Reservation.entry_id == FundingShare.entry_id)
        .where(or_(face, held))
        .group_by(Allotment.code)
    )
    return [(code, int(fen)) for code, fen in rows]


def shares_add_up_to_their_commitment() -> Iterator[Violation]:
    """8: what several allotments promise of a voucher is its value, or its reservation's."""
    total = func.coalesce(func.sum(FundingShare.amount_fen), 0)
    face = (
        select(Voucher.code, Voucher.value_fen, total)
        .outerjoin(FundingShare, FundingShare.voucher_id == Voucher.id)
        .where(Voucher.is_pooled, Voucher.kind == VoucherKind.FACE_VALUE)
        .group_by(Voucher.id, Voucher.code, Voucher.value_fen)
        .having(total != Voucher.value_fen)
    )
    chosen = (
        select(Reservation.code, Reservation.amount_fen, total)
        .join(Voucher, Voucher.id == Reservation.voucher_id)
        .outerjoin(FundingShare, FundingShare.entry_id == Reservation.entry_id)
        .where(Voucher.is_pooled, Voucher.kind == VoucherKind.ENTITLEMENT)
        .group_by(Reservation.id, Reservation.code, Reservation.amount_fen)
        .having(total != Reservation.amount_fen)
    )
    for wanted in (face, chosen):
        for code, worth, promised in db.session.execute(wanted.limit(VIOLATIONS_SHOWN_MAX)):
            yield Violation("8 shares", code, f"worth {worth}, promised {promised} fen")


def only_sign_in_vouchers_reserve_nothing() -> Iterator[Violation]:
    """7: a sign-in voucher reserves and pays nothing, without any entry; every other reserves."""
    is_sign_in = Voucher.kind == VoucherKind.SIGN_IN
    has_entry = or_(Reservation.entry_id.is_not(None), Reservation.release_entry_id.is_not(None))
    wrong = or_(
        and_(is_sign_in, or_(Reservation.amount_fen != 0, has_entry)),
        and_(~is_sign_in, Reservation.amount_fen == 0),
    )
    reserved = (
        select(Voucher.code, Voucher.kind, Reservation.amount_fen)
        .join(Reservation, Reservation.voucher_id == Voucher.id)
        .where(wrong)
    )
    redeemed = (
        select(Voucher.code, Voucher.kind, Redemption.amount_fen)
        .join(Redemption, Redemption.voucher_id == Voucher.id)
        .where(is_sign_in)
    )
    for act, wanted in (("reserves", reserved), ("redeemed", redeemed)):
        limited = wanted.order_by(Voucher.code).limit(VIOLATIONS_SHOWN_MAX)
        for code, kind, fen in db.session.execute(limited):
            yield Violation("7 voucher value", f"voucher {code}", f"{kind}, {act} {fen} fen")


def redemptions_are_booked() -> Iterator[Violation]:
    """17: each redemption has its entry, owing its institution its amount, and the reverse."""
    owed = credits_of_entries("payable:institution", entry_kind="voucher.redeemed")
    undone = reversed_entries()
    is_owed = and_(owed.c.holder == Institution.code, owed.c.fen == Redemption.amount_fen)
    is_wrong = or_(owed.c.entry_id.is_(None), ~is_owed)
    half_undone = undone.c.entry_id.is_(None) != Redemption.reversal_entry_id.is_(None)
    rows = db.session.execute(
        select(Redemption.code, is_wrong)
        .join(Institution, Institution.id == Redemption.institution_id)
        .outerjoin(owed, owed.c.entry_id == Redemption.entry_id)
        .outerjoin(undone, undone.c.entry_id == Redemption.entry_id)
        .where(or_(is_wrong, half_undone))
        .order_by(Redemption.id)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code, wrong in rows:
        said = "has no entry of its amount" if wrong else "reversed on one side only"
        yield Violation("17 business cause", f"redemption {code}", said)
    nothing = (
        select(owed.c.entry_id)
        .outerjoin(Redemption, Redemption.entry_id == owed.c.entry_id)
        .where(Redemption.id.is_(None))
    )
    shared = select(Redemption.entry_id).group_by(Redemption.entry_id).having(func.count() > 1)
    for found, said in ((nothing, "owes for no redemption"), (shared, "owes for several")):
        for (entry_id,) in db.session.execute(
            found.order_by("entry_id").limit(VIOLATIONS_SHOWN_MAX)
        ):
            yield Violation("17 business cause", f"entry {entry_id}", said)


def redemptions_are_what_was_earned() -> Iterator[Violation]:
    """7: a redemption is its reserved amount, or the recorded part of it rounded half up; that what
    was not earned went back is proved by 11."""
    part = Redemption.part_percent
    rounded = (Reservation.amount_fen * part * 2 + 100) // 200
    least = case((rounded < 1, 1), else_=rounded)
    rows = db.session.execute(
        select(Redemption.code, Redemption.amount_fen, Reservation.amount_fen, part)
        .join(Reservation, Reservation.id == Redemption.reservation_id)
        .where(
            or_(
                and_(part.is_(None), Redemption.amount_fen != Reservation.amount_fen),
                and_(part.is_not(None), Redemption.amount_fen != least),
            )
        )
        .order_by(Redemption.id)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code, amount_fen, reserved_fen, percent in rows:
        yield Violation(
            "7 part",
            f"redemption {code}",
            f"{amount_fen} fen owed, {percent or 100} percent of {reserved_fen} fen reserved",
        )


def states_agree() -> Iterator[Violation]:
    """19: a reserved voucher has a held reservation, a redeemed one a redemption, no other has."""
    held = and_(Reservation.voucher_id == Voucher.id, is_held())
    counts_held = select(func.count(Reservation.id)).where(held).scalar_subquery()
    counts_redeemed = (
        select(func.count(Redemption.id))
        .where(Redemption.voucher_id == Voucher.id, Redemption.reversal_entry_id.is_(None))
        .scalar_subquery()
    )
    wanted_held = case((Voucher.state == VoucherState.RESERVED, 1), else_=0)
    # A redemption is reversed by an entry; the voucher then leaves `redeemed` or stays spent.
    redeemed = Voucher.state == VoucherState.REDEEMED
    rows = db.session.execute(
        select(Voucher.code, Voucher.state, counts_held, counts_redeemed)
        .where(or_(counts_held != wanted_held, and_(~redeemed, counts_redeemed > 0)))
        .order_by(Voucher.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code, state, reservations, redemptions in rows:
        yield Violation(
            "19 state",
            f"voucher {code}",
            f"{state} with {reservations} held reservations, {redemptions} redemptions",
        )


def one_use_per_occupation_and_year() -> Iterator[Violation]:
    """22: a person is paid for once per occupation, level and year."""
    year = extract("year", Redemption.redeemed_on)
    rows = db.session.execute(
        select(Enrollment.worker_id, Course.occupation_id, Course.level, year, func.count())
        .select_from(Redemption)
        .join(Enrollment, Enrollment.id == Redemption.enrollment_id)
        .join(CourseRun, CourseRun.id == Enrollment.course_run_id)
        .join(Course, Course.id == CourseRun.course_id)
        .where(Redemption.reversal_entry_id.is_(None), Course.occupation_id.is_not(None))
        .group_by(Enrollment.worker_id, Course.occupation_id, Course.level, year)
        .having(func.count() > 1)
        .order_by(Enrollment.worker_id)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for worker_id, occupation_id, level, in_year, count in rows:
        yield Violation(
            "22 one use",
            f"worker #{worker_id}",
            f"{count} redemptions of occupation #{occupation_id} level {level} in {in_year}",
        )


def redemptions_are_by_the_bound_person_and_institution() -> Iterator[Violation]:
    """23: redeemed by the worker it is bound to, where they enrolled, reserved while valid."""
    differ = {
        "other person": Voucher.worker_id.is_distinct_from(Enrollment.worker_id),
        "other institution": Redemption.institution_id.is_distinct_from(CourseRun.institution_id),
        "other enrollment": Reservation.enrollment_id.is_distinct_from(Redemption.enrollment_id),
        "other voucher": Reservation.voucher_id.is_distinct_from(Redemption.voucher_id),
        "other fund": Voucher.allotment_id.is_distinct_from(Redemption.allotment_id),
    }
    rows = db.session.execute(
        select(Redemption.code, *differ.values())
        .join(Voucher, Voucher.id == Redemption.voucher_id)
        .join(Reservation, Reservation.id == Redemption.reservation_id)
        .join(Enrollment, Enrollment.id == Redemption.enrollment_id)
        .join(CourseRun, CourseRun.id == Enrollment.course_run_id)
        .where(or_(*differ.values()))
        .order_by(Redemption.id)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code, *differs in rows:
        for name, wrong in zip(differ, differs, strict=True):
            if wrong:
                yield Violation("23 bound", f"redemption {code}", name)
    yield from _reserved_outside_validity()


def _reserved_outside_validity() -> Iterator[Violation]:
    """By dates of validity, of which there are few: on which local day an instant lies, the
    database does not know."""
    dates = (Voucher.valid_from, Voucher.expires_on)
    reserved = Reservation.reserved_at
    joined = (
        select(*dates, func.min(reserved), func.max(reserved))
        .select_from(Redemption)
        .join(Voucher, Voucher.id == Redemption.voucher_id)
        .join(Reservation, Reservation.id == Redemption.reservation_id)
        .group_by(*dates)
    )
    for valid_from, expires_on, first, last in db.session.execute(joined.order_by(*dates)).all():
        if valid_from <= clock.local_date(first) and clock.local_date(last) <= expires_on:
            continue
        rows = db.session.execute(
            select(Redemption.code, reserved)
            .join(Voucher, Voucher.id == Redemption.voucher_id)
            .join(Reservation, Reservation.id == Redemption.reservation_id)
            .where(Voucher.valid_from == valid_from, Voucher.expires_on == expires_on)
            .order_by(Redemption.id)
            .execution_options(yield_per=ROWS_AT_ONCE)
        )
        for code, reserved_at in rows:
            if not valid_from <= clock.local_date(reserved_at) <= expires_on:
                yield Violation("23 bound", f"redemption {code}", "reserved outside its validity")


def canceled_classes_hold_nobody() -> Iterator[Violation]:
    """19: a canceled class has no learner who still learns and no voucher that is still held."""
    live = Enrollment.state.not_in(ENDED)
    rows = db.session.execute(
        select(CourseRun.code, Enrollment.code)
        .join(Enrollment, Enrollment.course_run_id == CourseRun.id)
        .outerjoin(Reservation, and_(Reservation.enrollment_id == Enrollment.id, is_held()))
        .where(CourseRun.state == CourseRunState.CANCELED, or_(live, Reservation.id.is_not(None)))
        .order_by(CourseRun.id, Enrollment.id)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for run_code, enrollment_code in rows:
        yield Violation("19 state", f"class {run_code}", f"canceled, yet {enrollment_code} is in")


def held_money_stayed() -> Iterator[Violation]:
    """24: nothing was redeemed while a hold on its learner or class was undecided or upheld."""
    stood_then = or_(
        EvidenceHold.decided_at.is_(None), EvidenceHold.decided_at > Redemption.redeemed_at
    )
    rows = db.session.execute(
        select(Redemption.code, EvidenceHold.code)
        .join(Enrollment, Enrollment.id == Redemption.enrollment_id)
        .join(EvidenceHold, EvidenceHold.course_run_id == Enrollment.course_run_id)
        .where(
            or_(EvidenceHold.enrollment_id.is_(None), EvidenceHold.enrollment_id == Enrollment.id),
            EvidenceHold.opened_at < Redemption.redeemed_at,
            or_(stood_then, EvidenceHold.state == HoldState.UPHELD),
        )
        .order_by(Redemption.id, EvidenceHold.id)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for redemption, hold in rows:
        yield Violation("24 evidence", f"redemption {redemption}", f"hold {hold} stood against it")


CHECKS: tuple[Check, ...] = (
    held_money_stayed,
    canceled_classes_hold_nobody,
    use_stays_within_the_value,
    redemptions_are_what_was_earned,
    commitments_are_open_value,
    shares_add_up_to_their_commitment,
    only_sign_in_vouchers_reserve_nothing,
    redemptions_are_booked,
    states_agree,
    one_use_per_occupation_and_year,
    redemptions_are_by_the_bound_person_and_institution,
)
