"""What the REST interface takes and gives. Amounts are integer minor units, dates ISO 8601."""

from __future__ import annotations

from apiflask import Schema
from apiflask.fields import Date, Dict, Integer, List, Nested, String
from marshmallow.validate import Length, OneOf, Range

from marketplace.catalog.distances import STEPS_KM
from marketplace.catalog.queries.search import CourseSort

SORTS = [sort.value for sort in CourseSort if sort != CourseSort.OWN_PRICE]
"""Orders that need nobody to be signed in."""


class CourseSearchIn(Schema):
    """A search: words, place, fee, distance, order, page."""

    q = String(load_default="", validate=Length(max=200))
    jurisdiction = String(load_default=None, validate=Length(max=12))
    fee_fen_max = Integer(load_default=None, validate=Range(min=0, max=10**13))
    near = String(load_default=None, validate=Length(max=40))
    km = Integer(load_default=None, validate=OneOf(STEPS_KM))
    sort = String(load_default="relevance", validate=OneOf(SORTS))
    page = Integer(load_default=1, validate=Range(min=1, max=10_000))
    size = Integer(load_default=20, validate=Range(min=1, max=100))


class PageIn(Schema):
    """Which page."""

    page = Integer(load_default=1, validate=Range(min=1, max=10_000))
    size = Integer(load_default=20, validate=Range(min=1, max=100))


class CourseOut(Schema):
    """A course as found."""

    code = String()
    title = String()
    institution_code = String()
    institution = String()
    hours = Integer(allow_none=True)
    mode = String()
    level = Integer(allow_none=True)
    fee_fen = Integer()
    currency = String()
    next_run_starts_on = Date(allow_none=True)


class CourseFoundOut(CourseOut):
    """A course in a list; `distance_m` where a search said from where."""

    distance_m = Integer(allow_none=True)


class CourseResultsOut(Schema):
    """One page of a search."""

    total = Integer()
    page = Integer()
    pages = Integer()
    results = List(Nested(CourseFoundOut))


class CourseRunOut(Schema):
    """One dated run of a course."""

    code = String()
    state = String()
    starts_on = Date()
    ends_on = Date()
    enrollment_closes_on = Date()
    seats_left = Integer()


class CourseDetailOut(CourseOut):
    """A course with its runs."""

    description = String()
    certificate = String(allow_none=True)
    runs = List(Nested(CourseRunOut))


class InstitutionOut(Schema):
    """A training institution."""

    code = String()
    name = String()
    state = String()
    city = String(allow_none=True)
    website = String(allow_none=True)


class VoucherOut(Schema):
    """One of the caller's own vouchers."""

    code = String()
    scheme = String()
    kind = String()
    state = String()
    value_fen = Integer(allow_none=True)
    valid_from = Date()
    expires_on = Date()


class VouchersOut(Schema):
    """One page of the caller's vouchers."""

    total = Integer()
    page = Integer()
    pages = Integer()
    results = List(Nested(VoucherOut))


class StatementIn(PageIn):
    """Which days, both included; none: all of them."""

    from_on = Date(load_default=None)
    to_on = Date(load_default=None)


class StatementLineOut(Schema):
    """One entry: earned or paid out, and what is owed after it."""

    entry_id = Integer()
    effective_on = Date()
    kind = String()
    key = String()
    earned_fen = Integer()
    paid_out_fen = Integer()
    balance_fen = Integer()


class StatementOut(Schema):
    """The account of an institution over some days."""

    institution = String()
    currency = String()
    opening_fen = Integer()
    earned_fen = Integer()
    paid_out_fen = Integer()
    closing_fen = Integer()
    total = Integer()
    page = Integer()
    pages = Integer()
    results = List(Nested(StatementLineOut))


class RedemptionIn(Schema):
    """What the institution expects to earn: refused when the books say otherwise."""

    amount_fen = Integer(strict=True, load_default=None, validate=Range(min=1, max=10**13))


class RedemptionPartOut(Schema):
    """Why only a part of the reserved amount is owed: the scheme pays so much at this rate."""

    rate_percent = Integer()
    percent = Integer()
    reserved_fen = Integer()
    message = String()
    rule = String()


class RedemptionOut(Schema):
    """Voucher value that became money owed."""

    code = String()
    voucher = String()
    amount_fen = Integer()
    redeemed_on = String(metadata={"format": "date"})
    part = Nested(RedemptionPartOut, allow_none=True)
    """Empty: all of the reserved amount."""


class OnlineStatementOut(Schema):
    """What became of one statement: `stored`, or `known` with the same content."""

    id = String()
    outcome = String()


class OnlineDayOut(Schema):
    """Online time of a day; `not_credited` has seconds by reason."""

    day = String(metadata={"format": "date"})
    claimed_seconds = Integer()
    credited_seconds = Integer()
    not_credited = Dict(keys=String(), values=Integer())


class OnlineEnrollmentOut(Schema):
    """What a learner is credited by now, and of how much."""

    enrollment = String()
    credited_minutes = Integer()
    online_minutes = Integer()
    rate_percent = Integer()
    days = List(Nested(OnlineDayOut))


class OnlineIntakeOut(Schema):
    """What became of a request with statements."""

    stored = Integer()
    known = Integer()
    statements = List(Nested(OnlineStatementOut))
    enrollments = List(Nested(OnlineEnrollmentOut))


class IdempotencyIn(Schema):
    """The key a client chooses before it sends, and sends again when it retries."""

    idempotency_key = String(
        required=True, data_key="Idempotency-Key", validate=Length(min=8, max=200)
    )
