"""New Jersey's list of training institutions (`us-nj-providers`): pure."""

from __future__ import annotations

import re
from typing import Any

from marketplace.foundation.text import tidy
from marketplace.imports.cells import clean_key, clean_text, read_date, read_flag
from marketplace.imports.problems import ProblemList
from marketplace.imports.reading import Cells, Format
from marketplace.institutions.sources.facts import Approval, InstitutionFacts, read_approval

SOURCE = "us-nj-providers"
FLAGS = {
    "customized": "customized_training",
    "distancelearning": "distance_learning",
    "speakspanish": "spanish",
    "otherlanguages": "other_languages",
    "careerassist": "career_assistance",
    "onestopcareer": "one_stop_career",
    "personalassist": "personal_assistance",
    "accessajbatb": "job_bank",
    "childcare": "childcare",
    "assistobtainingchildcare": "childcare_help",
    "eveningcourses": "evening",
    "accessfordisabled": "wheelchair",
}
"""Columns that say 1 (yes) or 2 (no)."""
TEXTS = ("languages", "busroute1", "busroute2", "trnroute1", "trnroute2", "nongovapproval")
SHARED_COLUMNS = (
    "schoolidentificationnumber", "street1", "street2", "city", "state", "zip", "county",
    "website", "licensingagencyid", "typeid", "certapprovalexp", "dtsubmitted", *FLAGS, *TEXTS,
)  # fmt: skip


def read_institution(cells: Cells, problems: ProblemList) -> InstitutionFacts | None:
    """One row of the institutions' own file."""
    return read_shared(cells, problems, key_column="providerid", status_column="statusname")


def read_shared(
    cells: Cells, problems: ProblemList, *, key_column: str, status_column: str
) -> InstitutionFacts:
    """The columns that the institutions' file and the courses' file have in common."""
    silent = ProblemList(problems.row)
    key = clean_key(cells[key_column], key_column, silent) or ""
    name = clean_text(cells.get("name", ""), "name", problems, limit=200)
    if name is None:
        problems.quarantine("institution_unnamed", "name")
    features: dict[str, Any] = {
        name_of: flag
        for column, name_of in FLAGS.items()
        if (flag := read_flag(cells.get(column, ""), column, problems)) is not None
    }
    features |= {
        column: text
        for column in TEXTS
        if (text := clean_text(cells.get(column, ""), column, problems))
        and text.lower() not in ("n/a", "none", "none available")
    }
    if number := read_school_number(cells.get("schoolidentificationnumber", ""), problems):
        features["school_number"] = number
    street = [
        clean_text(cells.get(column, ""), column, problems) for column in ("street1", "street2")
    ]
    state = clean_text(cells.get("state", ""), "state", problems)
    if state:
        features["state"] = state
    return InstitutionFacts(
        key=key,
        name=name or f"({key})",
        approval=_approval(cells, status_column, problems),
        kind=tidy(cells.get("typeid", "")) or None,
        address=", ".join(part for part in street if part) or None,
        city=clean_text(cells.get("city", ""), "city", problems),
        county=clean_text(cells.get("county", ""), "county", problems),
        postal_code=read_zip(cells.get("zip", ""), problems),
        website=clean_text(cells.get("website", ""), "website", problems),
        accredited_from=read_date(cells.get("dtsubmitted", ""), "dtsubmitted", problems),
        accredited_until=read_date(cells.get("certapprovalexp", ""), "certapprovalexp", problems),
        features=features,
        quarantine_reason=problems.quarantine_reason,
    )


def _approval(cells: Cells, status_column: str, problems: ProblemList) -> Approval:
    if status_column not in cells:
        return Approval.PENDING
    return read_approval(cells[status_column], status_column, problems)


def read_zip(raw: str, problems: ProblemList) -> str | None:
    """`8098` lost its zero: `08098`; nine digits are ZIP+4."""
    text = tidy(raw).strip("\"' ")
    bare = re.sub(r"\.0+$", "", text)
    if not bare:
        return None
    digits = bare.replace("-", "")
    if not digits.isascii() or not digits.isdigit() or not (3 <= len(digits) <= 9):
        problems.warn("zip_unreadable", "zip", text)
        return text
    whole = digits.zfill(5) if len(digits) <= 5 else digits.zfill(9)
    mended = whole if len(whole) == 5 else f"{whole[:5]}-{whole[5:]}"
    if mended != text:
        problems.repair("zip_repaired", "zip", text, mended)
    return mended


def read_school_number(raw: str, problems: ProblemList) -> str | None:
    """Twelve digits (nine of the employer, three of the site), or the employer's nine alone."""
    text = tidy(raw).strip("\"' ")
    digits = re.sub(r"\.0+$", "", text).replace("-", "")
    if not (digits.isascii() and digits.isdigit()):
        return text or None
    mended = digits.zfill(9) if len(digits) in (7, 8) else digits
    mended = mended.zfill(12) if len(digits) in (10, 11) else mended
    if mended != text:
        problems.repair("id_repaired", "schoolidentificationnumber", text, mended)
    return mended


SOURCES_OF_FIELDS: dict[str, tuple[str, ...]] = {
    "kind": ("typeid",),
    "address": ("street1", "street2"),
    "city": ("city",),
    "county": ("county",),
    "postal_code": ("zip",),
    "website": ("website",),
    "accredited_until": ("certapprovalexp",),
    "jurisdiction_id": (),
    "school_number": ("schoolidentificationnumber",),
    "state": ("state",),
    **{feature: (column,) for column, feature in FLAGS.items()},
    **{column: (column,) for column in TEXTS},
}
"""Columns come and go between editions; what one of them used to say stays without it."""

FORMAT = Format(
    required=("providerid", "name", "statusname"),
    optional=SHARED_COLUMNS,
    key="providerid",
    read_row=read_institution,
    read_key=clean_key,
    sources=SOURCES_OF_FIELDS,
)
