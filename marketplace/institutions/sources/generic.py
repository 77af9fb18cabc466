"""Our own documented file of institutions (`generic`), see docs/import-formats.md: pure."""

from __future__ import annotations

from collections.abc import Mapping

from stdnum.cn import uscc as uscc_number
from stdnum.exceptions import ValidationError

from marketplace.foundation.text import normal_form
from marketplace.imports.cells import clean_key, clean_text, read_date
from marketplace.imports.problems import ProblemList
from marketplace.imports.reading import Cells, Format
from marketplace.institutions.sources.facts import InstitutionFacts, read_approval

SOURCE = "generic"


def read_institution(cells: Cells, problems: ProblemList) -> InstitutionFacts | None:
    """One institution in our own columns."""
    key = clean_key(cells["institution_key"], "institution_key", ProblemList(problems.row)) or ""
    name = clean_text(cells["name"], "name", problems, limit=200)
    if name is None:
        problems.quarantine("institution_unnamed", "name")

    def text(column: str) -> str | None:
        return clean_text(cells.get(column, ""), column, problems)

    return InstitutionFacts(
        key=key,
        name=name or f"({key})",
        approval=read_approval(cells["status"], "status", problems),
        uscc=read_uscc(cells.get("uscc", ""), problems),
        jurisdiction_code=clean_key(cells.get("jurisdiction_code", ""), "jurisdiction_code",
                                    problems),
        kind=text("kind"),
        address=text("address"),
        city=text("city"),
        county=text("county"),
        postal_code=text("postal_code"),
        website=text("website"),
        accredited_from=read_date(cells.get("approved_from", ""), "approved_from", problems),
        accredited_until=read_date(cells.get("approved_until", ""), "approved_until", problems),
        quarantine_reason=problems.quarantine_reason,
    )  # fmt: skip


def read_uscc(raw: str, problems: ProblemList) -> str | None:
    """GB 32100: eighteen characters with a check character."""
    text = normal_form(raw).strip("\"' ").upper().replace(" ", "")
    if not text:
        return None
    try:
        return str(uscc_number.validate(text))
    except ValidationError:
        problems.quarantine("uscc_invalid", "uscc", raw.strip())
        return None


REQUIRED = ("institution_key", "name", "status")
COLUMNS: Mapping[str, str] = {
    "institution_key": "机构编号",
    "name": "机构名称",
    "status": "状态",
    "uscc": "统一社会信用代码",
    "jurisdiction_code": "行政区划代码",
    "approved_from": "资质起始日",
    "approved_until": "资质截止日",
    "kind": "机构类型",
    "address": "地址",
    "city": "城市",
    "county": "区县",
    "postal_code": "邮政编码",
    "website": "网址",
}
"""Every column in the order of the template, and its Chinese name."""
FORMAT = Format(
    required=REQUIRED,
    optional=tuple(column for column in COLUMNS if column not in REQUIRED),
    key="institution_key",
    read_row=read_institution,
    read_key=clean_key,
    aliases={chinese: column for column, chinese in COLUMNS.items()},
    sources={
        "uscc": ("uscc",),
        "jurisdiction_id": ("jurisdiction_code",),
        "accredited_until": ("approved_until",),
        **{name: (name,) for name in ("kind", "address", "city", "county", "postal_code",
                                      "website")},
    },
)  # fmt: skip
