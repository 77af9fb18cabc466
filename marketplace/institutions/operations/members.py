"""Who works for an institution."""

from __future__ import annotations

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.institutions.models import InstitutionMember
from marketplace.institutions.queries import list_manager_ids, list_members, lock_institution
from marketplace.institutions.states import MemberRole


def add_member(
    institution_id: int, *, user_id: int, role: MemberRole | str, actor_id: int | None
) -> InstitutionMember:
    """Let a login act for an institution. Refuses one that does so already in another role."""
    institution = lock_institution(institution_id)
    role = MemberRole(role)
    for member in list_members(institution_id):
        if member.user_id == user_id:
            if member.role == role:
                return member
            raise Refused(Refusal("already_member", field="login"))

    member = InstitutionMember(
        institution_id=institution_id, user_id=user_id, role=role, joined_at=clock.now()
    )
    db.session.add(member)
    db.session.flush()
    _record("institution.member_added", institution.code, user_id, role, actor_id)
    return member


def remove_member(institution_id: int, *, user_id: int, actor_id: int | None) -> None:
    """End a login's membership. Refuses the last manager's."""
    institution = lock_institution(institution_id)
    member = next((m for m in list_members(institution_id) if m.user_id == user_id), None)
    if member is None:
        raise NotFound("institution_member")
    if list_manager_ids(institution_id) == [user_id]:
        raise Refused(Refusal("last_manager"))
    member.left_at = clock.now()
    db.session.flush()
    _record("institution.member_removed", institution.code, user_id, member.role, actor_id)


def _record(
    event: str, institution_code: str, user_id: int, role: MemberRole, actor_id: int | None
) -> None:
    record_event(
        event,
        subject_kind="institution",
        subject_code=institution_code,
        actor_id=actor_id,
        details={"user_id": user_id, "role": str(role)},
    )
