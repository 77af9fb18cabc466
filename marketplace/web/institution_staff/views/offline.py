"""Lessons without network: devices, lessons taken along, files brought back."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from flask import Response, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as Redirect

from marketplace.catalog.queries.course_runs import get_course_run_facts
from marketplace.edge.access import access, institution_manager, institution_staff
from marketplace.edge.downloads import attachment
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.reasons import show_reasons
from marketplace.enrollment import labels
from marketplace.enrollment.models import OfflineDevice
from marketplace.enrollment.offline_files import FILE_BYTES_MAX
from marketplace.enrollment.offline_queries import get_upload, list_devices, list_uploads
from marketplace.enrollment.offline_rules import SYNC_HOURS, refusals_for_bundle, sync_until
from marketplace.enrollment.operations.offline import register_device, revoke_device
from marketplace.enrollment.states import AttendanceMethod
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.redemption.operations.offline import issue_bundle, sync_offline_file
from marketplace.web.institution_staff.blueprint import blueprint
from marketplace.web.institution_staff.forms.offline import (
    BundleForm,
    DeviceForm,
    OfflineFileForm,
)
from marketplace.web.institution_staff.views.attendance import SHEET, get_own_lesson

Answer = str | Redirect | tuple[str, int]
STATION = Path(__file__).resolve().parents[4] / "tools" / "offline_station.py"


@blueprint.get("/offline")
@access(institution_staff)
def show_offline() -> str:
    """Devices without network, uploading what they wrote down, and what came of it."""
    return _page(DeviceForm(), OfflineFileForm())


@blueprint.get("/offline/station.py")
@access(institution_staff)
def download_station() -> Response:
    """The program of the station, for a laptop of the institution."""
    if not STATION.is_file():
        raise NotFound("offline_station")
    return attachment(
        STATION.read_bytes(), media_type="text/x-python", file_name="offline_station.py"
    )


@blueprint.post("/offline/devices")
@access(institution_manager)
def register_offline_device() -> Answer:
    """Trust a device with sign-ins."""
    form = DeviceForm()
    if not form.validate_on_submit():
        return _page(form, OfflineFileForm()), 422
    try:
        with write_transaction():
            register_device(
                current_user.institution_id,
                name=form.name.data,
                public_key=form.public_key.data,
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(form, OfflineFileForm()), 409
    flash(_("The device is registered. Download its lessons from their attendance sheets."))
    return redirect(url_for("institution_staff.show_offline"), 303)


@blueprint.post("/offline/devices/<code>/revoke")
@access(institution_manager)
def revoke_offline_device(code: str) -> Redirect:
    """Nothing of this device is taken in any more."""
    with write_transaction():
        revoke_device(
            code, institution_id=current_user.institution_id, actor_id=current_user.user_id
        )
    flash(_("The device is revoked. Nothing of it is taken in any more."), "success")
    return redirect(url_for("institution_staff.show_offline"), 303)


@blueprint.post("/offline/uploads")
@access(institution_staff)
def upload_offline_file() -> Answer:
    """Take in the file of a device; the same file again shows its report again."""
    form = OfflineFileForm()
    if not form.validate_on_submit():
        return _page(DeviceForm(), form), 422
    try:
        with write_transaction():
            upload = sync_offline_file(
                form.file.data.read(FILE_BYTES_MAX + 1),
                institution_id=current_user.institution_id,
                actor_id=current_user.user_id,
            )
            code = upload.code
    except Refused as refused:
        return _page(DeviceForm(), form, refused.refusals), 409
    return redirect(url_for("institution_staff.show_offline_upload", code=code), 303)


@blueprint.get("/offline/uploads/<code>")
@access(institution_staff)
def show_offline_upload(code: str) -> str:
    """What became of each sign-in of a file."""
    view = get_upload(code, current_user.institution_id)
    return render_template(
        "institution_staff/show_offline_upload.html",
        view=view,
        rows=[
            {
                **row,
                "at": datetime.fromisoformat(row["at"]),
                "reasons": [Refusal(reason) for reason in row["reasons"]],
            }
            for row in view.upload.rows
        ],
        kinds={
            "voucher": labels.METHOD_LABELS[AttendanceMethod.OFFLINE_VOUCHER],
            "code": labels.METHOD_LABELS[AttendanceMethod.OFFLINE_CODE],
        },
        labels=labels,
    )


@blueprint.get(SHEET + "/offline")
@access(institution_staff)
def show_offline_lesson(code: str, number: int) -> str:
    """Take this lesson along on a device."""
    return _lesson_page(code, number, ())


@blueprint.post(SHEET + "/offline")
@access(institution_staff)
def download_offline_bundle(code: str, number: int) -> Response | tuple[str, int]:
    """The lesson for one device: masked names, hints of the codes, our signature."""
    _run, lesson = get_own_lesson(code, number)
    form = BundleForm(_devices_in_use())
    if not form.validate_on_submit():
        return _lesson_page(code, number, ()), 422
    try:
        with write_transaction():
            bundle, content = issue_bundle(
                lesson,
                device_code=form.device.data,
                institution_id=current_user.institution_id,
                actor_id=current_user.user_id,
            )
            name = f"{code}-{number}-{bundle.code}.json"
    except Refused as refused:
        return _lesson_page(code, number, refused.refusals), 409
    whole = json.dumps(content, ensure_ascii=False, indent=1).encode()
    return attachment(whole, media_type="application/json", file_name=name)


def _devices_in_use() -> list[OfflineDevice]:
    return [one for one in list_devices(current_user.institution_id) if one.revoked_at is None]


def _page(
    device_form: DeviceForm, file_form: OfflineFileForm, refusals: tuple[Refusal, ...] = ()
) -> str:
    institution_id = current_user.institution_id
    return render_template(
        "institution_staff/show_offline.html",
        devices=list_devices(institution_id),
        page=list_uploads(institution_id, asked_page()),
        page_url=page_url,
        device_form=device_form,
        file_form=file_form,
        refusals=refusals,
        has_station=STATION.is_file(),
        hours=SYNC_HOURS,
    )


def _lesson_page(code: str, number: int, refusals: tuple[Refusal, ...]) -> str:
    run, lesson = get_own_lesson(code, number)
    devices = _devices_in_use()
    times = {"starts_at": lesson.starts_at, "ends_at": lesson.ends_at}
    return render_template(
        "institution_staff/show_offline_lesson.html",
        run=run,
        facts=get_course_run_facts(run.id),
        lesson=lesson,
        devices=devices,
        form=BundleForm(devices),
        refusals=refusals or refusals_for_bundle(clock.now(), **times),
        until=sync_until(lesson.ends_at),
    )
