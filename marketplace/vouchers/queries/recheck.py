"""Deciding the past again by the facts that were kept: the same facts, the same answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from marketplace.foundation.db import db, table_of
from marketplace.people.models import Worker
from marketplace.vouchers.models import ClaimDecision, Quote, SchemeVersion, Voucher
from marketplace.vouchers.queries.quotes import verify_quote_signature
from marketplace.vouchers.queries.schemes import get_policy_of
from marketplace.vouchers.rules.claim_facts import claim_facts_from_json
from marketplace.vouchers.rules.claims import category_for_voucher, refusals_for_claim
from marketplace.vouchers.rules.quote_facts import facts_from_json, lines_to_json
from marketplace.vouchers.rules.quotes import quote_lines, refusals_for_quote

PART = 1_000
"""Decisions read at once."""


@dataclass(frozen=True, slots=True)
class Rechecked:
    """A past decision, decided again by the same facts under its own version."""

    kind: str
    """`quote` or `claim`."""
    code: str
    difference: str | None
    """How the answer differs from the one that was given; empty: it does not."""


def recheck_quotes() -> Iterator[Rechecked]:
    """Every quote ever made: same lines, no refusal, and a signature that is ours."""
    last_id = 0
    while rows := db.session.execute(_QUOTES.where(Quote.id > last_id)).all():
        for quote, number, digest in rows:
            policy = get_policy_of(quote.scheme_version_id, digest)
            facts = facts_from_json(quote.facts, policy=policy)
            again = lines_to_json(quote_lines(facts), version=number)
            refused = [refusal.code for refusal in refusals_for_quote(facts)]
            difference = None
            if again != quote.lines:
                difference = f"other lines: {_changed(quote.lines, again)}"
            elif refused:
                difference = f"refused now: {', '.join(refused)}"
            elif not verify_quote_signature(quote):
                difference = "the signature does not fit"
            yield Rechecked("quote", quote.code, difference)
        last_id = rows[-1].Quote.id
        db.session.expunge_all()


def recheck_claims() -> Iterator[Rechecked]:
    """Every voucher given to one person since its facts are kept: still given, for the same
    category."""
    last_id = 0
    while rows := db.session.execute(_CLAIMS.where(_decision.c.voucher_id > last_id)).all():
        for row in rows:
            policy = get_policy_of(row.scheme_version_id, row.content_sha256)
            facts = claim_facts_from_json(
                row.facts, policy=policy, born_on=row.born_on, sex=row.sex
            )
            refused = [refusal.code for refusal in refusals_for_claim(facts)]
            category = category_for_voucher(facts)
            difference = None
            if refused:
                difference = f"refused now: {', '.join(refused)}"
            elif category != row.category:
                difference = f"for {category}, was for {row.category}"
            yield Rechecked("claim", row.code, difference)
        last_id = rows[-1].voucher_id


def _changed(before: list[Any], after: list[Any]) -> str:
    """The first line that differs, by its code and amounts."""
    for old, new in zip(before, after, strict=False):
        if old != new:
            return f"{old['code']} {old['amount_fen']} → {new['code']} {new['amount_fen']}"
    return f"{len(before)} → {len(after)} lines"


_decision, _voucher = table_of(ClaimDecision), table_of(Voucher)
_version, _worker = table_of(SchemeVersion), table_of(Worker)
_QUOTES = (
    select(Quote, SchemeVersion.number, SchemeVersion.content_sha256)
    .join(SchemeVersion, SchemeVersion.id == Quote.scheme_version_id)
    .order_by(Quote.id)
    .limit(PART)
)
_CLAIMS = (
    select(
        _decision.c.voucher_id,
        _decision.c.facts,
        _voucher.c.code,
        _voucher.c.category,
        _voucher.c.scheme_version_id,
        _version.c.content_sha256,
        _worker.c.born_on,
        _worker.c.sex,
    )
    .join(_voucher, _voucher.c.id == _decision.c.voucher_id)
    .join(_version, _version.c.id == _voucher.c.scheme_version_id)
    .join(_worker, _worker.c.id == _voucher.c.worker_id)
    .order_by(_decision.c.voucher_id)
    .limit(PART)
)
