"""Our own documented file of vacancies (`generic`), see docs/import-formats.md. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from marketplace.catalog.sources.generic import read_skill_level
from marketplace.directories.sources.facts import (
    read_checked_uscc,
    read_code,
    read_is_listed,
    read_name,
    read_optional,
    read_period,
)
from marketplace.employers import errors as _errors  # noqa: F401  (registers the problems)
from marketplace.imports.cells import clean_key, clean_text, read_amount_fen, read_integer
from marketplace.imports.problems import ProblemList
from marketplace.imports.reading import Cells, Format
from marketplace.imports.states import ProblemSeverity

OPENINGS_MAX = 10_000


@dataclass(frozen=True, slots=True)
class VacancyFacts:
    """One vacancy and its employer as a file says it; wages a month in fen."""

    key: str
    employer_key: str
    employer_name: str
    title: str
    uscc: str | None
    website: str | None
    contact: str | None
    occupation_code: str | None
    level: int | None
    jurisdiction_code: str | None
    place: str | None
    wage_fen_min: int | None
    wage_fen_max: int | None
    openings: int
    description: str | None
    valid_from: date | None
    valid_until: date | None
    is_open: bool


def read_vacancy(cells: Cells, problems: ProblemList) -> VacancyFacts | None:
    """One vacancy in our own columns; a row without employer or title is left out."""
    employer_key = clean_key(cells["employer_key"], "employer_key", problems)
    if employer_key is None:
        problems.reject("value_missing", "employer_key")
    employer_name = read_name(cells, "employer_name", problems)
    title = read_name(cells, "title", problems)
    uscc = read_checked_uscc(cells.get("uscc", ""), problems)
    period = read_period(cells, problems)
    is_open = read_is_listed(cells, problems)
    rejected = any(found.severity == ProblemSeverity.REJECTED for found in problems.found)
    if employer_key is None or employer_name is None or title is None or rejected:
        return None
    assert period is not None
    assert is_open is not None
    lowest, highest = _wages(cells, problems)
    return VacancyFacts(
        key=problems.key or "",
        employer_key=employer_key,
        employer_name=employer_name,
        title=title,
        uscc=uscc,
        website=_website(cells, problems),
        contact=read_optional(cells, "contact", problems),
        occupation_code=read_code(cells, "occupation_code", problems),
        level=read_skill_level(cells.get("level", ""), problems),
        jurisdiction_code=read_code(cells, "jurisdiction_code", problems),
        place=read_optional(cells, "place", problems),
        wage_fen_min=lowest,
        wage_fen_max=highest,
        openings=_openings(cells, problems),
        description=clean_text(
            cells.get("description", ""), "description", problems, limit=4_000, lines=True
        ),
        valid_from=period[0],
        valid_until=period[1],
        is_open=is_open,
    )


def _wages(cells: Cells, problems: ProblemList) -> tuple[int | None, int | None]:
    """One figure is both ends."""
    lowest = read_amount_fen(cells.get("wage_min", ""), "wage_min", problems)
    highest = read_amount_fen(cells.get("wage_max", ""), "wage_max", problems)
    if lowest is None or highest is None:
        one = lowest if lowest is not None else highest
        return one, one
    if lowest > highest:
        problems.repair("vacancy_wages_swapped", "wage_min", str(lowest // 100), None)
        return highest, lowest
    return lowest, highest


def _openings(cells: Cells, problems: ProblemList) -> int:
    raw = cells.get("openings", "")
    number = read_integer(raw, "openings", problems)
    if number is None:
        return 1
    if 1 <= number <= OPENINGS_MAX:
        return number
    problems.warn("vacancy_openings_odd", "openings", raw)
    return 1


def _website(cells: Cells, problems: ProblemList) -> str | None:
    """Only an ordinary web address becomes a link on a page of ours."""
    text = read_optional(cells, "website", problems)
    return text if text and text.lower().startswith(("http://", "https://")) else None


VACANCY_FORMATS: Mapping[str, Format] = {
    "generic": Format(
        required=("vacancy_key", "employer_key", "employer_name", "title"),
        optional=(
            "uscc", "website", "contact", "occupation_code", "level", "jurisdiction_code",
            "place", "wage_min", "wage_max", "openings", "description", "valid_from",
            "valid_until", "status",
        ),
        key="vacancy_key",
        read_row=read_vacancy,
        read_key=lambda raw, field, problems: clean_key(raw, field, problems),
        aliases={
            "岗位编号": "vacancy_key", "单位编号": "employer_key", "单位名称": "employer_name",
            "岗位名称": "title", "统一社会信用代码": "uscc", "网址": "website",
            "联系方式": "contact", "职业代码": "occupation_code", "技能等级": "level",
            "行政区划代码": "jurisdiction_code", "工作地点": "place", "最低月薪": "wage_min",
            "最高月薪": "wage_max", "招聘人数": "openings", "岗位描述": "description",
            "开始日期": "valid_from", "截止日期": "valid_until", "状态": "status",
        },
    )
}  # fmt: skip
