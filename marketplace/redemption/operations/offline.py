"""Lessons without network: what a device takes along, and taking in what it brings back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Any

from marketplace.audit.operations import record_event
from marketplace.catalog.models import Lesson
from marketplace.catalog.queries.course_runs import get_course_run, get_course_run_facts
from marketplace.enrollment.models import Enrollment, OfflineBundle, OfflineDevice, OfflineUpload
from marketplace.enrollment.offline_files import (
    BUNDLE_FORMAT,
    KINDS,
    OfflineFile,
    OfflineRecord,
    hint_of,
    instant_text,
    offline_code_for,
    read_offline_file,
    seal_bundle,
)
from marketplace.enrollment.offline_queries import (
    BundleCase,
    list_uploads_of_bundle,
    lock_bundle,
    lock_device,
)
from marketplace.enrollment.offline_rules import (
    OfflineFacts,
    UploadFacts,
    refusals_for_bundle,
    refusals_for_offline_times,
    refusals_for_upload,
    sync_until,
)
from marketplace.enrollment.operations.offline import record_offline_presence
from marketplace.enrollment.queries import (
    get_enrollment,
    list_enrollments_of_run,
    list_live_enrollments_of_run,
)
from marketplace.enrollment.rules import DOORS_OPEN
from marketplace.enrollment.states import AttendanceMethod, OfflineOutcome
from marketplace.evidence.queries import lock_enrollments_of_run
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.institutions.queries import get_institution
from marketplace.people.queries.workers import list_worker_masks
from marketplace.redemption.operations.look_up import look_up_voucher
from marketplace.redemption.queries.reservations import list_voucher_codes


def issue_bundle(
    lesson: Lesson, *, device_code: str, institution_id: int, actor_id: int
) -> tuple[OfflineBundle, dict[str, Any]]:
    """Let a device take a lesson along: masked names and hints of the codes, under our signature.

    Refuses a revoked device, a lesson that is over, and one more than a fortnight ahead.
    """
    device = lock_device(device_code, institution_id)
    now = clock.now()
    refusals = refusals_for_bundle(now, starts_at=lesson.starts_at, ends_at=lesson.ends_at)
    if device.revoked_at is not None:
        refusals = (Refusal("offline_device_revoked", {"device": device.code}), *refusals)
    if refusals:
        raise Refused(refusals)
    bundle = OfflineBundle(
        code=new_code("OB"),
        lesson_id=lesson.id,
        device_id=device.id,
        issued_by=actor_id,
        issued_at=now,
    )
    db.session.add(bundle)
    db.session.flush()
    details = {"bundle": bundle.code, "lesson_id": lesson.id}
    _record_device("offline.bundle_issued", device, actor_id, details)
    return bundle, seal_bundle(_content(bundle, device, lesson, institution_id))


def _content(
    bundle: OfflineBundle, device: OfflineDevice, lesson: Lesson, institution_id: int
) -> dict[str, Any]:
    return {
        "format": BUNDLE_FORMAT,
        "bundle": bundle.code,
        "device": device.code,
        "device_key": device.public_key,
        "institution": get_institution(institution_id).code,
        "run": get_course_run(lesson.course_run_id).code,
        "title": get_course_run_facts(lesson.course_run_id).title,
        "lesson": lesson.number,
        "issued_at": instant_text(bundle.issued_at),
        "doors_at": instant_text(lesson.starts_at - DOORS_OPEN),
        "starts_at": instant_text(lesson.starts_at),
        "ends_at": instant_text(lesson.ends_at),
        "sync_until": instant_text(sync_until(lesson.ends_at)),
        "roster": _roster(bundle.code, lesson),
    }


def _roster(bundle_code: str, lesson: Lesson) -> list[dict[str, str]]:
    learners = list_live_enrollments_of_run(lesson.course_run_id)
    masks = list_worker_masks([learner.worker_id for learner in learners])
    vouchers = list_voucher_codes([learner.id for learner in learners])
    return [
        {
            "enrollment": learner.code,
            "name": masks[learner.worker_id].name,
            "code": hint_of(bundle_code, offline_code_for(learner.code, lesson.id)),
            "voucher": hint_of(bundle_code, vouchers[learner.id]) if learner.id in vouchers else "",
        }
        for learner in learners
    ]


def sync_offline_file(
    content: bytes, *, institution_id: int | None, actor_id: int | None
) -> OfflineUpload:
    """Take in the file of a device, row by row; the same file again changes nothing.

    Without an institution it may be anybody's (the operator's command); without an actor it is
    taken in in the name of who downloaded the lesson. Refuses a file as a whole when it is not
    genuine, of another institution, of a revoked device, too late, or contradicts an earlier
    one. A row that does not count is kept in the report with its reasons.
    """
    file = read_offline_file(content)
    case = lock_bundle(file.bundle_code)
    if case is None or institution_id not in (None, case.device.institution_id):
        raise Refused(Refusal("offline_bundle_unknown", field="file"))
    if not file.is_genuine(case.device.public_key):
        raise Refused(Refusal("offline_seal_wrong", remedy="enter_with_reason"))
    earlier = list_uploads_of_bundle(case.bundle.id)
    digest = sha256(file.signed).hexdigest()
    for upload in earlier:
        if upload.digest == digest:
            return upload
    facts = UploadFacts(
        now=clock.now(),
        lesson_ends_at=case.lesson.ends_at,
        closed_at=file.closed_at,
        device=case.device.code,
        device_is_revoked=case.device.revoked_at is not None,
        history_agrees=all(
            one.record_count < len(file.heads) and file.heads[one.record_count] == one.head
            for one in earlier
        ),
    )
    if refusals := refusals_for_upload(facts):
        raise Refused(refusals)
    return _take_in(file, case, digest, actor_id or case.bundle.issued_by)


def _take_in(file: OfflineFile, case: BundleCase, digest: str, actor_id: int) -> OfflineUpload:
    lock_enrollments_of_run(case.course_run.id)
    find_learner = _finder(case, actor_id)
    rows, latest = [], None
    for record in file.records:
        latest = max(latest or record.at, record.at)
        rows.append(_take_in_row(record, latest, file.closed_at, case, find_learner, actor_id))
    counts = Counter(row["outcome"] for row in rows)
    upload = OfflineUpload(
        code=new_code("OU"),
        bundle_id=case.bundle.id,
        digest=digest,
        head=file.heads[-1],
        record_count=len(rows),
        accepted=counts[OfflineOutcome.ACCEPTED],
        known=counts[OfflineOutcome.KNOWN],
        refused=counts[OfflineOutcome.REFUSED],
        rows=rows,
        closed_at=file.closed_at,
        uploaded_by=actor_id,
        uploaded_at=clock.now(),
    )
    db.session.add(upload)
    db.session.flush()
    details = {"upload": upload.code, "bundle": case.bundle.code, "rows": len(rows)}
    _record_device("offline.file_taken_in", case.device, actor_id, details)
    return upload


Finder = Callable[[OfflineRecord], Enrollment | None]


def _finder(case: BundleCase, actor_id: int) -> Finder:
    """Whose code a row holds; a voucher that is none is a miss like any other look-up."""
    learners = list_enrollments_of_run(case.course_run.id)
    by_code = {offline_code_for(one.code, case.lesson.id): one for one in learners}

    def find(record: OfflineRecord) -> Enrollment | None:
        if KINDS[record.kind] is AttendanceMethod.OFFLINE_CODE:
            return by_code.get(record.code)
        return look_up_voucher(
            record.code,
            institution_id=case.device.institution_id,
            actor_id=actor_id,
            course_run_id=case.course_run.id,
        )

    return find


def _take_in_row(
    record: OfflineRecord,
    latest: datetime,
    closed_at: datetime,
    case: BundleCase,
    find_learner: Finder,
    actor_id: int,
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "number": record.number,
        "at": instant_text(record.at),
        "kind": record.kind,
        "enrollment": None,
        "reasons": [],
    }
    try:
        learner = find_learner(record)
        if learner is None:
            raise Refused(Refusal("offline_code_unknown"))
        row["enrollment"] = learner.code
        times = OfflineFacts(
            at=record.at,
            latest_before=latest,
            issued_at=case.bundle.issued_at,
            starts_at=case.lesson.starts_at,
            ends_at=case.lesson.ends_at,
            closed_at=closed_at,
            enrollment_state=get_enrollment(learner.id).state,
        )
        if refusals := refusals_for_offline_times(times):
            raise Refused(refusals)
        row["outcome"] = record_offline_presence(
            learner,
            lesson_id=case.lesson.id,
            method=KINDS[record.kind],
            at=record.at,
            device=case.device,
            actor_id=actor_id,
        )
    except Refused as refused:
        row["outcome"] = OfflineOutcome.REFUSED
        row["reasons"] = [refusal.code for refusal in refused.refusals]
    return row


def _record_device(
    event: str, device: OfflineDevice, actor_id: int, details: dict[str, Any]
) -> None:
    record_event(
        event,
        subject_kind="offline_device",
        subject_code=device.code,
        actor_id=actor_id,
        details=details,
    )
