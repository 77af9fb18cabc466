"""A problem of one row, as pure readers report it, and the sentences problems are told in.

A room lists its problems with `register_problems` in its source modules. The sentence is English
with %(field)s, %(before)s and %(after)s; pages translate it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from marketplace.foundation.errors import N_
from marketplace.imports.states import ProblemSeverity

PROBLEM_TEXTS: dict[str, str] = {}
"""Every problem code -> its English sentence."""
VALUE_CHARS_MAX = 300


@dataclass(frozen=True, slots=True)
class Problem:
    """What was wrong in one row, and what was done about it."""

    row: int
    code: str
    severity: ProblemSeverity
    key: str | None = None
    field: str | None = None
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """One row as a pure reader understood it. No facts: the row was rejected."""

    row: int
    key: str | None
    facts: Any | None
    problems: tuple[Problem, ...] = ()
    is_row: bool = True
    """False: problems of the header, not a row of the file."""


@dataclass(slots=True)
class ProblemList:
    """Collects the problems of one row while it is read."""

    row: int
    key: str | None = None
    found: list[Problem] = field(default_factory=list)

    def name_row(self, key: str | None) -> None:
        """The row's key is known now: what was found before belongs to it too."""
        self.key = key
        self.found = [replace(problem, key=key) for problem in self.found]

    def note(
        self, code: str, field: str, before: str | None = None, after: str | None = None
    ) -> None:
        self._add(code, ProblemSeverity.NOTED, field, before, after)

    def warn(
        self, code: str, field: str, before: str | None = None, after: str | None = None
    ) -> None:
        self._add(code, ProblemSeverity.WARNING, field, before, after)

    def repair(self, code: str, field: str, before: str | None, after: str | None) -> None:
        self._add(code, ProblemSeverity.REPAIRED, field, before, after)

    def quarantine(
        self, code: str, field: str, before: str | None = None, after: str | None = None
    ) -> None:
        self._add(code, ProblemSeverity.QUARANTINED, field, before, after)

    def reject(self, code: str, field: str, before: str | None = None) -> None:
        self._add(code, ProblemSeverity.REJECTED, field, before, None)

    @property
    def quarantine_reason(self) -> str | None:
        """The reasons for quarantine as one stored text: their codes."""
        codes = [p.code for p in self.found if p.severity == ProblemSeverity.QUARANTINED]
        return ", ".join(dict.fromkeys(codes)) or None

    def _add(
        self,
        code: str,
        severity: ProblemSeverity,
        field: str,
        before: str | None,
        after: str | None,
    ) -> None:
        assert code in PROBLEM_TEXTS, f"problem {code} has no sentence"
        self.found.append(
            Problem(self.row, code, severity, self.key, field, _short(before), _short(after))
        )


def register_problems(texts: Mapping[str, str]) -> None:
    """Add a room's problems; a code means one thing in the whole product."""
    for code, text in texts.items():
        if PROBLEM_TEXTS.get(code, text) != text:
            raise RuntimeError(f"problem {code} has two meanings")
        PROBLEM_TEXTS[code] = text


def problem_values(problem: Problem) -> dict[str, str]:
    """The parameters of its sentence."""
    return {
        "field": problem.field or "",
        "before": problem.before or "",
        "after": problem.after or "",
    }


def english_message(problem: Problem) -> str:
    """The sentence as it is stored and as commands print it."""
    return PROBLEM_TEXTS[problem.code] % problem_values(problem)


def _short(text: str | None) -> str | None:
    return text if text is None or len(text) <= VALUE_CHARS_MAX else text[:VALUE_CHARS_MAX] + "…"


register_problems(
    {
        "cells_beyond_header": N_(
            "The row has %(before)s more cells than the header; they were ignored."
        ),
        "cells_missing": N_("The row has %(before)s cells fewer than the header."),
        "nul_removed": N_("Zero bytes inside the row were removed."),
        "columns_ignored": N_("Columns that are not used here were ignored: %(before)s."),
        "columns_absent": N_("Optional columns are not in this file: %(before)s."),
        "sheet_ignored": N_("The sheet “%(before)s” was not read: only the first one is."),
        "sheet_hidden": N_("The hidden sheet “%(before)s” was not read."),
        "rows_hidden": N_("%(before)s hidden rows of the sheet were read like the others."),
        "cells_merged_across": N_(
            "Cells merged over several columns count as their first one: %(before)s."
        ),
        "cell_formula": N_("%(field)s holds a formula; its last value “%(after)s” was used."),
        "cell_formula_without_value": N_(
            "%(field)s holds a formula without a value: taken as empty. Open and save the "
            "spreadsheet once more."
        ),
        "cell_error": N_("%(field)s shows the error %(before)s: taken as empty."),
        "cell_merged": N_("%(field)s is merged with the cell above; “%(after)s” was used."),
        "rows_above_header": N_("%(before)s rows above the header were passed over."),
        "example_ignored": N_("The example row of the template was passed over."),
        "key_missing": N_("The row has no %(field)s, so it cannot be told apart; it was left out."),
        "key_duplicated": N_(
            "%(field)s %(before)s appears more than once; the row differs and was left out."
        ),
        "row_duplicated": N_("%(field)s %(before)s is repeated with the same content."),
        "value_missing": N_("%(field)s is empty; the row was left out."),
        "text_cleaned": N_("Stray quotation marks were removed from %(field)s."),
        "text_too_long": N_("%(field)s was longer than allowed and was cut."),
        "date_unreadable": N_("%(field)s is not a date: “%(before)s”."),
        "number_unreadable": N_("%(field)s is not a number: “%(before)s”."),
        "flag_unreadable": N_("%(field)s is neither yes nor no: “%(before)s”."),
    }
)
