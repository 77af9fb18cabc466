"""The words pages use for vouchers: states, kinds, lines of a quote, rules in plain sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.foundation.errors import N_
from marketplace.foundation.money import Money
from marketplace.vouchers.errors import CATEGORY_LABELS
from marketplace.vouchers.rules.policy import Policy, Rate, Setting
from marketplace.vouchers.states import VoucherKind, VoucherOrigin, VoucherState

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
}
ORIGIN_LABELS: dict[VoucherOrigin, str] = {
    VoucherOrigin.CLAIMED: N_("Claimed by workers"),
    VoucherOrigin.ISSUED: N_("Issued by officers"),
}
QUOTE_LINE_LABELS: dict[str, str] = {
    "fee": N_("Course fee"),
    "face_value": N_("Face value of the voucher"),
    "rate": N_("Subsidy rate for this level"),
    "co_pay": N_("Your share by the policy"),
    "free_group": N_("You are spared the share by the policy"),
    "voucher_pays": N_("The voucher pays"),
    "own_share": N_("You pay"),
}
LEVEL_LABELS: dict[int, str] = {
    5: N_("Level 5 (beginner)"),
    4: N_("Level 4 (intermediate)"),
    3: N_("Level 3 (advanced)"),
    2: N_("Level 2 (technician)"),
    1: N_("Level 1 (senior technician)"),
}
ANY_LEVEL = N_("Any level")


@dataclass(frozen=True, slots=True)
class RuleSentence:
    """One rule of a policy as people read it, with the clause it comes from."""

    text: str
    params: Mapping[str, Any]
    clause: str
    assumed: bool


def list_rule_sentences(policy: Policy) -> list[RuleSentence]:
    """The rules of a scheme version in plain words, in the order people ask."""
    return [
        sentence
        for sentence in (
            *_who(policy),
            *_how_often(policy),
            *_how_much(policy),
        )
        if sentence is not None
    ]


def level_label(rate: Rate) -> str:
    """The level a rate is for."""
    return LEVEL_LABELS[rate.level] if rate.level else ANY_LEVEL


def _who(policy: Policy) -> list[RuleSentence | None]:
    places: dict[tuple[str, ...], str] = {
        ("residence",): N_("For people who live in the area of the scheme."),
        ("workplace",): N_("For people who work in the area of the scheme."),
    }
    either = N_("For people who live or work in the area of the scheme.")
    age = policy.age
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
        _switch(policy.one_live_voucher, N_("Only one unused voucher per person at a time.")),
        _switch(
            policy.same_occupation_level_once,
            N_("The same occupation and level is supported once."),
        ),
        _switch(
            policy.higher_bars_lower,
            N_("After support for a higher level there is none for a lower one."),
        ),
    ]


def _how_much(policy: Policy) -> list[RuleSentence | None]:
    co_pay = policy.co_pay_percent
    return [
        _sentence(
            policy.validity_days if policy.face_value_fen else None,
            N_("The voucher is worth %(amount)s."),
            amount=Money(policy.face_value_fen or 0, policy.currency),
        ),
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
        _sentence(
            policy.attendance_min_percent,
            N_("The institution is paid when %(percent)s %% of the lessons were attended."),
            percent=policy.attendance_min_percent.value,
        ),
        _switch(
            policy.assessment_required,
            N_("The institution is paid when the assessment was passed."),
        ),
    ]


def _labels(rule: Setting[Any] | None) -> tuple[str, ...]:
    return tuple(CATEGORY_LABELS[category] for category in rule.value) if rule else ()


def _sentence(rule: Setting[Any] | None, text: str, **params: Any) -> RuleSentence | None:
    return RuleSentence(text, params, rule.clause, rule.assumed) if rule else None


def _switch(rule: Setting[bool] | None, text: str) -> RuleSentence | None:
    return _sentence(rule, text) if rule and rule.value else None
