"""Reading institutions, staff, accreditation, payee accounts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Text,
    bindparam,
    false,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.sql import Select

from marketplace.foundation import clock
from marketplace.foundation.db import db, table_of
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.foundation.text import tidy
from marketplace.institutions.models import (
    Accreditation,
    Institution,
    InstitutionMember,
    InstitutionStateFact,
    PayoutAccount,
)
from marketplace.institutions.rules import AccreditationPeriod, StateChange, state_on
from marketplace.institutions.states import (
    AccreditationState,
    InstitutionState,
    MemberRole,
    PayoutAccountState,
)
from marketplace.jurisdictions.models import Jurisdiction


@dataclass(frozen=True, slots=True)
class InstitutionCard:
    """An institution in a list."""

    code: str
    name: str
    state: InstitutionState
    place: str | None


@dataclass(frozen=True, slots=True)
class PayoutAccountItem:
    """A payee account waiting for the second signature, with the institution it is for."""

    payout_account: PayoutAccount
    institution_code: str
    institution_name: str


def get_institution(institution_id: int) -> Institution:
    """One institution, or 404."""
    institution = db.session.get(Institution, institution_id)
    if institution is None:
        raise NotFound("institution")
    return institution


def lock_institution(institution_id: int) -> Institution:
    """One institution, held until the unit of work ends, as it is now."""
    institution = db.session.scalar(
        select(Institution)
        .where(Institution.id == institution_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if institution is None:
        raise NotFound("institution")
    return institution


def find_institution_by_code(code: str) -> Institution | None:
    """By its public code."""
    return db.session.scalar(select(Institution).where(Institution.code == code))


def find_public_institution(code: str) -> Institution | None:
    """One institution the public may know: it was accredited once, and nothing is held back."""
    return db.session.scalar(
        select(Institution).where(
            Institution.code == code,
            Institution.state != InstitutionState.APPLIED,
            Institution.quarantine_reason.is_(None),
        )
    )


def find_institution_by_uscc(uscc: str) -> Institution | None:
    """By its unified social credit code."""
    return db.session.scalar(select(Institution).where(Institution.uscc == uscc))


def find_institution_by_source(source: str, source_key: str) -> Institution | None:
    """By the id its source knows it by."""
    return db.session.scalar(
        select(Institution).where(
            Institution.source == source, Institution.source_key == source_key
        )
    )


def list_institution_names(institution_ids: Iterable[int]) -> dict[int, str]:
    """Names by id, for lists that show whose something is."""
    ids = sorted(set(institution_ids))
    rows = db.session.execute(
        select(Institution.id, Institution.name)
        .where(Institution.id.in_(ids))
        .order_by(Institution.id)
        .limit(len(ids))
    )
    return {row.id: row.name for row in rows}


def list_public_institutions(name_part: str, page: PageRequest) -> Page[InstitutionCard]:
    """Accredited, not quarantined institutions whose name or city contains the words."""
    wanted = _cards().where(
        Institution.state == InstitutionState.ACCREDITED, Institution.quarantine_reason.is_(None)
    )
    for word in tidy(name_part).split()[:8]:
        wanted = wanted.where(
            or_(
                Institution.name.icontains(word, autoescape=True),
                Institution.city.icontains(word, autoescape=True),
            )
        )
    return _page_of_cards(wanted, page)


def is_accredited(
    institution_id: int, *, occupation_code: str | None, level: int | None, on: date
) -> bool:
    """Whether the institution may teach an occupation at a level on a day."""
    in_standing = select(Institution.id).where(
        Institution.id == institution_id,
        Institution.state == InstitutionState.ACCREDITED,
        granted_on(
            institution_id=literal(institution_id),
            occupation_code=literal(occupation_code, Text),
            level=literal(level, Integer),
            day=literal(on),
        ),
    )
    return db.session.scalar(in_standing) is not None


def granted_on(
    *,
    institution_id: ColumnElement[int],
    occupation_code: ColumnElement[str | None],
    level: ColumnElement[int | None],
    day: ColumnElement[date],
) -> ColumnElement[bool]:
    """In a query over many: an accreditation for an occupation and level is in force on a day."""
    granted = table_of(Accreditation).alias("granted")
    return (
        select(granted.c.id)
        .where(
            granted.c.institution_id == institution_id,
            granted.c.state == AccreditationState.GRANTED,
            or_(granted.c.occupation_code.is_(None), granted.c.occupation_code == occupation_code),
            or_(granted.c.level.is_(None), granted.c.level == level),
            granted.c.valid_from <= day,
            or_(granted.c.valid_until.is_(None), granted.c.valid_until >= day),
        )
        .exists()
    )


def list_accreditations(institution_id: int) -> Sequence[Accreditation]:
    """What the institution may or might teach, newest first."""
    return db.session.scalars(
        select(Accreditation)
        .where(Accreditation.institution_id == institution_id)
        .order_by(Accreditation.valid_from.desc(), Accreditation.id.desc())
        .limit(200)
    ).all()


def list_accreditations_in_force(institution_id: int) -> list[Accreditation]:
    """What the institution may teach today, newest first."""
    today = clock.today()
    return [
        row
        for row in list_accreditations(institution_id)
        if row.state == AccreditationState.GRANTED
        and row.valid_from <= today
        and (row.valid_until is None or row.valid_until >= today)
    ]


def list_granted_periods(institution_id: int) -> tuple[AccreditationPeriod, ...]:
    """Accreditations in force or to come, as the rules read them."""
    return tuple(
        _period(row)
        for row in list_accreditations(institution_id)
        if row.state == AccreditationState.GRANTED
    )


def list_granted_periods_of(
    institution_ids: Iterable[int],
) -> dict[int, tuple[AccreditationPeriod, ...]]:
    """Accreditations in force or to come of several institutions, in one query."""
    asked = {"institution_ids": sorted(set(institution_ids))}
    rows = db.session.execute(_GRANTED_PERIODS, asked)
    found: dict[int, tuple[AccreditationPeriod, ...]] = {}
    for row in rows:
        found[row.institution_id] = (*found.get(row.institution_id, ()), _period(row))
    return found


def list_state_facts(institution_id: int) -> Sequence[InstitutionStateFact]:
    """Every decision on where an institution stands, in the order of their days."""
    return db.session.scalars(
        select(InstitutionStateFact)
        .where(InstitutionStateFact.institution_id == institution_id)
        .order_by(InstitutionStateFact.effective_on, InstitutionStateFact.id)
        .limit(1_000)
    ).all()


def list_state_changes_of(institution_ids: Iterable[int]) -> dict[int, tuple[StateChange, ...]]:
    """The same for several institutions in one query, as the rules read them."""
    asked = {"institution_ids": sorted(set(institution_ids))}
    rows = db.session.execute(_STATE_CHANGES, asked)
    found: dict[int, tuple[StateChange, ...]] = {}
    for row in rows:
        change = StateChange(row.effective_on, row.previous_state, row.state)
        found[row.institution_id] = (*found.get(row.institution_id, ()), change)
    return found


def get_state_on(institution: Institution, on: date) -> InstitutionState:
    """Where an institution stood, stands or, as far as decided, will stand on a day."""
    changes = list_state_changes_of([institution.id]).get(institution.id, ())
    return state_on(changes, institution.state, on)


def get_accreditation(accreditation_id: int) -> Accreditation:
    """One accreditation, or 404."""
    accreditation = db.session.get(Accreditation, accreditation_id)
    if accreditation is None:
        raise NotFound("accreditation")
    return accreditation


def list_memberships_of_user(user_id: int) -> Sequence[InstitutionMember]:
    """Institutions a login works for now, oldest first."""
    return db.session.scalars(
        select(InstitutionMember)
        .where(InstitutionMember.user_id == user_id, InstitutionMember.left_at.is_(None))
        .order_by(InstitutionMember.id)
        .limit(20)
    ).all()


def list_members(institution_id: int) -> Sequence[InstitutionMember]:
    """Who works for an institution now, oldest first."""
    return db.session.scalars(
        select(InstitutionMember)
        .where(
            InstitutionMember.institution_id == institution_id,
            InstitutionMember.left_at.is_(None),
        )
        .order_by(InstitutionMember.id)
        .limit(500)
    ).all()


def list_manager_ids(institution_id: int) -> list[int]:
    """The logins that sign for an institution."""
    members = list_members(institution_id)
    return [member.user_id for member in members if member.role == MemberRole.MANAGER]


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


def find_institution_in(code: str, paths: Sequence[str]) -> Institution | None:
    """An institution by its code, if it is in these jurisdictions."""
    return db.session.scalar(
        select(Institution)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .where(Institution.code == code, in_subtrees(paths))
    )


def list_institutions_in(
    paths: Sequence[str], name_part: str, page: PageRequest
) -> Page[InstitutionCard]:
    """Institutions of these jurisdictions in any state, by name."""
    wanted = _cards().where(in_subtrees(paths))
    for word in tidy(name_part).split()[:8]:
        wanted = wanted.where(Institution.name.icontains(word, autoescape=True))
    return _page_of_cards(wanted, page)


def in_subtrees(paths: Sequence[str]) -> ColumnElement[bool]:
    """Rows whose joined jurisdiction lies in one of the subtrees; '' is the whole deployment."""
    if "" in paths:
        return true()
    return or_(false(), *(Jurisdiction.path.startswith(path, autoescape=True) for path in paths))


def _period(row: Any) -> AccreditationPeriod:
    return AccreditationPeriod(
        row.occupation_code, row.level, row.valid_from, row.valid_until, row.site_id
    )


def _cards() -> Select[*tuple[Any, ...]]:
    place = func.coalesce(Institution.city, Jurisdiction.name)
    return select(Institution.code, Institution.name, Institution.state, place).outerjoin(
        Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id
    )


def _page_of_cards(wanted: Select[*tuple[Any, ...]], page: PageRequest) -> Page[InstitutionCard]:
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = db.session.execute(
        wanted.order_by(Institution.name, Institution.id).offset(page.offset).limit(page.limit)
    )
    return Page([InstitutionCard(*row) for row in rows], total, page.number, page.limit)


_accreditation, _state_fact = table_of(Accreditation), table_of(InstitutionStateFact)
_GRANTED_PERIODS = (
    select(
        _accreditation.c.institution_id,
        _accreditation.c.occupation_code,
        _accreditation.c.level,
        _accreditation.c.valid_from,
        _accreditation.c.valid_until,
        _accreditation.c.site_id,
    )
    .where(
        _accreditation.c.institution_id.in_(bindparam("institution_ids", expanding=True)),
        _accreditation.c.state == AccreditationState.GRANTED,
    )
    .order_by(_accreditation.c.institution_id, _accreditation.c.id)
    .limit(5_000)
)
_STATE_CHANGES = (
    select(
        _state_fact.c.institution_id,
        _state_fact.c.effective_on,
        _state_fact.c.previous_state,
        _state_fact.c.state,
    )
    .where(_state_fact.c.institution_id.in_(bindparam("institution_ids", expanding=True)))
    .order_by(_state_fact.c.effective_on, _state_fact.c.id)
    .limit(20_000)
)
"""Read for every redemption and every quote: built once, and without objects."""
