"""Devices for lessons without network, and presence that they wrote down."""

from __future__ import annotations

from datetime import datetime

from marketplace.audit.operations import record_event
from marketplace.enrollment.models import Enrollment, OfflineDevice
from marketplace.enrollment.offline_files import read_public_key
from marketplace.enrollment.offline_queries import find_device_by_key, lock_device
from marketplace.enrollment.operations.attendance import tell_learner
from marketplace.enrollment.operations.changes import prove_presence
from marketplace.enrollment.queries import find_attendance
from marketplace.enrollment.states import AttendanceMethod, AttendanceState, OfflineOutcome
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.text import tidy


def register_device(
    institution_id: int, *, name: str, public_key: str, actor_id: int
) -> OfflineDevice:
    """Trust a device with sign-ins; its private key never leaves it.

    Refuses what is no Ed25519 key (`offline_key_invalid`) and a key that is known, of whichever
    institution and also of a revoked device (`offline_key_known`).
    """
    key = read_public_key(public_key)
    if key is None:
        raise Refused(Refusal("offline_key_invalid", field="public_key"))
    if find_device_by_key(key):
        raise Refused(Refusal("offline_key_known", field="public_key"))
    device = OfflineDevice(
        code=new_code("OD"),
        institution_id=institution_id,
        name=tidy(name),
        public_key=key,
        registered_by=actor_id,
        registered_at=clock.now(),
    )
    db.session.add(device)
    db.session.flush()
    _record_device("offline.device_registered", device, actor_id)
    return device


def revoke_device(code: str, *, institution_id: int, actor_id: int) -> OfflineDevice:
    """Lost, stolen, sold: nothing of it is taken in any more. Again changes nothing."""
    device = lock_device(code, institution_id)
    if device.revoked_at is None:
        device.revoked_by, device.revoked_at = actor_id, clock.now()
        db.session.flush()
        _record_device("offline.device_revoked", device, actor_id)
    return device


def record_offline_presence(
    enrollment: Enrollment,
    *,
    lesson_id: int,
    method: AttendanceMethod,
    at: datetime,
    device: OfflineDevice,
    actor_id: int,
) -> OfflineOutcome:
    """Write down a presence whose time and code were looked at; the learner is told.

    The learner's own code outweighs an absence entered before; a voucher does not
    (`attendance_recorded`), as in a lesson with network. The caller holds the enrollment.
    """
    earlier = find_attendance(enrollment.id, lesson_id)
    if earlier is not None and earlier.state is AttendanceState.PRESENT:
        return OfflineOutcome.KNOWN
    if earlier is not None and method is AttendanceMethod.OFFLINE_VOUCHER:
        raise Refused(Refusal("attendance_recorded"))
    prove_presence(
        enrollment,
        lesson_id,
        earlier,
        method=method,
        actor_id=actor_id,
        device_key=device.code,
        at_device=at,
    )
    tell_learner("attendance.synced_for_you", enrollment, lesson_id)
    return OfflineOutcome.ACCEPTED


def _record_device(event: str, device: OfflineDevice, actor_id: int) -> None:
    record_event(event, subject_kind="offline_device", subject_code=device.code, actor_id=actor_id)
