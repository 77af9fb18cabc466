"""Where institutions stand and what they may teach, as the rules of teaching and of quotes ask it.

Accreditations, decisions on the state and bars of the grade are three kinds of rows of one shape
and one statement: a quote's time is the number of its round trips.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Date, Text, cast, literal, null, select, union_all

from marketplace.foundation.db import table_of
from marketplace.foundation.direct import Direct, ask, is_among
from marketplace.institutions.models import Accreditation, InstitutionStateFact
from marketplace.institutions.rules import AccreditationPeriod, StateChange
from marketplace.institutions.states import AccreditationState, InstitutionState
from marketplace.standing.models import InstitutionRating, Rating
from marketplace.standing.queries.ratings import bar_of
from marketplace.standing.rules.grades import GradeBar
from marketplace.standing.states import Grade

ROWS_MAX = 20_000
"""Of the institutions of a page of courses."""


@dataclass(frozen=True, slots=True)
class InstitutionFacts:
    """By institution; who has nothing of a kind is absent."""

    periods: Mapping[int, tuple[AccreditationPeriod, ...]]
    changes: Mapping[int, tuple[StateChange, ...]]
    bars: Mapping[int, GradeBar]


def get_institution_facts(institution_ids: Iterable[int]) -> InstitutionFacts:
    """As `list_granted_periods_of`, `list_state_changes_of` and `list_grade_bars` tell it."""
    found: dict[str, defaultdict[int, list[Any]]] = {
        kind: defaultdict(list) for kind in ("bar", "granted", "state")
    }
    for row in ask(_ALL, {"ids": sorted(set(institution_ids))}):
        found[row.kind][row.institution_id].append(row)
    return InstitutionFacts(
        {
            key: tuple(
                AccreditationPeriod(row.name, row.level, row.first_on, row.last_on, row.site_id)
                for row in rows
            )
            for key, rows in found["granted"].items()
        },
        {
            key: tuple(
                StateChange(row.first_on, InstitutionState(row.name), InstitutionState(row.other))
                for row in sorted(rows, key=lambda row: (row.first_on, row.number))
            )
            for key, rows in found["state"].items()
        },
        {key: bar_of(Grade(rows[0].name), rows[0].level) for key, rows in found["bar"].items()},
    )


_granted, _state = table_of(Accreditation), table_of(InstitutionStateFact)
_current, _rating = table_of(InstitutionRating), table_of(Rating)
_NO_TEXT, _NO_DAY, _NO_NUMBER = cast(null(), Text), cast(null(), Date), cast(null(), BigInteger)
_ROWS = union_all(
    select(
        literal("granted").label("kind"),
        _granted.c.institution_id,
        cast(_granted.c.occupation_code, Text).label("name"),
        _NO_TEXT.label("other"),
        cast(_granted.c.level, BigInteger).label("level"),
        _granted.c.valid_from.label("first_on"),
        _granted.c.valid_until.label("last_on"),
        _granted.c.site_id,
        _granted.c.id.label("number"),
    ).where(
        is_among(_granted.c.institution_id, "ids"),
        _granted.c.state == AccreditationState.GRANTED,
    ),
    select(
        literal("state"),
        _state.c.institution_id,
        cast(_state.c.previous_state, Text),
        cast(_state.c.state, Text),
        _NO_NUMBER,
        _state.c.effective_on,
        _NO_DAY,
        _NO_NUMBER,
        _state.c.id,
    ).where(is_among(_state.c.institution_id, "ids")),
    select(
        literal("bar"),
        _current.c.institution_id,
        cast(_rating.c.grade, Text),
        _NO_TEXT,
        cast(_rating.c.policy_version, BigInteger),
        _NO_DAY,
        _NO_DAY,
        _NO_NUMBER,
        _rating.c.id,
    )
    .select_from(_current.join(_rating, _rating.c.id == _current.c.rating_id))
    .where(is_among(_current.c.institution_id, "ids"), _current.c.is_barred),
).subquery("facts")
_ALL = Direct(
    select(_ROWS).order_by(_ROWS.c.kind, _ROWS.c.institution_id, _ROWS.c.number).limit(ROWS_MAX)
)
"""Read for every quote and every page of a course: built once, and without objects."""
