"""Reading quotes, proving them, and deciding them again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select

from marketplace.foundation.crypto import is_signed
from marketplace.foundation.db import db, table_of
from marketplace.foundation.errors import NotFound, Refusal
from marketplace.vouchers.models import Quote
from marketplace.vouchers.queries.schemes import get_policy, get_scheme_version
from marketplace.vouchers.rules.quote_facts import canonical_json, facts_from_json, lines_to_json
from marketplace.vouchers.rules.quotes import quote_lines, refusals_for_quote

PURPOSE = "quote"


def get_quote(quote_id: int) -> Quote:
    """A quote, or not found."""
    if (quote := db.session.get(Quote, quote_id)) is None:
        raise NotFound("quote", quote_id)
    return quote


def list_quotes_made(voucher_id: int, *, course_run_id: int) -> Sequence[Any]:
    """`id, created_at, lines` of a voucher's quotes for a course run, newest first."""
    asked = {"voucher_id": voucher_id, "course_run_id": course_run_id}
    return db.session.execute(_MADE, asked).all()


_quote = table_of(Quote)
_MADE = (
    select(_quote.c.id, _quote.c.created_at, _quote.c.lines)
    .where(
        _quote.c.voucher_id == bindparam("voucher_id"),
        _quote.c.course_run_id == bindparam("course_run_id"),
    )
    .order_by(_quote.c.id.desc())
    .limit(20)
)
"""Read for every quote: built once, and without objects."""


def quote_text(quote: Quote) -> str:
    """What the signature covers: every value of the quote, as canonical JSON."""
    return canonical_json(
        {
            "code": quote.code,
            "worker": quote.worker_id,
            "voucher": quote.voucher_id,
            "course_run": quote.course_run_id,
            "scheme_version": quote.scheme_version_id,
            "fee_fen": quote.fee_fen,
            "value_fen": quote.value_fen,
            "own_share_fen": quote.own_share_fen,
            "currency": quote.currency,
            "lines": quote.lines,
            "facts": quote.facts,
            "valid_until": quote.valid_until.isoformat(),
        }
    )


def verify_quote_signature(quote: Quote) -> bool:
    """Whether a quote is as it was given."""
    return is_signed(quote_text(quote), quote.signature, purpose=PURPOSE)


def rerun_quote(quote: Quote) -> tuple[list[dict[str, Any]], tuple[Refusal, ...]]:
    """Decide again by the stored facts and the version kept: same lines, same reasons."""
    version = get_scheme_version(quote.scheme_version_id)
    facts = facts_from_json(quote.facts, policy=get_policy(version))
    lines = lines_to_json(quote_lines(facts), version=version.number)
    return lines, refusals_for_quote(facts)
