"""Reading payee accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    func,
    select,
)

from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.institutions.models import (
    Institution,
    PayoutAccount,
)
from marketplace.institutions.queries.institutions import in_subtrees
from marketplace.institutions.states import (
    PayoutAccountState,
)
from marketplace.jurisdictions.models import Jurisdiction


@dataclass(frozen=True, slots=True)
class PayoutAccountItem:
    """A payee account waiting for the second signature, with the institution it is for."""

    payout_account: PayoutAccount
    institution_code: str
    institution_name: str


def find_verified_payout_account(institution_id: int) -> PayoutAccount | None:
    """Where the institution is paid; nothing goes there before its `payable_from`."""
    return db.session.scalar(
        select(PayoutAccount).where(
            PayoutAccount.institution_id == institution_id,
            PayoutAccount.state == PayoutAccountState.VERIFIED,
        )
    )


def find_proposed_payout_account(institution_id: int) -> PayoutAccount | None:
    """The payee account waiting for the second signature."""
    return db.session.scalar(
        select(PayoutAccount)
        .where(
            PayoutAccount.institution_id == institution_id,
            PayoutAccount.state == PayoutAccountState.PROPOSED,
        )
        .order_by(PayoutAccount.id.desc())
        .limit(1)
    )


def lock_payout_account(payout_account_id: int) -> PayoutAccount:
    """One payee account, held until the unit of work ends, as it is now."""
    payout_account = db.session.scalar(
        select(PayoutAccount)
        .where(PayoutAccount.id == payout_account_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if payout_account is None:
        raise NotFound("payout_account")
    return payout_account


def list_proposed_payout_accounts(
    paths: Sequence[str], page: PageRequest
) -> Page[PayoutAccountItem]:
    """Payee accounts waiting for an officer of these jurisdictions, oldest first."""
    wanted = (
        select(PayoutAccount, Institution.code, Institution.name)
        .join(Institution, Institution.id == PayoutAccount.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .where(PayoutAccount.state == PayoutAccountState.PROPOSED, in_subtrees(paths))
    )
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = db.session.execute(
        wanted.order_by(PayoutAccount.id).offset(page.offset).limit(page.limit)
    )
    items = [PayoutAccountItem(*row) for row in rows]
    return Page(items, total, page.number, page.limit)


def find_payout_account_in(code: str, paths: Sequence[str]) -> PayoutAccountItem | None:
    """A payee account by its code, if its institution is in these jurisdictions."""
    row = db.session.execute(
        select(PayoutAccount, Institution.code, Institution.name)
        .join(Institution, Institution.id == PayoutAccount.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .where(PayoutAccount.code == code, in_subtrees(paths))
    ).one_or_none()
    return PayoutAccountItem(*row) if row else None
