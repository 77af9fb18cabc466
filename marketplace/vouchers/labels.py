"""The words pages use for vouchers: states, kinds, lines of a quote, rules in plain sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.enrollment.labels import EXIT_REASON_LABELS
from marketplace.foundation.errors import N_
from marketplace.foundation.money import Money
from marketplace.vouchers.completion_words import completion_sentences
from marketplace.vouchers.errors import CATEGORY_LABELS, STATUS_LABELS
from marketplace.vouchers.milestone_labels import milestone_sentences
from marketplace.vouchers.payment_words import allowance_categories as allowance_categories
from marketplace.vouchers.payment_words import allowance_limits as allowance_limits
from marketplace.vouchers.payment_words import payments_by_time as payments_by_time
from marketplace.vouchers.quota_words import quota_sentences
from marketplace.vouchers.rules.policy import Policy, Rate
from marketplace.vouchers.rules.settings import Setting
from marketplace.vouchers.states import (
    Award,
    SwapPrice,
    VoucherKind,
    VoucherOrigin,
    VoucherState,
)

STATE_LABELS: dict[VoucherState, str] = {
    VoucherState.OFFERED: N_("Offered to you"),
    VoucherState.ACTIVE: N_("Ready to use"),
    VoucherState.RESERVED: N_("Reserved for a course"),
    VoucherState.REDEEMED: N_("Used"),
    VoucherState.EXPIRED: N_("Expired"),
    VoucherState.REVOKED: N_("Revoked"),
}
OFFICER_STATE_LABELS: dict[VoucherState, str] = {
    **STATE_LABELS,
    VoucherState.OFFERED: N_("Waiting to be accepted"),
}
STATE_TONES: dict[VoucherState, str] = {
    VoucherState.OFFERED: "decision",
    VoucherState.ACTIVE: "done",
    VoucherState.RESERVED: "waiting",
    VoucherState.REDEEMED: "neutral",
    VoucherState.EXPIRED: "neutral",
    VoucherState.REVOKED: "neutral",
}
KIND_LABELS: dict[VoucherKind, str] = {
    VoucherKind.FACE_VALUE: N_("Face-value voucher"),
    VoucherKind.ENTITLEMENT: N_("Entitlement voucher"),
    VoucherKind.SIGN_IN: N_("Sign-in voucher"),
}
ORIGIN_LABELS: dict[VoucherOrigin, str] = {
    VoucherOrigin.CLAIMED: N_("Claimed by workers"),
    VoucherOrigin.ISSUED: N_("Issued by officers"),
    VoucherOrigin.QUOTA: N_("Named by employers with a quota"),
}
QUOTE_LINE_LABELS: dict[str, str] = {
    "fee": N_("Course fee"),
    "face_value": N_("Face value of the voucher"),
    "sign_in": N_("This voucher records your training; it pays nothing"),
    "rate": N_("Subsidy rate for this level"),
    "scarcity": N_("Share paid for how scarce the occupation is"),
    "blended": N_("Share paid for training partly online"),
    "in_demand": N_("More for an occupation in demand"),
    "co_pay": N_("Your share by the policy"),
    "free_group": N_("You are spared the share by the policy"),
    "voucher_pays": N_("The voucher pays"),
    "part": N_("Not earned at a low attendance"),
    "own_share": N_("You pay"),
    "own_share_shared": N_("Not covered by the voucher"),
    "employer_share": N_("Your employer pays"),
    "worker_share": N_("Left for you to pay"),
    "living_allowance": N_("Living allowance, paid to you separately"),
    "travel_allowance": N_("Travel allowance, paid to you separately"),
    "assessment_fee_allowance": N_("Assessment fee, given back to you when you pass"),
}
LEVEL_LABELS: dict[int, str] = {
    5: N_("Level 5 (beginner)"),
    4: N_("Level 4 (intermediate)"),
    3: N_("Level 3 (advanced)"),
    2: N_("Level 2 (technician)"),
    1: N_("Level 1 (senior technician)"),
}
ANY_LEVEL = N_("Any level")
AWARD_LABELS: dict[Award, str] = {
    Award.SPECIAL_ABILITY: N_("Certificate of a special ability"),
    Award.COMPLETION: N_("Certificate of passed training"),
}
ALLOWANCE_LABELS: dict[str, str] = {
    "living": N_("Living allowance"),
    "travel": N_("Travel allowance"),
    "assessment_fee": N_("Assessment fee given back"),
}


@dataclass(frozen=True, slots=True)
class RuleSentence:
    """One rule of a policy as people read it, with the clause it comes from."""

    text: str
    params: Mapping[str, Any]
    clause: str
    assumed: bool


def list_rule_sentences(
    policy: Policy, *, place_names: Mapping[str, str] | None = None
) -> list[RuleSentence]:
    """The rules of a scheme version in plain words, in the order people ask; `place_names` says
    what places are called that the policy names by code (`list_region_names`)."""
    return [
        sentence
        for sentence in (
            *_who(policy, place_names or {}),
            *_how_often(policy),
            *_how_much(policy),
            *(
                _sentence(setting, text, **params)
                for setting, text, params in completion_sentences(policy)
            ),
            *_leaving(policy),
        )
        if sentence is not None
    ]


def level_label(rate: Rate) -> str:
    """The level a rate is for, or what a course without a level ends with."""
    if rate.award:
        return AWARD_LABELS[rate.award]
    return LEVEL_LABELS[rate.level] if rate.level else ANY_LEVEL


def _who(policy: Policy, place_names: Mapping[str, str]) -> list[RuleSentence | None]:
    places: dict[tuple[str, ...], str] = {
        ("residence",): N_("For people who live in the area of the scheme."),
        ("workplace",): N_("For people who work in the area of the scheme."),
    }
    either = N_("For people who live or work in the area of the scheme.")
    if policy.place and "training_place" in policy.place.value:
        places[policy.place.value] = N_(
            "For people who live or work in the area of the scheme, or train there."
        )
    age, regions, word = policy.age, policy.regions, policy.declare_and_commit
    return [
        _sentence(
            policy.categories,
            N_("For: %(categories)s."),
            categories=_labels(policy.categories),
        ),
        _sentence(
            age,
            N_("From %(least)s years on; men up to %(male)s, women up to %(female)s."),
            least=age.value.least if age else None,
            male=age.value.most_male if age else None,
            female=age.value.most_female if age else None,
        ),
        _sentence(policy.place, places.get(policy.place.value, either) if policy.place else either),
        _sentence(
            regions,
            N_("Places that count like the area of the scheme: %(codes)s."),
            codes=tuple(place_names.get(code, code) for code in regions.value) if regions else (),
        ),
        _sentence(
            policy.excluded,
            N_("Not for: %(statuses)s."),
            statuses=tuple(STATUS_LABELS[name] for name in policy.excluded.value)
            if policy.excluded
            else (),
        ),
        _sentence(
            word,
            N_("Your word counts at first; it is checked within %(days)s days."),
            days=word.value if word else None,
        ),
    ]


def _how_often(policy: Policy) -> list[RuleSentence | None]:
    return [
        _sentence(
            policy.validity_days,
            N_("To be used within %(days)s days; then it ends."),
            days=policy.validity_days.value,
        ),
        _sentence(
            policy.per_year_max,
            N_("At most %(count)s vouchers per person and calendar year."),
            count=policy.per_year_max.value if policy.per_year_max else None,
        ),
        *_year_groups(policy),
        _sentence(
            policy.per_lifetime_max,
            N_("At most %(count)s vouchers per person in all."),
            count=policy.per_lifetime_max.value if policy.per_lifetime_max else None,
        ),
        *_trainings_per_year(policy),
        _switch(
            policy.other_subsidy_excludes,
            N_("Nothing is paid where another subsidy was paid for the same certificate."),
        ),
        _switch(policy.one_live_voucher, N_("Only one unused voucher per person at a time.")),
        _switch(
            policy.same_occupation_level_once,
            N_("The same occupation and level is supported once."),
        ),
        _switch(
            policy.higher_bars_lower,
            N_("After support for a higher level there is none for a lower one."),
        ),
        *(
            _sentence(policy.enterprise_quota, text, **params)
            for text, params in quota_sentences(policy.enterprise_quota)
        ),
    ]


def _year_groups(policy: Policy) -> list[RuleSentence | None]:
    rule = policy.per_year_groups
    words = {**CATEGORY_LABELS, **STATUS_LABELS}
    text = N_("At most %(count)s vouchers per calendar year for: %(group)s.")
    return [
        _sentence(rule, text, count=row.most, group=words[row.group])
        for row in (rule.value if rule else ())
    ]


def _leaving(policy: Policy) -> list[RuleSentence | None]:
    rules = policy.leaving
    window, borne = rules.window, rules.borne_by
    after = window.value.days_after_enrolling if window else None
    costly = [reason for reason, by in (borne.value.items() if borne else ()) if by == "worker"]
    within = N_(
        "A class can be left at no cost within %(after)s days of enrolling, until %(days)s days "
        "before it begins."
    )
    until = N_("A class can be left at no cost until %(days)s days before it begins.")
    kept = N_("Who changes to another class of the same course keeps the price.")
    of_the_day = N_("Who changes to another class pays the price of that day.")
    return [
        _sentence(
            window,
            until if after is None else within,
            days=window.value.until_days_before_start if window else None,
            after=after,
        ),
        _sentence(
            borne if costly else None,
            N_("Later the voucher is used up by leaving for these reasons: %(reasons)s."),
            reasons=tuple(EXIT_REASON_LABELS[reason] for reason in costly),
        ),
        _sentence(
            rules.swap_price,
            kept if rules.swap_price and rules.swap_price.value is SwapPrice.KEPT else of_the_day,
        ),
        _sentence(
            rules.swaps_max,
            N_("A voucher can be taken along to another class %(count)s times."),
            count=rules.swaps_max.value if rules.swaps_max else None,
        ),
    ]


def _how_much(policy: Policy) -> list[RuleSentence | None]:
    co_pay, minimum, pays = policy.co_pay_percent, policy.attendance_min_percent, policy.kind.pays
    attended = N_("The institution is paid when %(percent)s %% of the lessons were attended.")
    recorded = N_("Training counts when %(percent)s %% of the lessons were attended.")
    passed = N_("The institution is paid when the assessment was passed.")
    records = N_("It records your training and pays nothing: you pay the fee yourself, if any.")
    return [
        _sentence(None if pays else minimum, records),
        _sentence(
            policy.validity_days if policy.face_value_fen else None,
            N_("The voucher is worth %(amount)s."),
            amount=Money(policy.face_value_fen or 0, policy.currency),
        ),
        *_percentages(policy),
        *_caps(policy),
        _sentence(
            co_pay,
            N_("Participants pay %(percent)s %% of the fee themselves."),
            percent=co_pay.value if co_pay else None,
        ),
        _sentence(
            policy.free_groups,
            N_("Spared this share: %(categories)s."),
            categories=_labels(policy.free_groups),
        ),
        _sentence(minimum, attended if pays else recorded, percent=minimum.value),
        _switch(
            policy.assessment_required,
            passed if pays else N_("Training counts when the assessment was passed."),
        ),
        _switch(
            policy.independent_assessment,
            N_("A listed assessment body that did not train the participants assesses them."),
        ),
        *(
            _sentence(policy.milestones, text, **params)
            for text, params in milestone_sentences(policy.milestones)
        ),
    ]


def _trainings_per_year(policy: Policy) -> list[RuleSentence | None]:
    rule = policy.trainings_per_year
    extra = rule.value.in_demand_extra if rule else 0
    return [
        _sentence(
            rule,
            N_("At most %(count)s trainings with support per calendar year."),
            count=rule.value.most if rule else None,
        ),
        _sentence(
            rule if extra else None,
            N_("In occupations in demand, %(count)s more per calendar year."),
            count=extra,
        ),
    ]


def _percentages(policy: Policy) -> list[RuleSentence | None]:
    uplift, blended, scarcity = policy.in_demand_uplift, policy.blended_percent, policy.scarcity
    sentences = [
        _sentence(
            uplift if uplift and uplift.value.from_level is None else None,
            N_("For occupations in demand up to %(percent)s %% more."),
            percent=uplift.value.percent if uplift else None,
        ),
        _sentence(
            uplift if uplift and uplift.value.from_level else None,
            N_(
                "For occupations in demand up to %(percent)s %% more, "
                "from this level on: %(level)s."
            ),
            percent=uplift.value.percent if uplift else None,
            level=LEVEL_LABELS[uplift.value.from_level or 5] if uplift else None,
        ),
        _sentence(
            blended,
            N_("Training partly online is paid at %(percent)s %%."),
            percent=blended.value if blended else None,
        ),
    ]
    for percent, codes in scarcity.value.grades if scarcity else ():
        text = N_("%(percent)s %% of the rate is paid for: %(codes)s.")
        sentences.append(_sentence(scarcity, text, percent=percent, codes=codes))
    if scarcity:
        text = N_("%(percent)s %% of the rate is paid for all other occupations.")
        sentences.append(_sentence(scarcity, text, percent=scarcity.value.others_percent))
        if level := scarcity.value.full_from_level:
            text = N_("The full rate is paid from this level on: %(level)s.")
            sentences.append(_sentence(scarcity, text, level=LEVEL_LABELS[level]))
    return sentences


def _caps(policy: Policy) -> list[RuleSentence | None]:
    rule = policy.category_caps
    return [
        _sentence(
            rule,
            N_("In a calendar year at most %(amount)s for: %(category)s."),
            amount=Money(fen, policy.currency),
            category=CATEGORY_LABELS[category],
        )
        for category, fen in (rule.value.items() if rule else ())
    ]


def _labels(rule: Setting[Any] | None) -> tuple[str, ...]:
    return tuple(CATEGORY_LABELS[category] for category in rule.value) if rule else ()


def _sentence(rule: Setting[Any] | None, text: str, **params: Any) -> RuleSentence | None:
    return RuleSentence(text, params, rule.clause, rule.assumed) if rule else None


def _switch(rule: Setting[bool] | None, text: str) -> RuleSentence | None:
    return _sentence(rule, text) if rule and rule.value else None
