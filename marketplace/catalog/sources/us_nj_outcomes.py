"""New Jersey's outcomes by institution and field of study (`us-nj-outcomes`): pure.

Proportions in work, average quarterly wages and numbers of people for the second, fourth and
eighth quarter after training; -99999 hides a figure. Proportions below five graduates and wages
below five earners are hidden, while the number of earners is not: taking it for the number in work
would uncover what the source hides, so it is kept only beside a wage that is given.
"""

from __future__ import annotations

from marketplace.catalog.sources.outcomes import (
    QUARTERS,
    FigureReader,
    OutcomeRow,
    people_of_proportion,
)
from marketplace.catalog.sources.us_nj_etpl import read_cip
from marketplace.catalog.states import WageKind
from marketplace.imports.cells import clean_key
from marketplace.imports.problems import ProblemList
from marketplace.imports.reading import Cells, Format

SOURCE = "us-nj-outcomes"
CURRENCY = "USD"
WAGE_MONTHS = 3
UNKNOWN_FIELD = "99.9999"
"""How the source writes that it does not know the field."""
_RETENTION = (
    "perretention4", "perretention8", "numusedretentioncalc4", "numusedretentioncalc8",
)  # fmt: skip
"""Known columns that we do not keep."""


def read_outcome(cells: Cells, problems: ProblemList) -> OutcomeRow | None:
    """One institution and field of study."""
    figures = FigureReader(problems)
    field_code = read_cip(cells["cipcode"], ProblemList(problems.row))
    if field_code is None:
        problems.reject("value_missing", "cipcode")
        return None
    employed, wages = {}, {}
    for quarter in QUARTERS:
        rate_field, base_field = f"peremployed{quarter}", f"numcompleted{quarter}"
        base = figures.people(cells[base_field], base_field)
        rate = figures.proportion(cells[rate_field], rate_field)
        employed[quarter] = (people_of_proportion(rate, base, rate_field, problems), base)
        wage_field, used_field = f"avgquarterlywage{quarter}", f"numusedwagecalc{quarter}"
        wage = figures.wage_fen(cells[wage_field], wage_field)
        used = figures.people(cells[used_field], used_field)
        wages[quarter] = (wage, used) if wage is not None else (None, None)
    return OutcomeRow(
        institution_key=clean_key(cells["providerid"], "providerid", ProblemList(0)) or "",
        course_key=None,
        field_code=None if field_code == UNKNOWN_FIELD else field_code,
        period="",
        period_ends_on=None,
        started=None,
        completed=None,
        employed=employed,
        wages=wages,
        wage_kind=WageKind.AVERAGE,
        wage_months=WAGE_MONTHS,
        currency=CURRENCY,
        hidden=figures.hidden,
    )


def read_key(raw: str, field: str, problems: ProblemList) -> str | None:
    """Part of a row's key: a field of study in its one spelling, the institution's number."""
    silent = ProblemList(problems.row)
    return (read_cip(raw, silent) if field == "cipcode" else None) or clean_key(raw, field, silent)


FORMAT = Format(
    required=(
        "providerid", "cipcode",
        *(f"{name}{quarter}" for quarter in QUARTERS
          for name in ("peremployed", "avgquarterlywage", "numcompleted", "numusedwagecalc")),
    ),
    optional=_RETENTION,
    key="providerid",
    also_keyed_by=("cipcode",),
    read_row=read_outcome,
    read_key=read_key,
)  # fmt: skip
