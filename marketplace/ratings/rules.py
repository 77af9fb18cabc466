"""Which imported outcomes count for employment, and what is published of small groups: pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from marketplace.standing.rules.formula import NOTHING, Counts


@dataclass(frozen=True, slots=True)
class OutcomeFacts:
    """One imported row of outcomes, as the rating reads it."""

    source: str
    as_of: date
    is_of_course: bool
    field_code: str | None
    period_ends_on: date | None
    employed: Mapping[int, tuple[int | None, int | None]]
    """Quarter after training -> (in work, of how many); empty in work: not given, suppressed."""


def employment_counts(
    rows: Iterable[OutcomeFacts], *, quarter: int, window_from: date, on: date
) -> Counts:
    """Graduates in work in a quarter, from the newest edition of one source.

    Only rows that give the figure count: a suppressed one adds neither to the successes nor to
    the trials. Rows by field (or for all training) go before rows by course, so that nobody is
    counted twice; so do periods within the window.
    """
    known = [row for row in rows if row.as_of <= on]
    if not known:
        return NOTHING
    newest = max(known, key=lambda row: (row.as_of, row.source))
    edition = [
        row
        for row in known
        if row.source == newest.source
        and row.as_of == newest.as_of
        and (row.period_ends_on is None or window_from <= row.period_ends_on <= on)
    ]
    wider = [row for row in edition if not row.is_of_course]
    figures = [row.employed.get(quarter, (None, None)) for row in wider or edition]
    given = [(k, n) for k, n in figures if k is not None and n is not None]
    return Counts(sum(k for k, _n in given), sum(n for _k, n in given))


def published(counts: Counts, *, n_min: int) -> Counts | None:
    """Results of so few learners that one could be recognised are not shown."""
    return counts if counts.trials >= max(1, n_min) else None


def in_pieces(ids: Sequence[int], size: int) -> list[Sequence[int]]:
    """The numbers in pieces of a size: each is one unit of work."""
    return [ids[start : start + size] for start in range(0, len(ids), size)]
