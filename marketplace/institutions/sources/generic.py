"""Our own documented file of institutions (`generic`), see docs/import-formats.md: pure."""

from __future__ import annotations

from stdnum.cn import uscc as uscc_number
from stdnum.exceptions import ValidationError

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
    text = raw.strip().strip("\"' ").upper().replace(" ", "")
    if not text:
        return None
    try:
        return str(uscc_number.validate(text))
    except ValidationError:
        problems.quarantine("uscc_invalid", "uscc", raw.strip())
        return None


FORMAT = Format(
    required=("institution_key", "name", "status"),
    optional=(
        "uscc", "jurisdiction_code", "kind", "address", "city", "county", "postal_code",
        "website", "approved_from", "approved_until",
    ),
    key="institution_key",
    read_row=read_institution,
    read_key=clean_key,
)  # fmt: skip
