"""Reading devices without network, what they took along and what they brought back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from marketplace.catalog.models import CourseRun, Lesson
from marketplace.enrollment.models import OfflineBundle, OfflineDevice, OfflineUpload
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest


def list_devices(institution_id: int) -> Sequence[OfflineDevice]:
    """An institution's devices, those in use first, the newest first."""
    return db.session.scalars(
        select(OfflineDevice)
        .where(OfflineDevice.institution_id == institution_id)
        .order_by(OfflineDevice.revoked_at.is_not(None), OfflineDevice.id.desc())
        .limit(100)
    ).all()


def lock_device(code: str, institution_id: int) -> OfflineDevice:
    """One device of an institution, ours until the end of the unit of work."""
    device = db.session.scalar(
        select(OfflineDevice)
        .where(OfflineDevice.code == code, OfflineDevice.institution_id == institution_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if device is None:
        raise NotFound("offline_device")
    return device


def find_device_by_key(public_key: str) -> OfflineDevice | None:
    """The device with a key, of whichever institution."""
    return db.session.scalar(select(OfflineDevice).where(OfflineDevice.public_key == public_key))


@dataclass(frozen=True, slots=True)
class BundleCase:
    """A bundle with its device, its lesson and the class."""

    bundle: OfflineBundle
    device: OfflineDevice
    lesson: Lesson
    course_run: CourseRun


def lock_bundle(code: str) -> BundleCase | None:
    """A bundle with all that decides about its file; files of one bundle come one by one."""
    bundle = db.session.scalar(
        select(OfflineBundle).where(OfflineBundle.code == code).with_for_update()
    )
    if bundle is None:
        return None
    device, lesson, run = db.session.execute(
        select(OfflineDevice, Lesson, CourseRun)
        .select_from(OfflineBundle)
        .join(OfflineDevice, OfflineDevice.id == OfflineBundle.device_id)
        .join(Lesson, Lesson.id == OfflineBundle.lesson_id)
        .join(CourseRun, CourseRun.id == Lesson.course_run_id)
        .where(OfflineBundle.id == bundle.id)
        .with_for_update(of=OfflineDevice)
    ).one()
    return BundleCase(bundle, device, lesson, run)


def list_uploads_of_bundle(bundle_id: int) -> Sequence[OfflineUpload]:
    """The files of a bundle, in the order of coming in."""
    return db.session.scalars(
        select(OfflineUpload)
        .where(OfflineUpload.bundle_id == bundle_id)
        .order_by(OfflineUpload.id)
        .limit(1000)
    ).all()


@dataclass(frozen=True, slots=True)
class UploadView:
    """A file that was taken in, with its device, lesson and class."""

    upload: OfflineUpload
    device: OfflineDevice
    lesson: Lesson
    run_code: str


def list_uploads(institution_id: int, page: PageRequest) -> Page[UploadView]:
    """The files an institution brought, the newest first."""
    wanted = _uploads(institution_id)
    counted = wanted.with_only_columns(OfflineUpload.id).subquery()
    total = db.session.scalar(select(func.count()).select_from(counted)) or 0
    rows = db.session.execute(
        wanted.order_by(OfflineUpload.id.desc()).offset(page.offset).limit(page.limit)
    )
    return Page([UploadView(*row) for row in rows], total, page.number, page.limit)


def get_upload(code: str, institution_id: int) -> UploadView:
    """One file of an institution."""
    row = db.session.execute(
        _uploads(institution_id).where(OfflineUpload.code == code)
    ).one_or_none()
    if row is None:
        raise NotFound("offline_upload")
    return UploadView(*row)


def _uploads(institution_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(OfflineUpload, OfflineDevice, Lesson, CourseRun.code)
        .join(OfflineBundle, OfflineBundle.id == OfflineUpload.bundle_id)
        .join(OfflineDevice, OfflineDevice.id == OfflineBundle.device_id)
        .join(Lesson, Lesson.id == OfflineBundle.lesson_id)
        .join(CourseRun, CourseRun.id == Lesson.course_run_id)
        .where(OfflineDevice.institution_id == institution_id)
    )
