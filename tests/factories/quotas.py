"""An enterprise quota of face-value vouchers with its two officers. Use in write_transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from marketplace.employers.models import Employer
from marketplace.employers.operations.employers import record_employer
from marketplace.foundation.db import db
from marketplace.funds.models import Allotment
from marketplace.jurisdictions.queries import get_jurisdiction
from marketplace.people.models import User, Worker
from marketplace.quotas.operations.granting import propose_quota, sign_step
from marketplace.quotas.operations.naming import NamedPerson
from marketplace.quotas.rules import QuotaSize
from marketplace.vouchers.models import EnterpriseQuota, Scheme
from tests.factories.people import make_officer
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
