"""Who may get a voucher? Each rule is one small predicate; all reasons are told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from marketplace.foundation.errors import Refusal
from marketplace.foundation.money import Money
from marketplace.people.states import PersonStatus, Sex, WorkerCategory
from marketplace.vouchers.errors import CATEGORY_LABELS, STATUS_LABELS
from marketplace.vouchers.rules.places import person_is_inside
from marketplace.vouchers.rules.policy import Policy
from marketplace.vouchers.rules.settings import Setting
from marketplace.vouchers.states import VoucherKind, VoucherOrigin


@dataclass(frozen=True, slots=True)
class LiveVoucher:
    """A voucher of another scheme that the worker holds and has not used."""

    title: dict[str, str]
    expires_on: date


@dataclass(frozen=True, slots=True)
class StatusSpan:
    """A status that may exclude, and its last day if it has one."""

    status: PersonStatus
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """What is known on the day somebody asks for a voucher."""

    on: date
    policy: Policy
    way: VoucherOrigin
    born_on: date
    sex: Sex
    categories: frozenset[WorkerCategory]
    """Verified, and in force on that day."""
    residence_path: str | None
    workplace_path: str | None
    scheme_path: str
    scheme_place: str
    vouchers_this_year: int
    """Of any scheme, used or still live."""
    live_elsewhere: LiveVoucher | None
    allotment_found: bool
    available_fen: int
    declared: frozenset[WorkerCategory] = frozenset()
    """Stated by the person for that day, not decided yet."""
    statuses: tuple[StatusSpan, ...] = ()
    """In force on that day."""
    vouchers_ever: int = 0
    """Of any scheme and year, used or still live."""
    category_vouchers: Mapping[WorkerCategory, int] = field(default_factory=dict)
    """Vouchers of this scheme and year by the category they were given for."""


CLOSED_WAYS: dict[VoucherOrigin, str] = {
    VoucherOrigin.CLAIMED: "scheme_not_open",
    VoucherOrigin.ISSUED: "scheme_not_targeted",
    VoucherOrigin.QUOTA: "scheme_without_quota",
}
"""What is told where a scheme is not given out this way."""
ClaimRule = Callable[[ClaimFacts], Refusal | None]


def refusals_for_claim(facts: ClaimFacts) -> tuple[Refusal, ...]:
    """All reasons why this person gets no voucher of this scheme on this day."""
    return tuple(refusal for rule in CLAIM_RULES if (refusal := rule(facts)) is not None)


def way_out_is_open(facts: ClaimFacts) -> Refusal | None:
    """A targeted voucher is issued, an open one is claimed (Fujian: 通用/定向)."""
    if facts.way in facts.policy.ways_out:
        return None
    if facts.way is VoucherOrigin.CLAIMED:
        return Refusal("scheme_not_open", remedy="remedy_scheme_not_open")
    return Refusal(CLOSED_WAYS[facts.way])


def category_is_verified(facts: ClaimFacts) -> Refusal | None:
    """One of the supported categories, as verified on the day, or on the person's word where the
    policy takes it."""
    rule = facts.policy.categories
    if rule is None or categories_that_count(facts):
        return None
    return Refusal(
        "category_not_verified",
        {"categories": tuple(CATEGORY_LABELS[category] for category in rule.value)},
        rule=facts.policy.cite(rule),
        remedy="remedy_category_not_verified",
    )


def category_has_money(facts: ClaimFacts) -> Refusal | None:
    """The year's money for people of this category is not spoken for (throttle by category)."""
    rule = facts.policy.category_caps
    counted = categories_that_count(facts)
    if rule is None or not counted or category_for_voucher(facts):
        return None
    return Refusal(
        "category_cap_reached",
        {
            "categories": tuple(CATEGORY_LABELS[category] for category in counted),
            "year": facts.on.year,
            "from_on": date(facts.on.year + 1, 1, 1),
        },
        rule=facts.policy.cite(rule),
        remedy="remedy_claim_from",
    )


def nothing_excludes(facts: ClaimFacts) -> Refusal | None:
    """No civil servant, full-time student or pensioner (Guangdong); nobody dead or in prison."""
    rule = facts.policy.shuts_out
    found = [span for span in facts.statuses if span.status in rule.value]
    if not found:
        return None
    names = sorted({span.status for span in found})
    params: dict[str, object] = {"statuses": tuple(STATUS_LABELS[name] for name in names)}
    ends = [span.valid_until for span in found if span.valid_until]
    if len(ends) == len(found):
        params["from_on"] = max(ends) + timedelta(days=1)
    return Refusal(
        "person_excluded",
        params,
        rule=facts.policy.cite(rule),
        remedy="remedy_claim_from" if "from_on" in params else "remedy_person_excluded",
    )


def age_reaches_lower_limit(facts: ClaimFacts) -> Refusal | None:
    """Old enough on the day."""
    rule = facts.policy.age
    if rule is None or age_on(facts.born_on, facts.on) >= rule.value.least:
        return None
    from_on = birthday(facts.born_on, rule.value.least)
    return Refusal(
        "below_lower_age",
        {"age": rule.value.least, "from_on": from_on},
        rule=facts.policy.cite(rule),
        remedy="remedy_below_lower_age",
    )


def age_keeps_upper_limit(facts: ClaimFacts) -> Refusal | None:
    """Not older than the limit of one's sex; the whole year of that age still counts."""
    rule = facts.policy.age
    if rule is None:
        return None
    most = rule.value.most_male if facts.sex is Sex.MALE else rule.value.most_female
    if age_on(facts.born_on, facts.on) <= most:
        return None
    return Refusal("above_upper_age", {"age": most}, rule=facts.policy.cite(rule))


def place_is_inside(facts: ClaimFacts) -> Refusal | None:
    """Lives or works where the scheme holds; who may also train there is asked with the course."""
    rule = facts.policy.place
    if rule is None or "training_place" in rule.value:
        return None
    if person_is_inside(
        facts.policy,
        residence_path=facts.residence_path,
        workplace_path=facts.workplace_path,
        scheme_path=facts.scheme_path,
    ):
        return None
    return Refusal(
        place_code(facts.policy),
        {"jurisdiction": facts.scheme_place},
        rule=facts.policy.cite(rule),
        remedy="remedy_place_outside",
    )


def year_has_room(facts: ClaimFacts) -> Refusal | None:
    """So many vouchers per person and calendar year, over all schemes; fewer or more for some
    (students once a year, others twice)."""
    found = year_limit(facts)
    if found is None or facts.vouchers_this_year < found.value:
        return None
    return Refusal(
        "year_limit_reached",
        {
            "count": facts.vouchers_this_year,
            "limit": found.value,
            "from_on": date(facts.on.year + 1, 1, 1),
        },
        rule=facts.policy.cite(found),
        remedy="remedy_year_limit_reached",
    )


def year_limit(facts: ClaimFacts) -> Setting[int] | None:
    """How many vouchers a year this person may have: of the first group that fits, else of all.

    A category counts once it is verified, a status as a register says it of that day.
    """
    rule = facts.policy.per_year_groups
    mine = facts.categories | {span.status for span in facts.statuses}
    for row in rule.value if rule else ():
        if rule and row.group in mine:
            return Setting(row.most, rule.clause, rule.assumed)
    return facts.policy.per_year_max


def life_has_room(facts: ClaimFacts) -> Refusal | None:
    """So many vouchers per person in all, over all schemes and years."""
    rule = facts.policy.per_lifetime_max
    if rule is None or facts.vouchers_ever < rule.value:
        return None
    return Refusal(
        "lifetime_limit_reached",
        {"count": facts.vouchers_ever, "limit": rule.value},
        rule=facts.policy.cite(rule),
    )


def no_other_voucher_is_live(facts: ClaimFacts) -> Refusal | None:
    """One live voucher per person; one of the same scheme is simply returned."""
    rule, live = facts.policy.one_live_voucher, facts.live_elsewhere
    if rule is None or not rule.value or live is None:
        return None
    return Refusal(
        "other_voucher_live",
        {"title": live.title, "expires_on": live.expires_on},
        rule=facts.policy.cite(rule),
        remedy="remedy_other_voucher_live",
    )


def money_is_left(facts: ClaimFacts) -> Refusal | None:
    """The allotment of the worker's place can still pay the smallest voucher."""
    if not facts.allotment_found:
        return Refusal("no_allotment", {"year": facts.on.year}, remedy="remedy_no_money")
    wanted = least_cost_fen(facts.policy)
    if facts.available_fen >= wanted:
        return None
    currency = facts.policy.currency
    return Refusal(
        "balance_too_low",
        {
            "available": Money(facts.available_fen, currency),
            "wanted": Money(wanted, currency),
        },
        remedy="remedy_no_money",
    )


CLAIM_RULES: tuple[ClaimRule, ...] = (
    way_out_is_open,
    age_reaches_lower_limit,
    age_keeps_upper_limit,
    nothing_excludes,
    place_is_inside,
    category_is_verified,
    year_has_room,
    life_has_room,
    no_other_voucher_is_live,
    category_has_money,
    money_is_left,
)
"""Unchangeable reasons first, so that nobody gathers documents in vain."""


def place_code(policy: Policy) -> str:
    """Which of the refusals about places a policy gives."""
    kinds = policy.place.value if policy.place else ()
    return "place_outside" if len(kinds) != 1 else f"place_outside_{kinds[0]}"


def word_is_taken(policy: Policy, way: VoucherOrigin) -> bool:
    """Declared categories count for who claims; an office that issues by itself has no promise."""
    return policy.declare_and_commit is not None and way is VoucherOrigin.CLAIMED


def categories_that_count(facts: ClaimFacts) -> tuple[WorkerCategory, ...]:
    """The supported categories of this person: verified ones first, then declared ones where the
    policy takes the person's word (告知承诺)."""
    rule = facts.policy.categories
    if rule is None:
        return ()
    verified = tuple(category for category in rule.value if category in facts.categories)
    if not word_is_taken(facts.policy, facts.way):
        return verified
    return verified + tuple(
        category
        for category in rule.value
        if category in facts.declared and category not in verified
    )


def category_for_voucher(facts: ClaimFacts) -> WorkerCategory | None:
    """For which category the voucher is given: the first that counts and has money left."""
    counted = categories_that_count(facts)
    full = full_categories(facts.policy, facts.category_vouchers)
    return next((category for category in counted if category not in full), None)


def full_categories(
    policy: Policy, given: Mapping[WorkerCategory, int]
) -> frozenset[WorkerCategory]:
    """Categories whose cap cannot bear one more voucher at its highest cost."""
    rooms = rooms_by_category(policy)
    return frozenset(name for name, room in rooms.items() if given.get(name, 0) >= room)


def rooms_by_category(policy: Policy) -> dict[WorkerCategory, int]:
    """How many vouchers a year the cap of each category bears, each at its highest cost."""
    caps = policy.category_caps.value if policy.category_caps else {}
    return {name: fen // max(policy.cost_fen_max, 1) for name, fen in caps.items()}


def least_cost_fen(policy: Policy) -> int:
    """What the cheapest voucher of a scheme can cost; a sign-in voucher costs nothing."""
    if policy.kind is not VoucherKind.ENTITLEMENT:
        return policy.face_value_fen or 0
    return min(rate.amount_fen for rate in policy.rates)


def age_on(born_on: date, on: date) -> int:
    """Completed years of life."""
    had_birthday = (on.month, on.day) >= (born_on.month, born_on.day)
    return on.year - born_on.year - (not had_birthday)


def latest_birth(on: date, age: int) -> date:
    """Whoever was born on this day or before has completed so many years on a day."""
    try:
        return on.replace(year=on.year - age)
    except ValueError:
        # On 29 February of a leap year: nobody was born on that day of a common year.
        return date(on.year - age, 2, 28)


def birthday(born_on: date, age: int) -> date:
    """The day on which an age is reached; 29 February counts from 1 March."""
    try:
        return born_on.replace(year=born_on.year + age)
    except ValueError:
        return date(born_on.year + age, 3, 1)
