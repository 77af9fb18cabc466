"""The smallest valid institution, accredited institution, staff and payee account."""

from __future__ import annotations

from datetime import date
from itertools import count

from stdnum.cn import uscc as uscc_number

from marketplace.foundation.db import db
from marketplace.institutions.models import Institution, PayoutAccount
from marketplace.institutions.operations.accreditation import accredit_institution
from marketplace.institutions.operations.members import add_member
from marketplace.institutions.operations.payout_accounts import (
    propose_payout_account,
    verify_payout_account,
)
from marketplace.institutions.operations.registration import register_institution
from marketplace.institutions.states import InstitutionState
from marketplace.people.models import User
from tests.factories.people import make_user

_numbers = count(1)
ACCREDITED_FROM = date(2020, 1, 1)


def make_uscc(number: int | None = None) -> str:
    """A well-formed unified social credit code of an unassigned area."""
    body = f"91990101{(number or next(_numbers)):08d}"
    body = body[:17].ljust(17, "0")
    return body + uscc_number.calc_check_digit(body + "0")


def make_institution(name: str | None = None, *, jurisdiction_id: int | None = None) -> Institution:
    """A registered institution that may not teach yet."""
    number = next(_numbers)
    return register_institution(
        name=name or f"东湖职业培训学校{number}",
        uscc=make_uscc(number),
        jurisdiction_id=jurisdiction_id,
        actor_id=None,
    )


def make_accredited_institution(
    name: str | None = None,
    *,
    jurisdiction_id: int | None = None,
    occupation_code: str | None = None,
    level: int | None = None,
    valid_until: date | None = None,
) -> Institution:
    """An institution that may teach (anything, unless an occupation or level is given)."""
    institution = make_institution(name, jurisdiction_id=jurisdiction_id)
    accredit_institution(
        institution.id,
        occupation_code=occupation_code,
        level=level,
        valid_from=ACCREDITED_FROM,
        valid_until=valid_until,
        clause=None,
        actor_id=None,
    )
    assert institution.state == InstitutionState.ACCREDITED
    db.session.flush()
    return institution


def make_payout_account(
    institution: Institution, *, proposed_by: int, verified_by: int
) -> PayoutAccount:
    """A payee account with both signatures."""
    proposed = propose_payout_account(
        institution.id,
        holder=institution.name,
        number=f"4200{next(_numbers):012d}",
        bank_name="中国工商银行长春分行",
        bank_code="102241000015",
        actor_id=proposed_by,
    )
    return verify_payout_account(proposed.id, actor_id=verified_by)


def make_staff(institution: Institution, role: str = "manager") -> User:
    """A login that works for an institution."""
    user = make_user()
    add_member(institution.id, user_id=user.id, role=role, actor_id=None)
    return user
