"""Reading promises vouchers were given on."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select

from marketplace.foundation.db import db
from marketplace.people.models import CategoryFact
from marketplace.people.states import CategoryFactState
from marketplace.vouchers.models import Declaration, Voucher
from marketplace.vouchers.states import DeclarationState


def list_decided(*, limit: int) -> list[tuple[Declaration, Voucher, CategoryFact]]:
    """Open promises about categories an officer, or the person, has decided since."""
    rows = db.session.execute(
        select(Declaration, Voucher, CategoryFact)
        .join(Voucher, Voucher.id == Declaration.voucher_id)
        .join(CategoryFact, CategoryFact.id == Declaration.category_fact_id)
        .where(
            Declaration.state == DeclarationState.OPEN,
            CategoryFact.state != CategoryFactState.DECLARED,
        )
        .order_by(Declaration.id)
        .limit(limit)
    )
    return [(declaration, voucher, fact) for declaration, voucher, fact in rows]


def count_overdue(*, on: date) -> int:
    """Promises whose day of checking has passed with nobody having decided."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Declaration)
            .where(Declaration.state == DeclarationState.OPEN, Declaration.check_by < on)
        )
        or 0
    )


def find_declaration(voucher_id: int) -> Declaration | None:
    """The promise a voucher was given on, if it was."""
    return db.session.scalar(select(Declaration).where(Declaration.voucher_id == voucher_id))
