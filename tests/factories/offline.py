"""Devices without network and their files. Use in write_transaction."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from marketplace.catalog.models import CourseRun
from marketplace.catalog.queries.course_runs import list_lessons
from marketplace.enrollment.models import OfflineBundle, OfflineDevice, OfflineUpload
from marketplace.enrollment.offline_files import (
    FILE_FORMAT,
    OfflineRecord,
    chain_of,
    instant_text,
)
from marketplace.enrollment.operations.offline import register_device
from tests.factories.rows import make_row


def make_device(
    institution_id: int, actor_id: int, *, name: str = "下乡笔记本"
) -> tuple[OfflineDevice, Ed25519PrivateKey]:
    """A registered device and the key that only it has."""
    key = Ed25519PrivateKey.generate()
    public = urlsafe_b64encode(key.public_key().public_bytes_raw()).decode()
    return register_device(institution_id, name=name, public_key=public, actor_id=actor_id), key


def make_file(
    bundle: Mapping[str, Any],
    key: Ed25519PrivateKey,
    signed: Sequence[tuple[datetime, str, str]],
    *,
    closed_at: datetime,
) -> bytes:
    """What `close` writes: sign-ins as (time, kind, code), chained and signed."""
    records = tuple(OfflineRecord(number, *one) for number, one in enumerate(signed, start=1))
    head = chain_of(bundle["signature"], records)[-1]
    closed = instant_text(closed_at)
    parts = (FILE_FORMAT, bundle["bundle"], len(records), head, closed)
    document = {
        "format": FILE_FORMAT,
        "bundle": bundle,
        "records": [
            {"number": one.number, "at": instant_text(one.at), "kind": one.kind, "code": one.code}
            for one in records
        ],
        "closed_at": closed,
        "signature": urlsafe_b64encode(key.sign("\n".join(map(str, parts)).encode())).decode(),
    }
    return json.dumps(document).encode()


def make_offline_objects(run: CourseRun, staff_id: int) -> dict[str, str]:
    """A device, and a file of it that was taken in."""
    device, _key = make_device(run.institution_id, staff_id)
    bundle = make_row(
        OfflineBundle,
        lesson_id=list_lessons(run.id)[0].id,
        device_id=device.id,
        issued_by=staff_id,
    )
    upload = make_row(
        OfflineUpload,
        bundle_id=bundle.id,
        record_count=1,
        accepted=0,
        known=0,
        refused=1,
        rows=[
            {
                "number": 1,
                "at": "2026-11-27T01:00:00Z",
                "kind": "voucher",
                "enrollment": None,
                "outcome": "refused",
                "reasons": ["offline_code_unknown"],
            }
        ],
        uploaded_by=staff_id,
    )
    return {"offline device": device.code, "offline upload": upload.code}
