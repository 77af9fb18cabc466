"""Our own documented file of courses (`generic`), see docs/import-formats.md: pure."""

from __future__ import annotations

from marketplace.catalog.rules import TEXT_LENGTH_MAX, TITLE_LENGTH_MAX, CourseContent
from marketplace.catalog.sources.facts import UNKNOWN_INSTITUTION, CourseFacts, quarantine_reason
from marketplace.catalog.sources.fees import decide_fee, decide_hours
from marketplace.catalog.states import CourseMode
from marketplace.imports.cells import clean_key, clean_text, read_amount_fen, read_integer
from marketplace.imports.problems import ProblemList
from marketplace.imports.reading import Cells, Format
from marketplace.institutions.sources.facts import Approval, InstitutionFacts, read_approval

SOURCE = "generic"
PARTS = ("tuition", "materials", "assessment", "other")
_MODES = {
    "": CourseMode.ONSITE,
    "onsite": CourseMode.ONSITE,
    "线下": CourseMode.ONSITE,
    "online": CourseMode.ONLINE,
    "线上": CourseMode.ONLINE,
    "blended": CourseMode.BLENDED,
    "线上线下": CourseMode.BLENDED,
}


def read_course(cells: Cells, problems: ProblemList, *, currency: str) -> CourseFacts:
    """One course in our own columns."""
    key = problems.key or ""
    institution_key = clean_key(cells["institution_key"], "institution_key", problems)
    if institution_key is None:
        problems.quarantine("institution_missing", "institution_key", "")
    content = _content(cells, key, problems, currency)
    approval = (
        read_approval(cells["status"], "status", problems)
        if "status" in cells
        else Approval.APPROVED
    )
    return CourseFacts(
        key=key,
        institution_key=institution_key or UNKNOWN_INSTITUTION,
        institution=read_institution_of(cells, problems),
        content=content,
        approval=approval,
        occupation_code=clean_key(cells.get("occupation_code", ""), "occupation_code", problems),
        level=_level(cells.get("level", ""), problems),
        quarantine_reason=quarantine_reason(problems, approval),
    )


def read_institution_of(cells: Cells, problems: ProblemList) -> InstitutionFacts | None:
    """A name beside the course is enough to know an institution by, not to accredit it."""
    name = clean_text(cells.get("institution_name", ""), "institution_name", problems, limit=200)
    key = clean_key(cells["institution_key"], "institution_key", ProblemList(problems.row))
    if key is None or name is None:
        return None
    return InstitutionFacts(key=key, name=name, approval=Approval.PENDING)


def _content(cells: Cells, key: str, problems: ProblemList, currency: str) -> CourseContent:
    title = clean_text(cells["title"], "title", problems, limit=TITLE_LENGTH_MAX)
    if title is None:
        problems.quarantine("title_missing", "title")
    hours = read_integer(cells.get("hours", ""), "hours", problems)
    hours = decide_hours(hours, "hours", cells.get("hours", ""), problems)
    fee, fee_parts = decide_fee(
        read_amount_fen(cells["fee"], "fee", problems),
        {
            part: read_amount_fen(cells[f"fee_{part}"], f"fee_{part}", problems)
            for part in PARTS
            if cells.get(f"fee_{part}", "").strip()
        },
        hours=hours,
        field="fee",
        raw_total=cells["fee"].strip(),
        problems=problems,
    )

    def text(column: str) -> str | None:
        return clean_text(
            cells.get(column, ""), column, problems, limit=TEXT_LENGTH_MAX, lines=True
        )

    return CourseContent(
        title=title or f"({key})",
        description=text("description") or "",
        hours=hours,
        mode=_mode(cells.get("mode", ""), problems),
        fee_fen=fee,
        currency=currency,
        fee_parts=fee_parts,
        certificate=text("certificate"),
        prerequisites=text("prerequisites"),
    )


def _mode(raw: str, problems: ProblemList) -> CourseMode:
    found = _MODES.get(raw.strip().strip("\"' ").lower())
    if found is None:
        problems.warn("mode_unknown", "mode", raw)
    return found or CourseMode.ONSITE


def _level(raw: str, problems: ProblemList) -> int | None:
    level = read_integer(raw, "level", problems)
    if level is None or 1 <= level <= 5:
        return level
    problems.warn("level_unreadable", "level", raw)
    return None


def form_for(currency: str) -> Format:
    """The format of the file, its amounts being in the deployment's currency."""
    return Format(
        required=("course_key", "institution_key", "title", "fee"),
        optional=(
            "institution_name", "description", "hours", "mode", "certificate", "prerequisites",
            "occupation_code", "level", "status", *(f"fee_{part}" for part in PARTS),
        ),
        key="course_key",
        read_row=lambda cells, problems: read_course(cells, problems, currency=currency),
        read_key=clean_key,
    )  # fmt: skip
