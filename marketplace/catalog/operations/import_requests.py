"""Asking for an import from the page: the files and the job are saved together, or neither."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from marketplace.audit.operations import record_event
from marketplace.catalog.operations.import_institutions import CatalogInstitutionIntake
from marketplace.catalog.operations.import_outcomes import FORMATS as OUTCOME_FORMATS
from marketplace.catalog.operations.import_outcomes import OutcomeIntake
from marketplace.catalog.operations.imports import FORMATS as COURSE_FORMATS
from marketplace.catalog.operations.imports import CatalogIntake
from marketplace.catalog.operations.occupations import OccupationIntake
from marketplace.catalog.sources.occupations import FORMATS as OCCUPATION_FORMATS
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.files import read_table
from marketplace.imports.intakes import Intake
from marketplace.imports.operations import store_import_file
from marketplace.imports.reading import Format
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
"""What can be taken in, and from which sources."""


@dataclass(frozen=True, slots=True)
class RegisteredKind:
    """A kind of file that a room above takes in: how to read it, and what its header needs."""

    build: Callable[[Path, str], Intake]
    formats: Mapping[str, Format]


_REGISTERED: dict[str, RegisteredKind] = {}


def register_import_kind(kind: str, registered: RegisteredKind) -> None:
    """Offer a further kind of file on the pages of imports."""
    _REGISTERED[kind] = registered
    IMPORT_SOURCES[kind] = tuple(registered.formats)


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """What an administrator asks for."""

    kind: str
    source: str
    as_of: date
    replaces: bool
    currency: str

    def payload(self, file_ids: Sequence[int]) -> dict[str, Any]:
        """The order as a job keeps it."""
        return {
            "kind": self.kind,
            "source": self.source,
            "as_of": self.as_of.isoformat(),
            "replaces": self.replaces,
            "currency": self.currency,
            "file_ids": list(file_ids),
        }


def order_of(payload: Mapping[str, Any]) -> ImportOrder:
    """The order a job keeps."""
    return ImportOrder(
        payload["kind"],
        payload["source"],
        date.fromisoformat(payload["as_of"]),
        payload["replaces"],
        payload["currency"],
    )


def request_import(
    order: ImportOrder, *, files: Sequence[tuple[str, bytes]], actor_id: int | None
) -> Job:
    """Keep the uploaded files and ask for their import.

    Refuses at once what cannot be taken in: an unknown source, a missing file, one that is not
    CSV text, one without its required columns.
    """
    if order.source not in IMPORT_SOURCES.get(order.kind, ()):
        raise Refused(Refusal("import_source_unknown", field="source"))
    check_files(order, files)
    kept = [
        store_import_file(
            content, name=name, sha256=hashlib.sha256(content).hexdigest(), actor_id=actor_id
        ).id
        for name, content in files
    ]
    job = enqueue_job(JOB_KIND, payload=order.payload(kept), requested_by=actor_id)
    db.session.flush()
    record_event(
        "import.requested",
        subject_kind="job",
        subject_code=job.code,
        actor_id=actor_id,
        details={"kind": order.kind, "source": order.source, "as_of": order.as_of.isoformat()},
    )
    return job


def check_files(order: ImportOrder, files: Sequence[tuple[str, bytes]]) -> None:
    """Open every file and look at its header; refuses with the first file's reasons."""
    required = _required_columns(order)
    wanted = list(required) if order.kind == "jurisdictions" else []
    absent = [name for name in wanted if name not in {given for given, _content in files}]
    if absent or not files:
        names = ", ".join(absent) or "CSV"
        raise Refused(Refusal("import_files_missing", {"names": names}, field="files"))
    if not wanted and len(files) > 1:
        raise Refused(Refusal("import_one_file", field="files"))
    for name, content in files:
        columns = required.get(name, required.get("", ()))
        read_table(io.BytesIO(content), name=name, required=columns)


def build_intake(order: ImportOrder, folder: Path) -> Intake:
    """The reader of an order's files, which lie in a folder."""
    if order.kind == "jurisdictions":
        return JurisdictionIntake(folder)
    path = next(path for path in sorted(folder.iterdir()) if path.is_file())
    if order.kind in _REGISTERED:
        return _REGISTERED[order.kind].build(path, order.source)
    if order.kind == "occupations":
        return OccupationIntake(path, classification=order.source)
    if order.kind == "institutions":
        return CatalogInstitutionIntake(path, source=order.source)
    if order.kind == "outcomes":
        return OutcomeIntake(path, source=order.source, currency=order.currency)
    return CatalogIntake(
        path, source=order.source, currency=order.currency, replaces=order.replaces
    )


def _required_columns(order: ImportOrder) -> dict[str, tuple[str, ...]]:
    """Required columns by file name; '' stands for any name."""
    if order.kind == "jurisdictions":
        return {name: ("code", "name") for name in PLACES_FILES}
    if order.kind in _REGISTERED:
        return {"": _REGISTERED[order.kind].formats[order.source].required}
    if order.kind == "occupations":
        return {"": OCCUPATION_FORMATS[order.source].required}
    if order.kind == "institutions":
        return {"": INSTITUTION_FORMATS[order.source].required}
    if order.kind == "outcomes":
        return {"": OUTCOME_FORMATS[order.source](order.currency).required}
    return {"": COURSE_FORMATS[order.source](order.currency).required}
