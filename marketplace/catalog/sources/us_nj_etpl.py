"""New Jersey's list of eligible programs (`us-nj-etpl`): pure.

Three spellings of true; identifiers without their leading zeros; totals that are not the sum of
their parts; rows without their institution; literal quotation marks and line breaks in texts.
"""

from __future__ import annotations

import re
from typing import Any

from marketplace.catalog.rules import TEXT_LENGTH_MAX, TITLE_LENGTH_MAX, CourseContent
from marketplace.catalog.sources.facts import UNKNOWN_INSTITUTION, CourseFacts, quarantine_reason
from marketplace.catalog.sources.fees import decide_fee, decide_hours
from marketplace.catalog.states import CourseMode
from marketplace.foundation.text import tidy
from marketplace.imports.cells import (
    clean_key,
    clean_text,
    read_amount_fen,
    read_date,
    read_flag,
    read_integer,
)
from marketplace.imports.problems import ProblemList
from marketplace.imports.reading import Cells, Format
from marketplace.imports.states import ProblemSeverity
from marketplace.institutions.sources.facts import InstitutionFacts, read_approval
from marketplace.institutions.sources.us_nj import SHARED_COLUMNS, read_shared

SOURCE = "us-nj-etpl"
PARTS = {
    "tuition": "tuition",
    "fees": "fees",
    "booksmaterialscost": "books",
    "suppliestoolscost": "supplies",
    "othercosts": "other",
}
_AWARDS = ("degreeawardedname", "licenseawardedname", "industrycredentialname")
_FLAGS = (
    "wiaeligible", "leadtodegree", "leadtolicense", "leadtoindustrycredential", "financialaid",
)  # fmt: skip
_NUMBERS = ("credit", "calendarlengthid")


def read_program(cells: Cells, problems: ProblemList, *, currency: str) -> CourseFacts:
    """One row of the list."""
    key = problems.key or ""
    institution = read_institution_of(cells, problems)
    content = _content(cells, key, problems, currency)
    approval = read_approval(cells["statusname"], "statusname", problems)
    silent = ProblemList(problems.row)
    institution_key = clean_key(cells["providerid"], "providerid", silent)
    if institution_key is None:
        problems.quarantine("institution_missing", "providerid", "")
    return CourseFacts(
        key=key,
        institution_key=institution_key or UNKNOWN_INSTITUTION,
        institution=institution,
        content=content,
        approval=approval,
        quarantine_reason=quarantine_reason(problems, approval),
    )


def read_institution_of(cells: Cells, problems: ProblemList) -> InstitutionFacts | None:
    """The institution as this row describes it; none where the row leaves it out."""
    if not tidy(cells.get("name", "")).strip('"'):
        return None
    own = ProblemList(problems.row, problems.key)
    facts = read_shared(cells, own, key_column="providerid", status_column="providerstatusname")
    problems.found += [p for p in own.found if p.severity != ProblemSeverity.QUARANTINED]
    return facts if facts.key else None


def _content(cells: Cells, key: str, problems: ProblemList, currency: str) -> CourseContent:
    title = clean_text(cells["officialname"], "officialname", problems, limit=TITLE_LENGTH_MAX)
    if title is None:
        problems.quarantine("title_missing", "officialname")
    hours = read_integer(cells.get("totalclockhours", ""), "totalclockhours", problems)
    hours = decide_hours(hours, "totalclockhours", cells.get("totalclockhours", ""), problems)
    parts = {
        name: read_amount_fen(cells[column], column, problems)
        for column, name in PARTS.items()
        if column in cells
    }
    fee, fee_parts = decide_fee(
        read_amount_fen(cells["totalcost"], "totalcost", problems),
        parts,
        hours=hours,
        field="totalcost",
        raw_total=cells["totalcost"].strip(),
        problems=problems,
    )
    return CourseContent(
        title=title or f"({key})",
        description=_long(cells, "description", problems) or "",
        hours=hours,
        mode=_mode(cells, problems),
        fee_fen=fee,
        currency=currency,
        fee_parts=fee_parts,
        certificate=_certificate(cells, problems),
        prerequisites=_long(cells, "prerequisites", problems),
        attributes=_attributes(cells, problems),
    )


def _long(cells: Cells, column: str, problems: ProblemList) -> str | None:
    return clean_text(cells.get(column, ""), column, problems, limit=TEXT_LENGTH_MAX, lines=True)


def _certificate(cells: Cells, problems: ProblemList) -> str | None:
    awards = [clean_text(cells.get(column, ""), column, problems) for column in _AWARDS]
    return "; ".join(dict.fromkeys(award for award in awards if award)) or None


def _mode(cells: Cells, problems: ProblemList) -> CourseMode:
    """What the row's own words say comes before what the institution offers in general."""
    silent = ProblemList(problems.row)
    if read_flag(cells.get("mention_hybrid", ""), "mention_hybrid", problems):
        return CourseMode.BLENDED
    if read_flag(cells.get("mention_remote", ""), "mention_remote", problems):
        return CourseMode.ONLINE
    if read_flag(cells.get("distancelearning", ""), "distancelearning", silent):
        return CourseMode.BLENDED
    return CourseMode.ONSITE


def _attributes(cells: Cells, problems: ProblemList) -> dict[str, Any]:
    found: dict[str, Any] = {"cip": read_cip(cells.get("cipcode", ""), problems)}
    for column in _FLAGS:
        found[column] = read_flag(cells.get(column, ""), column, problems)
    for column in _NUMBERS:
        found[column] = read_integer(cells.get(column, ""), column, problems)
    found["features"] = _long(cells, "featuresdescription", problems)
    found["agency"] = clean_text(cells.get("otheragency", ""), "otheragency", problems)
    submitted = read_date(cells.get("submitted", ""), "submitted", problems)
    found["submitted_on"] = submitted.isoformat() if submitted else None
    return {name: value for name, value in found.items() if value is not None}


def read_cip(raw: str, problems: ProblemList) -> str | None:
    """Field of study: `430107` is 43.0107; `10101` and `1.0101` lost the zero of 01.0101."""
    text = tidy(raw).strip("\"' ")
    if not text:
        return None
    bare = re.sub(r"^(\d{5,6})\.0+$", r"\1", text)
    if found := re.fullmatch(r"(\d{1,2})\.(\d{1,4})", bare):
        mended = f"{found[1].zfill(2)}.{found[2].ljust(4, '0')}"
    elif re.fullmatch(r"\d{5,6}", bare):
        whole = bare.zfill(6)
        mended = f"{whole[:2]}.{whole[2:]}"
    else:
        problems.warn("cip_unreadable", "cipcode", text)
        return None
    if mended != text:
        problems.repair("cip_repaired", "cipcode", text, mended)
    return mended


def form_for(currency: str) -> Format:
    """The format of the file, its amounts being in the deployment's currency."""
    return Format(
        required=("programid", "providerid", "officialname", "statusname", "totalcost"),
        optional=_OPTIONAL,
        key="programid",
        read_row=lambda cells, problems: read_program(cells, problems, currency=currency),
        read_key=clean_key,
        sources=_SOURCES,
    )


_SOURCES: dict[str, tuple[str, ...]] = {
    "description": ("description",),
    "hours": ("totalclockhours",),
    "mode": ("mention_hybrid", "mention_remote", "distancelearning"),
    "certificate": _AWARDS,
    "prerequisites": ("prerequisites",),
    "fee_parts": tuple(PARTS),
    "cip": ("cipcode",),
    "features": ("featuresdescription",),
    "agency": ("otheragency",),
    "submitted_on": ("submitted",),
    **{column: (column,) for column in (*_FLAGS, *_NUMBERS)},
    "level": (),
    "occupation_id": (),
}
"""Columns come and go between editions; what one of them used to say stays without it."""
_UNUSED = (
    "approvingagencyid", "submittedtowib", "approved", "degreeawarded", "licenseawarded",
    "industrycredential", "standardized_name", "standardized_name_1", "standardized_description",
    "standardized_featuresdescription", "mentions_wioa", "default_job_search_duration",
    "mentioned_job_search_duration", "mention_inperson", "commented_suspended_program_status",
    "standardized_nongovapproval",
)  # fmt: skip
"""Known columns that say nothing we keep."""
_OPTIONAL = (
    *PARTS, "name", "providerstatusname", "cipcode", "totalclockhours", "description",
    "featuresdescription", "prerequisites", "otheragency", "submitted", "mention_hybrid",
    "mention_remote", *_AWARDS, *_FLAGS, *_NUMBERS, *SHARED_COLUMNS, *_UNUSED,
)  # fmt: skip
