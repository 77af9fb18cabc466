"""All sources of a scheme with all their allotments of a year, read once for many people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import select

from marketplace.foundation.db import db
from marketplace.funding.models import FundingSource
from marketplace.funding.rules import OWN_PRIORITY, Scope, Source, in_order, scope_from_json
from marketplace.funding.states import SourceState
from marketplace.funds.models import Allotment
from marketplace.funds.queries import paths_upwards
from marketplace.jurisdictions.models import Jurisdiction

ALLOTMENTS_MAX = 100_000
"""Allotments of all sources of a scheme in a year."""


@dataclass(frozen=True, slots=True)
class SourceTable:
    """What may pay for the people of a scheme, wherever they live."""

    sources: tuple[tuple[Source, Mapping[str, tuple[int, str]]], ...]
    """Each source without an allotment yet, and its allotments: path of the place -> id, code."""

    @property
    def codes(self) -> dict[int, str]:
        """Every allotment that may pay."""
        return dict(one for _source, places in self.sources for one in places.values())

    def paying(self, place_path: str, *, own: tuple[int, str]) -> tuple[Source, ...]:
        """What may pay for a person of a place, in its order, as `list_paying_sources` finds it;
        how much is left of each is not said."""
        found = [Source(None, OWN_PRIORITY, *own, Scope(), 0)]
        for source, places in self.sources:
            nearest = next((path for path in paths_upwards(place_path) if path in places), None)
            if nearest is not None:
                allotment_id, code = places[nearest]
                found.append(replace(source, allotment_id=allotment_id, allotment_code=code))
        return tuple(in_order(found))


def get_source_table(scheme_id: int, *, year: int) -> SourceTable:
    """The sources in force of a scheme, with their allotments of a year."""
    rows = db.session.execute(
        select(FundingSource, Jurisdiction.path, Allotment.id, Allotment.code)
        .join(Allotment, Allotment.fund_id == FundingSource.fund_id)
        .join(Jurisdiction, Jurisdiction.id == Allotment.jurisdiction_id)
        .where(
            FundingSource.scheme_id == scheme_id,
            FundingSource.state == SourceState.IN_FORCE,
            Allotment.fiscal_year == year,
        )
        .order_by(FundingSource.priority, Allotment.id)
        .limit(ALLOTMENTS_MAX)
    )
    known: dict[int, Source] = {}
    places: dict[int, dict[str, tuple[int, str]]] = {}
    for source, path, allotment_id, code in rows:
        scope = scope_from_json(source.scope)
        known[source.id] = Source(source.id, source.priority, allotment_id, code, scope, 0)
        places.setdefault(source.id, {})[path] = (allotment_id, code)
    return SourceTable(tuple((source, places[number]) for number, source in known.items()))
