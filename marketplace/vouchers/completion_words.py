"""What a policy says about incomplete training, in sentences and as a scale of amounts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from marketplace.enrollment.labels import EXIT_REASON_LABELS
from marketplace.foundation.errors import N_
from marketplace.foundation.money import Money, share_fen
from marketplace.vouchers.rules.completion import LEAVER_REASONS, Partial
from marketplace.vouchers.rules.policy import Policy
from marketplace.vouchers.rules.settings import Setting
from marketplace.vouchers.states import ClassBelow, ClassCounts, OwnShareOfPart

Words = tuple[str, Mapping[str, Any]]
"""A text and its parameters, to be translated at the edge."""
OWN_SHARE_LABELS: dict[str, str] = {
    OwnShareOfPart.BY_PART.value: N_("The same part; the rest goes back"),
    OwnShareOfPart.WHOLE.value: N_("All of it, as agreed"),
}
COUNTS_LABELS: dict[str, str] = {
    ClassCounts.COMPLETED.value: N_("Attended enough, with the assessment asked for"),
    ClassCounts.ATTENDED.value: N_("Attended enough"),
}
BELOW_LABELS: dict[str, str] = {
    ClassBelow.HOLD.value: N_("Held until an officer decides"),
    ClassBelow.REFUSE.value: N_("The class is not paid for"),
}
_CLASS_TEXTS: dict[tuple[ClassCounts, ClassBelow], str] = {
    (ClassCounts.COMPLETED, ClassBelow.HOLD): N_(
        "A class is paid for when at least %(percent)s %% of those who began completed it; below, "
        "an officer decides."
    ),
    (ClassCounts.COMPLETED, ClassBelow.REFUSE): N_(
        "A class is paid for only when at least %(percent)s %% of those who began completed it."
    ),
    (ClassCounts.ATTENDED, ClassBelow.HOLD): N_(
        "A class is paid for when at least %(percent)s %% of those who began attended enough; "
        "below, an officer decides."
    ),
    (ClassCounts.ATTENDED, ClassBelow.REFUSE): N_(
        "A class is paid for only when at least %(percent)s %% of those who began attended enough."
    ),
}


def completion_sentences(policy: Policy) -> Iterator[tuple[Setting[Any], str, Mapping[str, Any]]]:
    """Each rule about incomplete training: its setting, a sentence and what fills it."""
    if partial := policy.completion.partial:
        for text, params in (*_parts(partial.value), *_beside(partial.value)):
            yield partial, text, params
    if least := policy.completion.class_least:
        text = _CLASS_TEXTS[least.value.counts, least.value.below]
        yield least, text, {"percent": least.value.percent}


def pay_scale(policy: Policy, value: Money) -> list[Words]:
    """What is paid of an amount at which attendance, the highest first; empty: all or nothing."""
    setting, least = policy.completion.partial, policy.attendance_min_percent.value
    if setting is None:
        return []
    partial, from_text = setting.value, N_("From %(rate)s %% of attendance on: %(amount)s")
    rows: list[Words] = [(from_text, {"rate": least, "amount": value})]
    for from_rate, percent in reversed(partial.steps):
        amount = Money(max(share_fen(value.fen, percent), 1), value.currency)
        rows.append((from_text, {"rate": from_rate, "amount": amount}))
    if partial.by_rate_from is not None:
        lowest = Money(max(share_fen(value.fen, partial.floor), 1), value.currency)
        text = N_("Below that as many percent as were attended: from %(rate)s %% on, %(amount)s")
        rows.append((text, {"rate": partial.floor, "amount": lowest}))
    rows.append((N_("Below %(rate)s %% of attendance: nothing"), {"rate": partial.floor}))
    return rows


def _parts(partial: Partial) -> Iterator[Words]:
    if partial.by_rate_from is not None:
        text = N_(
            "Who attended less, but at least %(floor)s %%, earns the institution as many percent "
            "of the amount as were attended."
        )
        yield text, {"floor": partial.floor}
    for from_rate, percent in partial.steps:
        text = N_("From %(rate)s %% of attendance on, %(percent)s %% of the amount is paid.")
        yield text, {"rate": from_rate, "percent": percent}


def _beside(partial: Partial) -> Iterator[Words]:
    if partial.own_share is OwnShareOfPart.WHOLE:
        yield N_("The own share stays as agreed where only a part is paid."), {}
    else:
        yield (
            N_("Where only a part is paid, only that part of the own share is owed."),
            {},
        )
    if partial.leavers:
        labels = [EXIT_REASON_LABELS[one] for one in LEAVER_REASONS if one in partial.leavers]
        text = N_("A part is also paid for who leaves for one of these reasons: %(reasons)s.")
        yield text, {"reasons": tuple(labels)}
