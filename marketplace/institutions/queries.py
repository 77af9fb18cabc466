"""Reading institutions, staff, accreditation, payee accounts."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from marketplace.foundation.db import db
from marketplace.institutions.models import InstitutionMember


def list_memberships_of_user(user_id: int) -> Sequence[InstitutionMember]:
    """Institutions a login works for now, oldest first."""
    return db.session.scalars(
        select(InstitutionMember)
        .where(InstitutionMember.user_id == user_id, InstitutionMember.left_at.is_(None))
        .order_by(InstitutionMember.id)
        .limit(20)
    ).all()
