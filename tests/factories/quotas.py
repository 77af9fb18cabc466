"""An enterprise quota of face-value vouchers with its two officers. Use in write_transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from marketplace.employers.models import Employer, EmployerMember
from marketplace.employers.operations.employers import record_employer
from marketplace.foundation.db import db
from marketplace.funds.models import Allotment
from marketplace.jurisdictions.queries import get_jurisdiction
from marketplace.people.models import User, Worker
from marketplace.quotas.operations.granting import propose_quota, sign_step
from marketplace.quotas.operations.naming import NamedPerson
from marketplace.quotas.rules import QuotaSize
from marketplace.vouchers.models import EnterpriseQuota, Scheme, SchemeVersion, Voucher
from marketplace.vouchers.states import QuotaState
from tests.factories.employers import make_employer
from tests.factories.people import make_officer
from tests.factories.rows import make_row
from tests.factories.vouchers import face_value_pack, make_scheme, rule

FACE = 50_000
USCC = "91990101MA0000000U"
LAST_DAY = date(2026, 12, 20)
QUOTA_RULE = {"per_employer_year": 10, "name_within_days": 365, "proofs": ["verified_category"]}


def quota_pack(**changes: Any) -> dict[str, Any]:
    """A scheme that is given out by enterprise quota."""
    limits = {"enterprise_quota": rule(QUOTA_RULE)}
    return face_value_pack(FACE, **{"ways_out": ["quota"], "limits": limits, **changes})


@dataclass
class QuotaWorld:
    """A scheme with money, an employer, a maker and a checker of the city."""

    scheme: Scheme
    allotment: Allotment
    employer: Employer
    maker: User
    checker: User

    def propose(self, places: int = 2, **wanted: Any) -> EnterpriseQuota:
        """First signature."""
        values: dict[str, Any] = {
            "scheme_id": self.scheme.id,
            "allotment_id": self.allotment.id,
            "size": QuotaSize(places=places),
            "ends_on": LAST_DAY,
            "reason": "稳岗培训",
            "actor_id": self.maker.id,
            **wanted,
        }
        return propose_quota(self.employer.id, **values)

    def grant(self, places: int = 2, **wanted: Any) -> EnterpriseQuota:
        """Both signatures."""
        quota = self.propose(places, **wanted)
        return sign_step(quota.id, actor_id=self.checker.id)


def make_quota_world(pack: dict[str, Any] | None = None) -> QuotaWorld:
    """Everything a quota needs but people."""
    scheme = make_scheme(pack or quota_pack())
    allotment = db.session.scalars(select(Allotment)).one()
    place = get_jurisdiction(allotment.jurisdiction_id)
    maker, checker = make_officer(place), make_officer(place)
    employer = record_employer(uscc=USCC, name="鹤翔家政服务有限公司", actor_id=maker.id)
    return QuotaWorld(scheme, allotment, employer, maker, checker)


def named(*workers: Worker) -> list[NamedPerson]:
    """Workers as an employer's list names them."""
    return [NamedPerson(worker.code, worker.name) for worker in workers]


def make_quota_objects(
    scheme_code: str, officer_id: int, *, staff_id: int, rival_id: int
) -> dict[str, str]:
    """A quota in force of an employer, who acts for it, and who acts for another employer."""
    version = db.session.scalars(
        select(SchemeVersion)
        .join(Scheme, Scheme.id == SchemeVersion.scheme_id)
        .where(Scheme.code == scheme_code)
    ).first()
    voucher = db.session.scalars(select(Voucher).limit(1)).one()
    assert version is not None
    employer = make_employer("矩阵制造有限公司")
    quota = make_row(
        EnterpriseQuota,
        employer_id=employer.id,
        scheme_version_id=version.id,
        allotment_id=voucher.allotment_id,
        state=QuotaState.IN_FORCE,
        places=3,
        used=0,
        ends_on=LAST_DAY,
        created_by=officer_id,
    )
    member = make_row(EmployerMember, employer_id=employer.id, user_id=staff_id)
    make_row(EmployerMember, employer_id=make_employer().id, user_id=rival_id)
    return {"quota": quota.code, "employer member": str(member.id)}
