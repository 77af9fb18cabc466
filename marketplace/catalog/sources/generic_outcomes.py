"""Our own documented file of outcomes (`generic`), see docs/import-formats.md: pure."""

from __future__ import annotations

from marketplace.catalog.sources.outcomes import (
    QUARTERS,
    FigureReader,
    OutcomeRow,
    part_of,
    read_period,
)
from marketplace.catalog.states import WageKind
from marketplace.foundation.text import tidy
from marketplace.imports.cells import clean_key
from marketplace.imports.problems import ProblemList
from marketplace.imports.reading import Cells, Format

SOURCE = "generic"
_WAGE_KINDS = {
    "": WageKind.MEDIAN,
    "median": WageKind.MEDIAN,
    "中位数": WageKind.MEDIAN,
    "average": WageKind.AVERAGE,
    "mean": WageKind.AVERAGE,
    "平均": WageKind.AVERAGE,
}


def read_outcome(cells: Cells, problems: ProblemList, *, currency: str) -> OutcomeRow | None:
    """One institution, course or field, and period in our own columns."""
    period = read_period(cells["period"], "period", problems)
    if period is None:
        return None
    figures = FigureReader(problems)

    def people(column: str) -> int | None:
        return figures.people(cells.get(column, ""), column)

    started, completed = people("started"), people("completed")
    if started is not None and completed is not None and completed > started:
        problems.warn("more_than_all", "completed", str(completed), str(started))
        started = completed = None
    kind = _WAGE_KINDS.get(tidy(cells.get("wage_kind", "")).lower())
    if kind is None:
        problems.warn("wage_kind_unreadable", "wage_kind", cells.get("wage_kind", ""))
    employed, wages = {}, {}
    for quarter in QUARTERS:
        base = people(f"employed_q{quarter}_of")
        part = people(f"employed_q{quarter}")
        employed[quarter] = (part_of(part, base, f"employed_q{quarter}", problems), base)
        column = f"wage_q{quarter}"
        wage = figures.wage_fen(cells.get(column, ""), column) if kind else None
        wages[quarter] = (wage, people(f"wage_q{quarter}_of")) if wage is not None else (None, None)
    return OutcomeRow(
        institution_key=clean_key(cells["institution_key"], "", ProblemList(0)) or "",
        course_key=clean_key(cells.get("course_key", ""), "course_key", ProblemList(0)),
        field_code=clean_key(cells.get("field_code", ""), "field_code", ProblemList(0)),
        period=period[0],
        period_ends_on=period[1],
        started=started,
        completed=completed,
        employed=employed,
        wages=wages,
        wage_kind=kind if any(wage is not None for wage, _of in wages.values()) else None,
        wage_months=1,
        currency=currency,
        hidden=figures.hidden,
    )


def read_key(raw: str, field: str, problems: ProblemList) -> str | None:
    """Part of a row's key: a period in its one spelling, a number as it is."""
    if field == "period" and (period := read_period(raw, field, ProblemList(problems.row))):
        return period[0]
    return clean_key(raw, field, ProblemList(problems.row))


def form_for(currency: str) -> Format:
    """The format of the file, its wages being in the deployment's currency."""
    return Format(
        required=("institution_key", "period"),
        optional=(
            "course_key", "field_code", "started", "completed", "wage_kind",
            *(f"{name}_q{quarter}{of}" for quarter in QUARTERS
              for name in ("employed", "wage") for of in ("", "_of")),
        ),
        key="institution_key",
        also_keyed_by=("course_key", "field_code", "period"),
        read_row=lambda cells, problems: read_outcome(cells, problems, currency=currency),
        read_key=read_key,
    )  # fmt: skip
