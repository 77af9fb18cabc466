"""Asking for an import from the page: the files and the job are saved together, or neither."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePath
from typing import Any

from marketplace.audit.operations import record_event
from marketplace.catalog.operations.import_institutions import CatalogInstitutionIntake
from marketplace.catalog.operations.import_outcomes import FORMATS as OUTCOME_FORMATS
from marketplace.catalog.operations.import_outcomes import OutcomeIntake
from marketplace.catalog.operations.imports import FORMATS as COURSE_FORMATS
from marketplace.catalog.operations.imports import CatalogIntake
from marketplace.catalog.operations.occupations import OccupationIntake
from marketplace.catalog.operations.own_courses import KIND as OWN_COURSES
from marketplace.catalog.operations.own_courses import OwnCourseIntake
from marketplace.catalog.sources import generic
from marketplace.catalog.sources.occupations import FORMATS as OCCUPATION_FORMATS
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.files import as_text_table, open_table
from marketplace.imports.intakes import Intake
from marketplace.imports.models import ImportRun
from marketplace.imports.operations import start_import_run, store_import_file
from marketplace.imports.queries import get_import_file
from marketplace.imports.reading import Format
from marketplace.imports.states import RunPurpose
from marketplace.institutions.operations.imports import FORMATS as INSTITUTION_FORMATS
from marketplace.jobs.models import Job
from marketplace.jobs.operations import enqueue_job
from marketplace.jurisdictions.operations import SOURCE as PLACES_SOURCE
from marketplace.jurisdictions.operations import JurisdictionIntake
from marketplace.jurisdictions.sources import FILES as PLACES_FILES

JOB_KIND = "import_file"
IMPORT_SOURCES: dict[str, tuple[str, ...]] = {
    "jurisdictions": (PLACES_SOURCE,),
    "occupations": tuple(OCCUPATION_FORMATS),
    "institutions": tuple(INSTITUTION_FORMATS),
    "catalog": tuple(COURSE_FORMATS),
    "outcomes": tuple(OUTCOME_FORMATS),
}
"""What an administrator can take in, and from which sources."""
PREVIEWED = frozenset({"institutions", "catalog", OWN_COURSES})
"""Kinds whose effect is shown before it is applied."""
HEAD_ROWS = 60
"""So much of a spreadsheet is looked at while its sender waits."""


@dataclass(frozen=True, slots=True)
class RegisteredKind:
    """A kind of file that a room above takes in: how to read it, and what its header needs."""

    build: Callable[[Path, ImportOrder], Intake]
    formats: Mapping[str, Format]


_REGISTERED: dict[str, RegisteredKind] = {}


def register_import_kind(kind: str, registered: RegisteredKind) -> None:
    """Offer a further kind of file on the pages of imports."""
    _REGISTERED[kind] = registered
    IMPORT_SOURCES[kind] = tuple(registered.formats)


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """What a person asks for.

    `institution_id`: their own courses, whatever the file says; `jurisdiction_id`: whose list it
    is, of kinds that belong to a place.
    """

    kind: str
    source: str
    as_of: date
    replaces: bool
    currency: str
    purpose: RunPurpose = RunPurpose.APPLY
    all_or_nothing: bool = False
    submits: bool = False
    institution_id: int | None = None
    jurisdiction_id: int | None = None

    def payload(self, file_ids: Sequence[int]) -> dict[str, Any]:
        """The order as a job keeps it."""
        return {
            "kind": self.kind,
            "source": self.source,
            "as_of": self.as_of.isoformat(),
            "replaces": self.replaces,
            "currency": self.currency,
            "purpose": self.purpose.value,
            "all_or_nothing": self.all_or_nothing,
            "submits": self.submits,
            "institution_id": self.institution_id,
            "jurisdiction_id": self.jurisdiction_id,
            "file_ids": list(file_ids),
        }


def order_of(payload: Mapping[str, Any]) -> ImportOrder:
    """The order a job keeps; earlier jobs know nothing of previews."""
    return ImportOrder(
        payload["kind"],
        payload["source"],
        date.fromisoformat(payload["as_of"]),
        payload["replaces"],
        payload["currency"],
        RunPurpose(payload.get("purpose", RunPurpose.APPLY)),
        payload.get("all_or_nothing", False),
        payload.get("submits", False),
        payload.get("institution_id"),
        payload.get("jurisdiction_id"),
    )


def request_import(
    order: ImportOrder, *, files: Sequence[tuple[str, bytes]], actor_id: int | None
) -> Job:
    """Keep the uploaded files and ask for their import, or for its preview.

    Refuses at once what cannot be taken in: an unknown source, a missing file, one that is
    neither CSV text nor a plain spreadsheet, one without its required columns.
    """
    if order.kind != OWN_COURSES and order.source not in IMPORT_SOURCES.get(order.kind, ()):
        raise Refused(Refusal("import_source_unknown", field="source"))
    if order.purpose == RunPurpose.PREVIEW and order.kind not in PREVIEWED:
        raise Refused(Refusal("import_kind_without_preview", field="source"))
    check_files(order, files)
    kept = [
        store_import_file(
            content, name=name, sha256=hashlib.sha256(content).hexdigest(), actor_id=actor_id
        ).id
        for name, content in files
    ]
    return enqueue_import(order, file_ids=kept, actor_id=actor_id)


def enqueue_import(order: ImportOrder, *, file_ids: Sequence[int], actor_id: int | None) -> Job:
    """The job of an order and its run, which can be watched from now on."""
    job = enqueue_job(JOB_KIND, payload=order.payload(file_ids), requested_by=actor_id)
    db.session.flush()
    files = [get_import_file(file_id) for file_id in file_ids]
    start_import_run(
        order.kind,
        source=order.source,
        as_of=order.as_of,
        file_name=", ".join(file.name for file in files),
        file_sha256=files[0].sha256,
        actor_id=actor_id,
        job_id=job.id,
        purpose=order.purpose,
        institution_id=order.institution_id,
    )
    record_event(
        "import.requested",
        subject_kind="job",
        subject_code=job.code,
        actor_id=actor_id,
        details={"kind": order.kind, "source": order.source, "as_of": order.as_of.isoformat(),
                 "purpose": order.purpose.value},
    )  # fmt: skip
    return job


def check_files(order: ImportOrder, files: Sequence[tuple[str, bytes]]) -> None:
    """Open every file and look at its header; refuses with the first file's reasons."""
    wanted = list(PLACES_FILES) if order.kind == "jurisdictions" else []
    absent = [name for name in wanted if name not in {given for given, _content in files}]
    if absent or not files:
        names = ", ".join(absent) or "CSV, XLSX"
        raise Refused(Refusal("import_files_missing", {"names": names}, field="files"))
    if not wanted and len(files) > 1:
        raise Refused(Refusal("import_one_file", field="files"))
    with tempfile.TemporaryDirectory(prefix="marketplace-upload-") as folder:
        for path in write_files(files, Path(folder)):
            _look_at_head(path, order)


def write_files(files: Sequence[tuple[str, bytes]], folder: Path) -> list[Path]:
    """Files under the names people gave them, in a folder of ours."""
    paths = []
    for name, content in files:
        path = folder / (PurePath(name).name[-100:] or "file.csv")
        path.write_bytes(content)
        paths.append(path)
    return paths


def build_intake(order: ImportOrder, folder: Path) -> Intake:
    """The reader of an order's files, which lie in a folder."""
    if order.kind == "jurisdictions":
        return JurisdictionIntake(folder)
    path = next(path for path in sorted(folder.iterdir()) if path.is_file())
    if order.kind in _REGISTERED:
        return _REGISTERED[order.kind].build(path, order)
    if order.kind == "occupations":
        return OccupationIntake(path, classification=order.source)
    if order.kind == "institutions":
        return CatalogInstitutionIntake(path, source=order.source)
    if order.kind == "outcomes":
        return OutcomeIntake(path, source=order.source, currency=order.currency)
    if order.kind == OWN_COURSES:
        assert order.institution_id is not None
        return OwnCourseIntake(
            path,
            institution_id=order.institution_id,
            currency=order.currency,
            submits=order.submits,
        )
    return CatalogIntake(
        path, source=order.source, currency=order.currency, replaces=order.replaces
    )


def find_format(kind: str, source: str, currency: str) -> Format | None:
    """How the rows of a kind of file are read; none where a file is not one table of rows."""
    if kind in _REGISTERED:
        return _REGISTERED[kind].formats.get(source)
    if kind == "institutions":
        return INSTITUTION_FORMATS.get(source)
    if kind == "outcomes" and source in OUTCOME_FORMATS:
        return OUTCOME_FORMATS[source](currency)
    if kind == OWN_COURSES:
        return generic.own_form_for(currency, frozenset())
    if kind == "catalog" and source in COURSE_FORMATS:
        return COURSE_FORMATS[source](currency)
    if kind == "occupations":
        return OCCUPATION_FORMATS.get(source)
    return None


def order_of_run(job: Job) -> tuple[ImportOrder, list[int]]:
    """What was asked for, and the files it came with."""
    return order_of(job.payload), list(job.payload["file_ids"])


def _look_at_head(path: Path, order: ImportOrder) -> None:
    form = find_format(order.kind, order.source, order.currency)
    required = form.required if form else ("code", "name")
    with (
        as_text_table(path, rows_max=HEAD_ROWS) as text,
        open_table(text, required=required, aliases=form.names if form else {}),
    ):
        return


__all__ = ["OWN_COURSES", "ImportOrder", "ImportRun", "build_intake", "request_import"]
