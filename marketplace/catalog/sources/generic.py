"""Our own documented file of courses (`generic`), see docs/import-formats.md: pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from marketplace.catalog.course_features import FEATURES, FLAG_WORDS, read_languages
from marketplace.catalog.rules import TEXT_LENGTH_MAX, TITLE_LENGTH_MAX, CourseContent
from marketplace.catalog.sources.facts import UNKNOWN_INSTITUTION, CourseFacts, quarantine_reason
from marketplace.catalog.sources.fees import decide_fee, decide_hours
from marketplace.catalog.states import CourseMode
from marketplace.imports.cells import (
    clean_key,
    clean_text,
    read_amount_fen,
    read_flag,
    read_integer,
)
from marketplace.imports.problems import ProblemList
from marketplace.imports.reading import Cells, Format
from marketplace.imports.states import ProblemSeverity
from marketplace.institutions.sources.facts import Approval, InstitutionFacts, read_approval

SOURCE = "generic"
OWN = "own"
"""Stands for the institution in a file of its own courses."""
PARTS = ("tuition", "materials", "assessment", "fees", "books", "supplies", "other")
COLUMNS: Mapping[str, str] = {
    "course_key": "课程编号",
    "institution_key": "机构编号",
    "institution_name": "机构名称",
    "title": "课程名称",
    "fee": "学费总额",
    "fee_tuition": "其中培训费",
    "fee_materials": "其中材料费",
    "fee_assessment": "其中考核费",
    "fee_fees": "其中报名考试费",
    "fee_books": "其中教材费",
    "fee_supplies": "其中工具耗材费",
    "fee_other": "其中其他费用",
    "hours": "学时",
    "mode": "培训方式",
    "level": "技能等级",
    "occupation_code": "职业编码",
    "certificate": "证书",
    "prerequisites": "报名条件",
    "description": "课程说明",
    "languages": "授课语言",
    "evening": "晚间上课",
    "weekend": "周末上课",
    "wheelchair": "无障碍",
    "childcare": "提供托儿",
    "status": "状态",
}
"""Every column in the order of the template, and its Chinese name."""
REQUIRED = ("course_key", "institution_key", "title", "fee")
_MODES = {
    "": CourseMode.ONSITE,
    "onsite": CourseMode.ONSITE,
    "线下": CourseMode.ONSITE,
    "面授": CourseMode.ONSITE,
    "online": CourseMode.ONLINE,
    "线上": CourseMode.ONLINE,
    "blended": CourseMode.BLENDED,
    "线上线下": CourseMode.BLENDED,
    "线上线下结合": CourseMode.BLENDED,
}
_LEVELS = {
    "初级工": 5, "初级": 5, "五级": 5, "中级工": 4, "中级": 4, "四级": 4, "高级工": 3, "高级": 3,
    "三级": 3, "技师": 2, "二级": 2, "高级技师": 1, "一级": 1,
}  # fmt: skip
_SOURCES = {
    "description": ("description",),
    "hours": ("hours",),
    "mode": ("mode",),
    "certificate": ("certificate",),
    "prerequisites": ("prerequisites",),
    "level": ("level",),
    "occupation_id": ("occupation_code",),
    "fee_parts": tuple(f"fee_{part}" for part in PARTS),
    "attributes": (),
    **{feature: (feature,) for feature in FEATURES},
}
"""A field of a course is left as it is where the file has no column for it."""


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
        level=read_skill_level(cells.get("level", ""), problems),
        quarantine_reason=quarantine_reason(problems, approval),
    )


def read_own_course(
    cells: Cells, problems: ProblemList, *, currency: str, own_keys: frozenset[str]
) -> CourseFacts | None:
    """One course in a file of the institution itself, which it cannot give to another."""
    named = clean_key(cells.get("institution_key", ""), "institution_key", ProblemList(0))
    if named and own_keys and named not in own_keys:
        problems.warn("institution_overruled", "institution_key", named)
    facts = read_course({**cells, "institution_key": OWN}, problems, currency=currency)
    needed = {"title_missing": "title", "fee_missing": "fee"}
    lacking = [needed[problem.code] for problem in problems.found if problem.code in needed]
    problems.found = [
        # A draft is reviewed before it is listed, so a doubt is a warning for its reviewer.
        replace(problem, severity=ProblemSeverity.WARNING)
        if problem.severity == ProblemSeverity.QUARANTINED
        else problem
        for problem in problems.found
        if problem.code not in needed
    ]
    for column in lacking:
        problems.reject("value_missing", column)
    return None if lacking else replace(facts, quarantine_reason=None)


def own_form_for(currency: str, own_keys: frozenset[str]) -> Format:
    """The format in which an institution brings its own courses: who it is goes without saying."""
    form = form_for(currency)
    return replace(
        form,
        required=("course_key", "title", "fee"),
        optional=("institution_key", *form.optional),
        read_row=lambda cells, problems: read_own_course(
            cells, problems, currency=currency, own_keys=own_keys
        ),
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
        attributes=_features(cells, problems),
    )


def _features(cells: Cells, problems: ProblemList) -> dict[str, Any]:
    """What search filters by: languages by their codes, the rest yes or no."""
    found: dict[str, Any] = {}
    codes, unknown = read_languages(cells.get("languages", ""))
    if codes:
        found["languages"] = codes
    for word in unknown:
        problems.warn("language_unknown", "languages", word)
    for flag in FLAG_WORDS:
        if (answer := read_flag(cells.get(flag, ""), flag, problems)) is not None:
            found[flag] = answer
    return found


def _mode(raw: str, problems: ProblemList) -> CourseMode:
    found = _MODES.get(raw.strip().strip("\"' ").lower())
    if found is None:
        problems.warn("mode_unknown", "mode", raw)
    return found or CourseMode.ONSITE


def read_skill_level(raw: str, problems: ProblemList) -> int | None:
    """`5`, `五级`, `初级工`; what is no level is unknown and said so."""
    if word := _LEVELS.get(raw.strip().partition("/")[0]):
        return word
    level = read_integer(raw.strip().removesuffix("级"), "level", problems)
    if level is None or 1 <= level <= 5:
        return level
    problems.warn("level_unreadable", "level", raw)
    return None


def form_for(currency: str) -> Format:
    """The format of the file, its amounts being in the deployment's currency."""
    return Format(
        required=REQUIRED,
        optional=tuple(column for column in COLUMNS if column not in REQUIRED),
        key="course_key",
        read_row=lambda cells, problems: read_course(cells, problems, currency=currency),
        read_key=clean_key,
        aliases={chinese: column for column, chinese in COLUMNS.items()},
        sources=_SOURCES,
    )
