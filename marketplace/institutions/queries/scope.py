"""What institutions may teach, and where they stood on which day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    Text,
    bindparam,
    literal,
    null,
    or_,
    select,
    type_coerce,
    union_all,
)

from marketplace.foundation import clock
from marketplace.foundation.db import db, table_of
from marketplace.foundation.direct import Direct, ask, is_among
from marketplace.foundation.errors import NotFound
from marketplace.institutions.models import (
    Accreditation,
    Institution,
    InstitutionStateFact,
)
from marketplace.institutions.rules import AccreditationPeriod, StateChange, state_on
from marketplace.institutions.states import (
    AccreditationState,
    InstitutionState,
)

PERIODS_MAX = 200
"""Of the accreditations of one institution."""


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


def list_periods_in_force(institution_id: int) -> list[AccreditationPeriod]:
    """What the institution may teach today, newest first."""
    asked = {"institution_id": institution_id, "today": clock.today()}
    return [_period(row) for row in ask(_IN_FORCE, asked)]


Periods = dict[int, tuple[AccreditationPeriod, ...]]
Changes = dict[int, tuple[StateChange, ...]]


def list_periods_and_changes_of(institution_ids: Iterable[int]) -> tuple[Periods, Changes]:
    """Accreditations in force or to come and changes of state of several institutions.

    One statement for both: they are read together for every redemption and every quote.
    """
    asked = {"institution_ids": sorted(set(institution_ids))}
    return periods_and_changes(ask(PERIODS_AND_CHANGES, asked))


def periods_and_changes(rows: Iterable[Any]) -> tuple[Periods, Changes]:
    """What `PERIODS_AND_CHANGES` answered, by institution."""
    periods: Periods = {}
    changes: Changes = {}
    for row in rows:
        mine = row.institution_id
        if row.changed_on is None:
            periods[mine] = (*periods.get(mine, ()), _period(row))
        else:
            change = StateChange(row.changed_on, row.previous_state, row.state)
            changes[mine] = (*changes.get(mine, ()), change)
    return periods, changes


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


def _period(row: Any) -> AccreditationPeriod:
    return AccreditationPeriod(
        row.occupation_code, row.level, row.valid_from, row.valid_until, row.site_id
    )


_accreditation, _state_fact = table_of(Accreditation), table_of(InstitutionStateFact)

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
"""Built once, and read without objects, as what follows."""

_TODAY = bindparam("today", type_=Date)
_IN_FORCE = Direct(
    select(*(_accreditation.c[name] for name in AccreditationPeriod.__slots__))
    .where(
        _accreditation.c.institution_id == bindparam("institution_id", type_=BigInteger),
        _accreditation.c.state == AccreditationState.GRANTED,
        _accreditation.c.valid_from <= _TODAY,
        or_(_accreditation.c.valid_until.is_(None), _accreditation.c.valid_until >= _TODAY),
    )
    .order_by(_accreditation.c.valid_from.desc(), _accreditation.c.id.desc())
    .limit(PERIODS_MAX)
)

_PERIODS_AND_CHANGES = union_all(
    select(
        _state_fact.c.institution_id,
        _state_fact.c.id,
        _state_fact.c.effective_on.label("changed_on"),
        _state_fact.c.previous_state,
        _state_fact.c.state,
        *(
            type_coerce(null(), _accreditation.c[name].type).label(name)
            for name in ("occupation_code", "level", "valid_from", "valid_until", "site_id")
        ),
    ).where(is_among(_state_fact.c.institution_id, "institution_ids")),
    select(
        _accreditation.c.institution_id,
        _accreditation.c.id,
        null(),
        null(),
        null(),
        _accreditation.c.occupation_code,
        _accreditation.c.level,
        _accreditation.c.valid_from,
        _accreditation.c.valid_until,
        _accreditation.c.site_id,
    ).where(
        is_among(_accreditation.c.institution_id, "institution_ids"),
        _accreditation.c.state == AccreditationState.GRANTED,
    ),
)
PERIODS_AND_CHANGES = Direct(_PERIODS_AND_CHANGES.order_by("changed_on", "id").limit(25_000))
"""Of `institution_ids`; for `periods_and_changes`."""
