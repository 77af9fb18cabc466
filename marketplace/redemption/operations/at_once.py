"""Everything a redemption writes: on PostgreSQL in one statement, on SQLite by the driver.

A round trip costs two changes of process, and what the booking holds is held until the commit, so
that others wait for every one of them (docs/performance.md). Here entry, redemption, states and
audit are one round trip.

It writes what `redeem` writes step by step, under the same triggers and constraints, and the test
`test_at_once_writes_what_the_steps_write` holds the two together. When the books refuse anything
no row is written at all, and the steps find out why.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, bindparam, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from marketplace.audit.operations import current_request_id, record_events
from marketplace.foundation import clock
from marketplace.foundation.db import dialect_name, forget_rows, table_of
from marketplace.foundation.direct import Direct, ask, is_among, whole_on_sqlite, write_on_sqlite
from marketplace.foundation.errors import Refusal, Refused
from marketplace.ledger.at_once import BOOK_AT_ONCE, book_at_once, what_to_book
from marketplace.ledger.entries import EntryDraft
from marketplace.redemption.models import Redemption, Reservation
from marketplace.redemption.states import ReservationState
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.states import VoucherState

_COLUMNS = {
    "code": "text", "voucher_id": "bigint", "reservation_id": "bigint", "enrollment_id": "bigint",
    "institution_id": "bigint", "allotment_id": "bigint", "amount_fen": "bigint",
    "part_percent": "bigint", "part_rate_percent": "bigint", "part_own_percent": "bigint",
    "part_rule": "text",
}  # fmt: skip
_NAMES = ", ".join(_COLUMNS)
_ARRAYS = ", ".join(f"CAST(:each_{name} AS {kind}[])" for name, kind in _COLUMNS.items())
_WRITE = Direct(
    text(
        f"""
    WITH due AS MATERIALIZED (
      SELECT * FROM unnest({_ARRAYS}, CAST(:voucher_codes AS text[]), CAST(:told AS text[]),
                           {BOOK_AT_ONCE}) AS one ({_NAMES}, voucher_code, details, entry_id)
       WHERE entry_id IS NOT NULL),
    written AS (
      INSERT INTO redemption ({_NAMES}, entry_id, redeemed_on, redeemed_by, redeemed_at)
      SELECT {_NAMES}, entry_id, CAST(:today AS date), CAST(:actor AS bigint),
             CAST(:posted AS timestamptz) FROM due
      RETURNING id, voucher_id, entry_id),
    ended AS (
      UPDATE reservation SET state = 'redeemed', ended_at = CAST(:posted AS timestamptz)
       WHERE id = ANY(ARRAY(SELECT reservation_id FROM due))),
    marked AS (
      UPDATE voucher SET state = 'redeemed', changed_at = CAST(:posted AS timestamptz)
       WHERE id = ANY(ARRAY(SELECT voucher_id FROM due)) AND state = 'reserved'
      RETURNING id),
    told AS (
      INSERT INTO audit_event (at, actor_id, event, subject_kind, subject_code, details,
                               request_id)
      SELECT CAST(:posted AS timestamptz), CAST(:actor AS bigint), 'voucher.redeemed', 'voucher',
             voucher_code,
             CAST(CAST(details AS jsonb) || jsonb_build_object('entry_id', entry_id) AS json),
             CAST(:request_id AS text)
        FROM due)
    SELECT id, voucher_id, entry_id, (SELECT count(*) FROM marked) AS marked FROM written
    """  # noqa: S608 (made of constants)
    ).columns(id=BigInteger, voucher_id=BigInteger, entry_id=BigInteger, marked=BigInteger)
)


def write_at_once(
    rows: Mapping[int, Mapping[str, Any]],
    entries: Sequence[EntryDraft],
    details: Mapping[str, Mapping[str, Any]],
    *,
    actor_id: int | None,
) -> dict[int, tuple[int, int]] | None:
    """By voucher the numbers of redemption and entry; none where it has to go step by step.

    `rows` are the redemptions to be, by voucher; `details` is what the trail tells, by the code of
    the voucher; both in the order of `entries`. Refuses `stale_state`.
    """
    if dialect_name() == "sqlite":
        written = _write_on_sqlite(rows, entries, details, actor_id=actor_id)
    else:
        written = ask(_WRITE, _values(rows, entries, details, actor_id=actor_id))
        if written and written[0].marked != len(rows):
            raise Refused(Refusal("stale_state"))
    if not written:
        return None
    forget_rows(Reservation, [row["reservation_id"] for row in rows.values()])
    forget_rows(Voucher, rows)
    return {one.voucher_id: (one.id, one.entry_id) for one in written}


def _values(
    rows: Mapping[int, Mapping[str, Any]],
    entries: Sequence[EntryDraft],
    details: Mapping[str, Mapping[str, Any]],
    *,
    actor_id: int | None,
) -> dict[str, Any]:
    return {
        **what_to_book(entries, actor_id=actor_id),
        **{f"each_{name}": [row[name] for row in rows.values()] for name in _COLUMNS},
        "voucher_codes": list(details),
        "told": [json.dumps(told) for told in details.values()],
        "today": clock.today(),
        "request_id": current_request_id.get(),
    }


_REDEMPTION, _RESERVATION, _VOUCHER = map(table_of, (Redemption, Reservation, Voucher))
_INSERT = Direct(
    insert(_REDEMPTION),
    (*_COLUMNS, "entry_id", "redeemed_on", "redeemed_by", "redeemed_at"),
)
_WRITTEN = Direct(
    select(_REDEMPTION.c.id, _REDEMPTION.c.voucher_id, _REDEMPTION.c.entry_id).where(
        is_among(_REDEMPTION.c.entry_id, "entry_ids")
    )
)
_END = Direct(
    update(_RESERVATION)
    .where(is_among(_RESERVATION.c.id, "reservation_ids"))
    .values(state=ReservationState.REDEEMED, ended_at=bindparam("at"))
)
_MARK = Direct(
    update(_VOUCHER)
    .where(is_among(_VOUCHER.c.id, "voucher_ids"), _VOUCHER.c.state == VoucherState.RESERVED)
    .values(state=VoucherState.REDEEMED, changed_at=bindparam("at"))
    .returning(_VOUCHER.c.id)
)


def _write_on_sqlite(
    rows: Mapping[int, Mapping[str, Any]],
    entries: Sequence[EntryDraft],
    details: Mapping[str, Mapping[str, Any]],
    *,
    actor_id: int | None,
) -> Sequence[Any]:
    """The same, statement by statement, as there is nobody to wait for; what was written, if so."""
    reservation_ids = [row["reservation_id"] for row in rows.values()]
    at = clock.now()
    try:
        with whole_on_sqlite():
            numbers = book_at_once(entries, actor_id=actor_id)
            if numbers is None:
                return ()
            booked = zip(rows.values(), numbers, strict=True)
            write_on_sqlite(_INSERT, [{**row, "entry_id": entry_id} for row, entry_id in booked])
            written = ask(_WRITTEN, {"entry_ids": numbers})
            ask(_END, {"reservation_ids": reservation_ids, "at": at})
            if len(ask(_MARK, {"voucher_ids": list(rows), "at": at})) != len(rows):
                raise Refused(Refusal("stale_state"))
            told = zip(details.items(), numbers, strict=True)
            record_events(
                "voucher.redeemed",
                subject_kind="voucher",
                details={code: {**what, "entry_id": entry_id} for (code, what), entry_id in told},
                actor_id=actor_id,
            )
    except IntegrityError:
        return ()
    return written
