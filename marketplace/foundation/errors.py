"""Refusals: every `no` of the product, with all its reasons.

A room lists its refusals in `errors.py` as a table of code -> sentence. The sentence is English
and passes through translation at the edge, so page, API and audit trail say the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

REFUSAL_TEXTS: dict[str, str] = {}
"""Every refusal code of every room -> its English sentence with %(named)s parameters."""


def N_(text: str) -> str:
    """Mark a sentence for translation where it is defined; the edge translates it."""
    return text


def register_refusals(texts: Mapping[str, str]) -> None:
    """Add a room's refusals; a code means one thing in the whole product."""
    for code, text in texts.items():
        if REFUSAL_TEXTS.get(code, text) != text:
            raise RuntimeError(f"refusal {code} has two meanings")
        REFUSAL_TEXTS[code] = text


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason for a no.

    `rule` cites the clause and version that decided; `remedy` is the code of the sentence that
    says what would change the answer; `field` names the form or file field at fault.
    """

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)
    rule: str | None = None
    remedy: str | None = None
    field: str | None = None


class Refused(Exception):
    """The act was refused; nothing was done. Carries all reasons, in order."""

    def __init__(self, refusals: Iterable[Refusal] | Refusal) -> None:
        self.refusals: tuple[Refusal, ...] = (
            (refusals,) if isinstance(refusals, Refusal) else tuple(refusals)
        )
        assert self.refusals, "a refusal names its reasons"
        super().__init__(", ".join(refusal.code for refusal in self.refusals))

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(refusal.code for refusal in self.refusals)


class NotFound(Exception):
    """There is no such thing, or not for this reader: both look the same (404)."""

    def __init__(self, noun: str, key: object = None) -> None:
        self.noun = noun
        super().__init__(f"{noun} not found")


register_refusals(
    {
        "not_found": N_("Not found, or not within your places: %(noun)s."),
        "stale_state": N_("This was changed by someone else in the meantime. Look again."),
        "state_forbids": N_("This is not possible in the present state (%(state)s)."),
        "required": N_("%(label)s is required."),
        "not_a_date": N_("%(label)s is not a date."),
        "not_an_amount": N_("%(label)s is not an amount with at most two decimals."),
        "setting_out_of_range": N_("%(label)s: a whole number from %(least)s to %(most)s."),
        "setting_clause_missing": N_("Name the decision or clause by which this is set."),
        "too_long": N_("%(label)s is longer than %(limit)s characters."),
        "same_person": N_("The second signature must be another person's."),
        "table_missing": N_("There is no readable file named %(name)s."),
        "table_empty": N_("The file %(name)s is empty."),
        "table_without_rows": N_("The file %(name)s holds a header and no row."),
        "table_wrong_type": N_(
            "The file %(name)s is neither CSV text nor an XLSX spreadsheet: "
            "it looks like %(found)s."
        ),
        "table_encoding_unknown": N_(
            "The file %(name)s is neither UTF-8, UTF-16 nor GB18030 text "
            "(first doubtful byte at %(position)s). Save it again as CSV UTF-8."
        ),
        "table_header_missing": N_("The file %(name)s has no header row."),
        "table_columns_duplicated": N_("The file %(name)s names a column twice: %(columns)s."),
        "table_columns_missing": N_("The file %(name)s lacks the required columns: %(columns)s."),
        "table_too_many_columns": N_("The file %(name)s has more than %(limit)s columns."),
        "spreadsheet_broken": N_(
            "The spreadsheet %(name)s is damaged or does not say the truth about its contents."
        ),
        "spreadsheet_encrypted": N_(
            "The spreadsheet %(name)s is protected by a password. Save it without one."
        ),
        "spreadsheet_macros": N_(
            "The spreadsheet %(name)s holds macros. Save it as a plain XLSX workbook."
        ),
        "spreadsheet_too_large": N_(
            "The spreadsheet %(name)s unpacks to more than can be read. "
            "Split it, or save it as CSV."
        ),
        "table_broken": N_(
            "The file %(name)s cannot be read from row %(row)s on: a cell is too long, or a "
            "quotation mark is never closed."
        ),
    }
)
