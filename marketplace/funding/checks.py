"""Who promised what, against the books and the scopes (see docs/trust.md).

The rules that divided an amount are not asked again: scopes and sums are proved from what stands
in the rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import func, or_, select

from marketplace.foundation.db import db
from marketplace.foundation.violations import VIOLATIONS_SHOWN_MAX, Check, Violation
from marketplace.funding.models import FundingShare, FundingSource
from marketplace.funding.states import SourceState
from marketplace.funds.models import Allotment
from marketplace.ledger.flow_queries import get_credits_by_account


def shares_are_what_their_entries_commit() -> Iterator[Violation]:
    """17: of each entry that promises a voucher's money together, every allotment's part is the sum
    of its shares, and the reverse."""
    rows = db.session.execute(
        select(FundingShare.entry_id, Allotment.code, func.sum(FundingShare.amount_fen))
        .join(Allotment, Allotment.id == FundingShare.allotment_id)
        .group_by(FundingShare.entry_id, Allotment.code)
    )
    shares = {(entry_id, code): int(fen) for entry_id, code, fen in rows}
    booked = get_credits_by_account("allotment:committed", select(FundingShare.entry_id).distinct())
    for entry_id, code in sorted(shares.keys() | booked.keys()):
        said, found = shares.get((entry_id, code), 0), booked.get((entry_id, code), 0)
        if said != found:
            detail = f"{found} committed of {code}, its shares are {said} fen"
            yield Violation("17 pooled commitment", f"entry {entry_id}", detail)


def money_stayed_within_its_scope() -> Iterator[Violation]:
    """专款专用: nothing was promised outside what its source is earmarked for."""
    rows = db.session.execute(
        select(FundingShare.id, FundingSource.code, FundingSource.scope, FundingShare.facts)
        .join(FundingSource, FundingSource.id == FundingShare.source_id)
        .order_by(FundingShare.id)
        .execution_options(yield_per=5_000)
    )
    for share_id, code, scope, facts in rows:
        if outside := _outside(scope, facts):
            yield Violation("earmarked money", f"share {share_id} of {code}", f"outside {outside}")


def _outside(scope: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    """Which part of a stored scope the stored facts break; empty: none."""
    code = facts["occupation_code"] or ""
    broken = {
        "categories": not set(scope.get("categories", ())) & set(facts["categories"]),
        "places": not set(scope.get("places", ())) & set(facts["place_path"].split("/")),
        "occupations": not any(
            f"{code}-".startswith(f"{one}-") for one in scope.get("occupations", ())
        ),
        "levels": facts["level"] not in scope.get("levels", ()),
        # ISO dates are in the order of their days.
        "first_on": facts["on"] < scope.get("first_on", ""),
        "last_on": facts["on"] > scope.get("last_on", "9999"),
    }
    return ", ".join(name for name, is_broken in broken.items() if name in scope and is_broken)


def sources_are_signed_by_two() -> Iterator[Violation]:
    """20: who put a source in force did not propose it."""
    rows = db.session.scalars(
        select(FundingSource.code)
        .where(
            FundingSource.state != SourceState.PROPOSED,
            or_(
                FundingSource.decided_by.is_(None),
                FundingSource.decided_by == FundingSource.proposed_by,
            ),
        )
        .order_by(FundingSource.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code in rows:
        yield Violation("20 two people", f"source {code}", "not signed by two people")


CHECKS: tuple[Check, ...] = (
    shares_are_what_their_entries_commit,
    money_stayed_within_its_scope,
    sources_are_signed_by_two,
)
