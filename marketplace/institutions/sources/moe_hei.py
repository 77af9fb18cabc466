"""The Ministry of Education's list of colleges (`moe-hei`): pure."""

from __future__ import annotations

import re

from marketplace.imports.cells import clean_key, clean_text
from marketplace.imports.problems import ProblemList
from marketplace.imports.reading import Cells, Format
from marketplace.institutions.sources.facts import Approval, InstitutionFacts

SOURCE = "moe-hei"


def read_college(cells: Cells, problems: ProblemList) -> InstitutionFacts | None:
    """One college; being on the Ministry's list is its approval."""
    name = clean_text(cells["name"], "name", problems, limit=200)
    if name is None:
        problems.quarantine("institution_unnamed", "name")
    key = clean_key(cells["school_code"], "school_code", ProblemList(problems.row)) or ""
    features = {
        column: text
        for column in ("authority", "ownership", "province")
        if (text := clean_text(cells.get(column, ""), column, problems))
    }
    return InstitutionFacts(
        key=key,
        name=name or f"({key})",
        approval=Approval.APPROVED,
        jurisdiction_code=_place(cells),
        kind=clean_text(cells.get("level", ""), "level", problems),
        city=clean_text(cells.get("city", ""), "city", problems),
        features=features,
        quarantine_reason=problems.quarantine_reason,
    )


def _place(cells: Cells) -> str | None:
    for column in ("city_code", "province_code"):
        digits = re.sub(r"\.0+$", "", cells.get(column, "").strip())
        if digits.isascii() and digits.isdigit() and len(digits) in (2, 4, 6):
            return digits.ljust(6, "0")
    return None


FORMAT = Format(
    required=("school_code", "name"),
    optional=(
        "province_code", "province", "city_code", "city", "level", "authority", "ownership",
    ),
    key="school_code",
    read_row=read_college,
    read_key=clean_key,
    sources={
        "jurisdiction_id": ("city_code", "province_code"),
        "kind": ("level",),
        "city": ("city",),
        "authority": ("authority",),
        "ownership": ("ownership",),
        "province": ("province",),
    },
)  # fmt: skip
