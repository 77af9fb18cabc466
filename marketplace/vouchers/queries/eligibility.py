"""The rules of `rules/claims.py` over everybody at once, in one statement.

For each person of a range: is a voucher held already, which allotment pays, for which category,
and a number whose bits are the reasons against it, in the order of `CLAIM_RULES`. The same people
are accepted, for the same reasons refused, as one by one: `tests/properties` proves it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.orm import aliased
from sqlalchemy.sql.expression import CTE, Subquery

from marketplace.foundation.db import db
from marketplace.funds.entries import available
from marketplace.funds.models import Allotment
from marketplace.funds.queries import find_allotment_for
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.ledger.queries import list_balances_fen
from marketplace.people.models import CategoryFact, StatusFact, Worker
from marketplace.people.states import CategoryFactState, Sex, WorkerCategory
from marketplace.vouchers.models import IssueBatchMember, Voucher
from marketplace.vouchers.queries.facts import count_vouchers_by_category
from marketplace.vouchers.queries.money import sum_sources_left_fen
from marketplace.vouchers.queries.person_groups import Among, groups_of_people
from marketplace.vouchers.queries.schemes import SchemeInForce
from marketplace.vouchers.rules.claims import (
    CLOSED_WAYS,
    full_categories,
    latest_birth,
    least_cost_fen,
    place_code,
    word_is_taken,
)
from marketplace.vouchers.rules.policy import Policy
from marketplace.vouchers.states import VoucherKind, VoucherOrigin, VoucherState

NO_LIMIT = 1_000_000
"""Vouchers nobody gets in a year."""
ALLOTMENTS_MAX = 20_000
"""Allotments of one fund and year; a province has a few thousand places."""
_WAITING = (VoucherState.OFFERED, VoucherState.ACTIVE)
_AFTER, _UPTO = bindparam("after", type_=BigInteger), bindparam("upto", type_=BigInteger)


@dataclass(frozen=True, slots=True)
class MoneyLeft:
    """What of a scheme's money is left on a day."""

    available_fen: Mapping[int, int]
    """Allotment -> fen, for the allotments of the scheme's fund and the year."""
    given: Mapping[WorkerCategory, int]
    """Vouchers of the year by category, where the policy caps categories."""


@dataclass(frozen=True, slots=True)
class Eligibility:
    """The decision over everybody as a statement, and what its bits mean."""

    statement: Select[Any]
    """`worker_id, allotment_id, category_rank, is_held, refused`; parameters `after`, `upto`:
    the people whose numbers lie above the one, up to the other."""
    codes: tuple[str, ...]
    """Bit 0 of `refused` is the first code, and so on."""
    policy: Policy

    def reasons(self, refused: int) -> tuple[str, ...]:
        """The reasons against one person, in the order the page tells them."""
        return tuple(code for bit, code in enumerate(self.codes) if refused >> bit & 1)

    def category(self, rank: int | None) -> WorkerCategory | None:
        """For which category the voucher would be given."""
        listed = self.policy.categories.value if self.policy.categories else ()
        return None if rank is None else listed[rank % len(listed)]


def get_money_left(offer: SchemeInForce, *, on: date) -> MoneyLeft:
    """The balances and caps that decide whether one more voucher can be given."""
    rows = db.session.execute(
        select(Allotment.id, Allotment.code)
        .where(Allotment.fund_id == offer.fund.id, Allotment.fiscal_year == on.year)
        .order_by(Allotment.id)
        .limit(ALLOTMENTS_MAX)
    ).all()
    balances = list_balances_fen([available(code) for _id, code in rows])
    pooled = sum_sources_left_fen(offer.scheme.id, year=on.year) if offer.is_pooled else 0
    return MoneyLeft(
        {allotment_id: balances[available(code)] + pooled for allotment_id, code in rows},
        count_vouchers_by_category(offer.scheme.id, offer.policy, on=on),
    )


def get_eligibility(
    offer: SchemeInForce, *, way: VoucherOrigin, on: date, batch_id: int | None = None
) -> Eligibility:
    """The rules of a scheme version over everybody, with the money as it is left now."""
    money = get_money_left(offer, on=on)
    return build_eligibility(offer, way=way, on=on, money=money, batch_id=batch_id)


def build_eligibility(
    offer: SchemeInForce,
    *,
    way: VoucherOrigin,
    on: date,
    money: MoneyLeft,
    batch_id: int | None = None,
    people: Select[Any] | None = None,
) -> Eligibility:
    """The rules of a scheme version as one selection: for everybody, for a batch's members, or
    for `people`, a selection of the numbers of workers."""
    worker = aliased(Worker, name="person")
    above = find_allotment_for(
        offer.fund.id, jurisdiction_path=offer.jurisdiction.path, fiscal_year=on.year
    )
    own = cast(literal(above.id if above else None), BigInteger)
    places = _paying_places(offer, on, own)
    home, work = places.alias("home"), places.alias("work")
    among = _among(batch_id, people)
    held = _vouchers_of_people(offer.scheme.id, on, among)
    known = _categories_of_people(offer.policy, way, on, money, among)
    shut = _excluded_people(offer.policy, on, among)
    groups = groups_of_people(offer.policy.per_year_groups, on, among)
    pays = _allotment_id(offer.policy, own, home, work)
    facts = _People(worker, home, work, held, known, shut, groups, pays)
    reasons = _reasons_against(facts, offer, way, on, money)
    refused = sum(
        (case((against, 1 << bit), else_=0) for bit, (_code, against) in enumerate(reasons)),
        literal(0),
    )
    statement = (
        select(
            worker.id.label("worker_id"),
            pays.label("allotment_id"),
            known.c.open_rank.label("category_rank"),
            (func.coalesce(held.c.same, 0) > 0).label("is_held"),
            refused.label("refused"),
        )
        .select_from(worker)
        .outerjoin(home, home.c.id == worker.residence_id)
        .outerjoin(work, work.c.id == worker.workplace_id)
        .outerjoin(held, held.c.worker_id == worker.id)
        .outerjoin(known, known.c.worker_id == worker.id)
        .outerjoin(shut, shut.c.worker_id == worker.id)
        .outerjoin(groups, groups.c.worker_id == worker.id)
        .where(among(worker.id))
        .order_by(worker.id)
    )
    return Eligibility(statement, tuple(code for code, _against in reasons), offer.policy)


@dataclass(frozen=True, slots=True)
class _People:
    """The joined facts a condition may name."""

    worker: type[Worker]
    home: Any
    work: Any
    held: Subquery
    known: Subquery
    shut: Subquery
    groups: Subquery
    pays: ColumnElement[Any]


def _reasons_against(
    people: _People, offer: SchemeInForce, way: VoucherOrigin, on: date, money: MoneyLeft
) -> list[tuple[str, ColumnElement[bool]]]:
    """A code and when it applies, in the order of `CLAIM_RULES`; absent rules refuse nobody."""
    policy, held, known = offer.policy, people.held, people.known
    needed = least_cost_fen(policy)
    able = [number for number, fen in money.available_fen.items() if fen >= needed]
    reasons: list[tuple[str, ColumnElement[bool]]] = [
        (CLOSED_WAYS[way], false() if way in policy.ways_out else true())
    ]
    reasons += _against_ages(people.worker, policy, on)
    reasons.append(("person_excluded", people.shut.c.worker_id.is_not(None)))
    if policy.place and "training_place" not in policy.place.value:
        reasons.append((place_code(policy), ~_is_inside(people, policy)))
    if policy.categories:
        reasons.append(("category_not_verified", known.c.rank.is_(None)))
    if policy.per_year_max or policy.per_year_groups:
        this_year = func.coalesce(held.c.this_year, 0)
        reasons.append(("year_limit_reached", this_year >= _year_limit(people.groups, policy)))
    if policy.per_lifetime_max:
        ever = func.coalesce(held.c.ever, 0)
        reasons.append(("lifetime_limit_reached", ever >= policy.per_lifetime_max.value))
    if policy.one_live_voucher and policy.one_live_voucher.value:
        reasons.append(("other_voucher_live", func.coalesce(held.c.elsewhere, 0) > 0))
    if policy.category_caps:
        spoken_for = and_(known.c.rank.is_not(None), known.c.open_rank.is_(None))
        reasons.append(("category_cap_reached", spoken_for))
    reasons.append(("no_allotment", people.pays.is_(None)))
    poor = and_(people.pays.is_not(None), people.pays.not_in(able))
    reasons.append(("balance_too_low", poor))
    return reasons


def _year_limit(groups: Subquery, policy: Policy) -> ColumnElement[Any]:
    """How many vouchers a year a person may have; more than anybody has where nothing is said."""
    rows = policy.per_year_groups.value if policy.per_year_groups else ()
    for_all = policy.per_year_max.value if policy.per_year_max else NO_LIMIT
    limits = [(groups.c.rank == rank, row.most) for rank, row in enumerate(rows)]
    return case(*limits, else_=for_all) if limits else literal(for_all)


def _against_ages(
    worker: type[Worker], policy: Policy, on: date
) -> list[tuple[str, ColumnElement[bool]]]:
    if policy.age is None:
        return []
    age = policy.age.value
    last_birth = case(
        (worker.sex == Sex.MALE, latest_birth(on, age.most_male + 1)),
        else_=latest_birth(on, age.most_female + 1),
    )
    return [
        ("below_lower_age", worker.born_on > latest_birth(on, age.least)),
        ("above_upper_age", worker.born_on <= last_birth),
    ]


def _is_inside(people: _People, policy: Policy) -> ColumnElement[bool]:
    """Lives or works in the scheme's place, or in one of the regions that count like it."""
    regions = policy.regions.value if policy.regions else ()
    like = [Jurisdiction.path.contains(f"/{code}/", autoescape=True) for code in regions]
    of_region = select(Jurisdiction.id).where(or_(false(), *like))
    sides = {
        "residence": (people.home, people.worker.residence_id),
        "workplace": (people.work, people.worker.workplace_id),
    }
    named = [sides[kind] for kind in (policy.place.value if policy.place else ())]
    inside: list[ColumnElement[bool]] = [place.c.id.is_not(None) for place, _id in named]
    if regions:
        # A place that is unknown is in no region; NULL would be neither yes nor no.
        inside += [func.coalesce(place_id, 0).in_(of_region) for _place, place_id in named]
    return or_(false(), *inside)


def _paying_places(offer: SchemeInForce, on: date, above: ColumnElement[Any]) -> CTE:
    """The scheme's place and all below, each with the allotment that pays for its people: its
    own, else that of the nearest place above."""
    top = select(
        cast(literal(offer.jurisdiction.id), BigInteger).label("id"),
        above.label("allotment_id"),
    ).cte("paying_place", recursive=True)
    place, own = aliased(Jurisdiction), aliased(Allotment)
    return top.union_all(
        select(place.id, func.coalesce(own.id, top.c.allotment_id))
        .join(top, place.parent_id == top.c.id)
        .outerjoin(
            own,
            and_(
                own.jurisdiction_id == place.id,
                own.fund_id == offer.fund.id,
                own.fiscal_year == on.year,
            ),
        )
    )


def _allotment_id(
    policy: Policy, own: ColumnElement[Any], home: Any, work: Any
) -> ColumnElement[Any]:
    """Residence first, then workplace, else the scheme's own place (see `paying_path`)."""
    kinds = policy.place.value if policy.place else ("residence", "workplace")
    sides = [
        (side.c.id.is_not(None), side.c.allotment_id)
        for kind, side in (("residence", home), ("workplace", work))
        if kind in kinds
    ]
    return case(*sides, else_=own) if sides else own


def _among(batch_id: int | None, people: Select[Any] | None) -> Among:
    """A condition on a column that holds a worker: in the range, and a member of the batch or
    one of the people selected (found once, however often the condition is asked)."""
    if people is not None:
        chosen = people.cte("people_chosen")

        def among_chosen(worker_id: Any) -> ColumnElement[bool]:
            in_range = and_(worker_id > _AFTER, worker_id <= _UPTO)
            return and_(in_range, worker_id.in_(select(chosen.c[0])))

        return among_chosen
    members = select(IssueBatchMember.worker_id).where(
        IssueBatchMember.batch_id == batch_id,
        IssueBatchMember.worker_id > _AFTER,
        IssueBatchMember.worker_id <= _UPTO,
    )

    def among(worker_id: Any) -> ColumnElement[bool]:
        in_range = and_(worker_id > _AFTER, worker_id <= _UPTO)
        return in_range if batch_id is None else and_(in_range, worker_id.in_(members))

    return among


def _vouchers_of_people(scheme_id: int, on: date, among: Among) -> Subquery:
    """What each person has had: used or used up, or live and not past its day. A voucher that pays
    nothing counts for its own scheme only."""
    reserved = Voucher.state == VoucherState.RESERVED
    live = or_(reserved, and_(Voucher.state.in_(_WAITING), Voucher.expires_on >= on))
    used = or_(Voucher.state == VoucherState.REDEEMED, Voucher.consumed_on.is_not(None))
    pays = Voucher.kind != VoucherKind.SIGN_IN
    counts = and_(pays, or_(live, used))
    this_year = Voucher.issued_on.between(date(on.year, 1, 1), date(on.year, 12, 31))

    def count(condition: ColumnElement[bool]) -> ColumnElement[Any]:
        return func.sum(case((condition, 1), else_=0))

    return (
        select(
            Voucher.worker_id,
            count(counts).label("ever"),
            count(and_(counts, this_year)).label("this_year"),
            count(and_(live, Voucher.scheme_id == scheme_id)).label("same"),
            count(and_(pays, live, Voucher.scheme_id != scheme_id)).label("elsewhere"),
        )
        .where(among(Voucher.worker_id))
        .group_by(Voucher.worker_id)
        .subquery("vouchers_had")
    )


def _categories_of_people(
    policy: Policy, way: VoucherOrigin, on: date, money: MoneyLeft, among: Among
) -> Subquery:
    """The place of each person's first category in the policy's list: of all that count, and of
    those with money left. Declared ones come after all verified ones."""
    listed = policy.categories.value if policy.categories else ()
    full = full_categories(policy, money.given)
    fact, states = CategoryFact, [CategoryFactState.VERIFIED]
    if word_is_taken(policy, way):
        states.append(CategoryFactState.DECLARED)
    later = case((fact.state == CategoryFactState.DECLARED, len(listed)), else_=0)

    def first(names: list[tuple[int, WorkerCategory]]) -> ColumnElement[Any]:
        if not names:
            return cast(literal(None), BigInteger)
        return func.min(case(*((fact.category == name, rank + later) for rank, name in names)))

    ranks = list(enumerate(listed))
    return (
        select(
            fact.worker_id,
            first(ranks).label("rank"),
            first([(rank, name) for rank, name in ranks if name not in full]).label("open_rank"),
        )
        .where(
            among(fact.worker_id),
            fact.state.in_(states),
            fact.category.in_(listed),
            fact.valid_from <= on,
            or_(fact.valid_until.is_(None), fact.valid_until >= on),
        )
        .group_by(fact.worker_id)
        .subquery("categories_known")
    )


def _excluded_people(policy: Policy, on: date, among: Among) -> Subquery:
    """Whom a status shuts out on the day."""
    shutting = policy.shuts_out.value
    return (
        select(StatusFact.worker_id)
        .where(
            among(StatusFact.worker_id),
            StatusFact.status.in_(shutting),
            StatusFact.valid_from <= on,
            or_(StatusFact.valid_until.is_(None), StatusFact.valid_until >= on),
        )
        .distinct()
        .subquery("people_excluded")
    )
