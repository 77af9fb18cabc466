"""The later check of what a voucher was given on (告知承诺): kept, or broken and taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from sqlalchemy import CursorResult, update

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.people.models import CategoryFact
from marketplace.people.states import CategoryFactState
from marketplace.vouchers.models import Declaration, Voucher
from marketplace.vouchers.operations.lifecycle import revoke_voucher
from marketplace.vouchers.queries.declarations import count_overdue, list_decided
from marketplace.vouchers.queries.person_facts import is_in_force
from marketplace.vouchers.states import DeclarationState, VoucherState

CHECKED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Checked:
    """What a round of checks found."""

    kept: int
    broken: int
    overdue: int
    """Promises nobody has decided about although their day has passed."""


def check_declarations(*, actor_id: int | None, limit: int = CHECKED_AT_ONCE) -> Checked:
    """Close the promises whose category was decided since: confirmed ones are kept, others broken.

    A broken promise takes an unused voucher back (voucher.revoked, committed → available). One
    that is tied to a class stays until the class ends or the person leaves; an officer decides.
    """
    kept = broken = 0
    for declaration, voucher, fact in list_decided(limit=limit):
        promised_on = clock.local_date(declaration.made_at)
        true = fact.state is CategoryFactState.VERIFIED and is_in_force(
            promised_on, fact.valid_from, fact.valid_until
        )
        state = DeclarationState.KEPT if true else DeclarationState.BROKEN
        if not _close(declaration, state):
            continue  # somebody else was faster
        kept, broken = kept + true, broken + (not true)
        _follow_up(voucher, fact, state, actor_id)
    return Checked(kept, broken, count_overdue(on=clock.today()))


def _close(declaration: Declaration, state: DeclarationState) -> bool:
    moved = db.session.execute(
        update(Declaration)
        .where(Declaration.id == declaration.id, Declaration.state == DeclarationState.OPEN)
        .values(state=state, checked_at=clock.now())
    )
    return cast("CursorResult[object]", moved).rowcount == 1


def _follow_up(
    voucher: Voucher, fact: CategoryFact, state: DeclarationState, actor_id: int | None
) -> None:
    kept = state is DeclarationState.KEPT
    record_event(
        "declaration.kept" if kept else "declaration.broken",
        subject_kind="voucher",
        subject_code=voucher.code,
        actor_id=actor_id,
        details={"category": fact.category.value},
    )
    if not kept and voucher.state in (VoucherState.OFFERED, VoucherState.ACTIVE):
        revoke_voucher(voucher.id, reason=f"告知承诺不实 {fact.code}", actor_id=actor_id)
