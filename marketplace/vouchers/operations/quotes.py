"""The signed, itemised answer to: what does my voucher pay for this course run?"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import insert

from marketplace.audit.operations import insert_with_event
from marketplace.foundation import clock
from marketplace.foundation.crypto import sign
from marketplace.foundation.db import adopt_row, table_of
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.ids import new_code
from marketplace.vouchers.models import Quote, Voucher
from marketplace.vouchers.queries.person_facts import get_person_facts
from marketplace.vouchers.queries.quote_facts import get_means_and_course, make_quote_facts
from marketplace.vouchers.queries.quotes import (
    PURPOSE,
    get_quote,
    list_quotes_made,
    quote_text,
)
from marketplace.vouchers.queries.vouchers import lock_voucher
from marketplace.vouchers.rules.quote_facts import facts_to_json, lines_to_json
from marketplace.vouchers.rules.quotes import (
    QuoteFacts,
    QuoteLine,
    amount_of,
    quote_lines,
    refusals_for_quote,
)

_CARRIED = (
    "worker_id",
    "voucher_id",
    "scheme_version_id",
    "fee_fen",
    "value_fen",
    "own_share_fen",
    "currency",
    "lines",
    "facts",
)
"""What a kept price takes along."""
_QUOTE = table_of(Quote)
_WRITTEN = tuple(column.name for column in _QUOTE.c if column is not _QUOTE.c.id)
_INSERT_QUOTE = insert(_QUOTE).returning(_QUOTE.c.id)
QUOTE_DAYS = 7
"""How long an amount is promised; enrollment may close and the voucher may end before."""


def make_quote(
    worker_id: int, *, voucher_id: int, course_run_id: int, actor_id: int | None
) -> Quote:
    """Say what a worker's voucher pays for a course run, and keep the word for a week.

    The same question on the same day with the same answer is the same quote. Refuses what
    `refusals_for_quote` names; another's voucher is not found.
    """
    voucher = lock_voucher(voucher_id)
    if voucher.worker_id != worker_id:
        raise NotFound("voucher", voucher_id)
    facts, is_quoted = _gather_facts(voucher, course_run_id)
    if refusals := refusals_for_quote(facts):
        raise Refused(refusals)
    lines = quote_lines(facts)
    version = facts.policy.version
    earlier = list_quotes_made(voucher_id, course_run_id=course_run_id) if is_quoted else ()
    for made in earlier:
        same_day = clock.local_date(made.created_at) == facts.on
        if same_day and made.lines == lines_to_json(lines, version=version):
            return get_quote(made.id)
    return record_quote(voucher, course_run_id, facts=facts, lines=lines, actor_id=actor_id)


def record_quote(
    voucher: Voucher,
    course_run_id: int,
    *,
    facts: QuoteFacts,
    lines: tuple[QuoteLine, ...],
    actor_id: int | None,
) -> Quote:
    """Give our word for a price; who calls has asked the rules."""
    return _write(_new_quote(voucher, course_run_id, facts, lines), voucher, actor_id)


def carry_quote(
    before: Quote, voucher: Voucher, *, course_run_id: int, actor_id: int | None
) -> Quote:
    """The price of one class kept for another of the same course: same amounts, same facts.

    Decided again by its facts, it gives the same lines, as the first one did.
    """
    quote = Quote(
        code=new_code("QT"),
        course_run_id=course_run_id,
        valid_until=_end_of(clock.today()),
        created_at=clock.now(),
        **{name: getattr(before, name) for name in _CARRIED},
    )
    return _write(quote, voucher, actor_id)


def get_quote_facts(voucher: Voucher, course_run_id: int) -> QuoteFacts:
    """Everything the quote rules ask, as it stands now."""
    return _gather_facts(voucher, course_run_id)[0]


def _gather_facts(voucher: Voucher, course_run_id: int) -> tuple[QuoteFacts, bool]:
    """The same, and whether a price of the class was given before."""
    means, course = get_means_and_course(voucher, course_run_id=course_run_id)
    facts = make_quote_facts(
        get_person_facts(voucher.worker_id),
        course,
        means,
        course_run_id=course_run_id,
        on=clock.today(),
    )
    return facts, means.is_quoted


def _new_quote(
    voucher: Voucher, course_run_id: int, facts: QuoteFacts, lines: tuple[QuoteLine, ...]
) -> Quote:
    return Quote(
        code=new_code("QT"),
        worker_id=voucher.worker_id,
        voucher_id=voucher.id,
        course_run_id=course_run_id,
        scheme_version_id=voucher.scheme_version_id,
        fee_fen=facts.course.fee_fen,
        value_fen=amount_of(lines, "voucher_pays"),
        own_share_fen=amount_of(lines, "own_share"),
        currency=facts.policy.currency,
        lines=lines_to_json(lines, version=facts.policy.version),
        facts=facts_to_json(facts),
        valid_until=_end_of(_deadline(facts)),
        created_at=clock.now(),
    )


def _write(quote: Quote, voucher: Voucher, actor_id: int | None) -> Quote:
    """Sign a quote, save it and tell the trail: one statement, and without the cost of an object,
    because it is made for every price somebody looks at closely."""
    quote.signature = sign(quote_text(quote), purpose=PURPOSE)
    quote.id = insert_with_event(
        _INSERT_QUOTE,
        {name: getattr(quote, name) for name in _WRITTEN},
        "quote.made",
        subject_kind="quote",
        subject_code=quote.code,
        actor_id=actor_id,
        details={"voucher": voucher.code, "value_fen": quote.value_fen, "fee_fen": quote.fee_fen},
    )
    return adopt_row(quote)


def _deadline(facts: QuoteFacts) -> date:
    days = [facts.on + timedelta(days=QUOTE_DAYS), facts.voucher.expires_on]
    if facts.course.closes_on:
        days.append(facts.course.closes_on)
    return min(days)


def _end_of(day: date) -> datetime:
    """The last second of a local day, in UTC."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=clock.zone()).astimezone(UTC)
