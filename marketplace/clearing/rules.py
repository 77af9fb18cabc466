"""Who owes whom between regions, gross and net. Pure.

A voucher is funded by the allotment of its home region; the office of the place where the training
was taken settles and pays the institution. So the home region owes that place what was settled
there, less what was clawed back. Netting is multilateral: each region has one position against all
others, and all positions sum to zero (a clearing house, as 清算 between pooled funds is done).

A region is the county above an allotment or an institution; an allotment of a higher tier is its
own region. Where one lies within the other nothing is owed: the money was given down that line.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from marketplace.clearing import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.clearing.states import ClearingState
from marketplace.foundation.errors import Refusal

CLEARING_TIER = 3
"""Counties (GB/T 2260): the tier that keeps a bank account of its own."""


@dataclass(frozen=True, slots=True)
class Due:
    """What one home region owes one place for one settled line or clawback; in fen, a clawback
    negative."""

    home: str
    place: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Pair:
    """Gross: what one region owes another."""

    home: str
    place: str
    lines: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class SigningFacts:
    """A run before one of its two officers."""

    code: str
    state: ClearingState
    signed_by: int | None
    actor_id: int
    is_within_places: bool
    """All its regions lie within the officer's places."""
    still_agrees: bool


def region_path(path: str, *, tier: int = CLEARING_TIER) -> str:
    """The path of the region above a place: at most `tier` steps of `/220000/220800/220802/`."""
    steps = [step for step in path.split("/") if step]
    return "/" + "".join(f"{step}/" for step in steps[:tier])


def is_between_regions(home: str, place: str) -> bool:
    """Whether two regions owe each other: neither lies within the other."""
    return not (home.startswith(place) or place.startswith(home))


def gross_pairs(dues: Iterable[Due]) -> tuple[Pair, ...]:
    """What each region owes each other one, by pair, in order."""
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for due in dues:
        entry = sums[(due.home, due.place)]
        entry[0] += 1
        entry[1] += due.amount_fen
    return tuple(Pair(*pair, *entry) for pair, entry in sorted(sums.items()))


def net_positions(dues: Iterable[Due]) -> dict[str, int]:
    """Region -> what it owes all others together; negative: what it is owed. Sums to zero."""
    nets: dict[str, int] = defaultdict(int)
    for due in dues:
        nets[due.home] += due.amount_fen
        nets[due.place] -= due.amount_fen
    assert sum(nets.values()) == 0, "what one region owes another one is owed"
    return dict(sorted(nets.items()))


def transfers_saved(pairs: Sequence[Pair], nets: Mapping[str, int]) -> int:
    """How many transfers netting saves, at most one for each region that pays."""
    return max(len(pairs) - sum(fen > 0 for fen in nets.values()), 0)


def refusals_for_first_signature(facts: SigningFacts) -> tuple[Refusal, ...]:
    """Why this officer cannot sign first."""
    reasons = _refusals_of_place(facts)
    if facts.state is not ClearingState.PREPARED:
        reasons.append(Refusal("clearing_already_decided", {"code": facts.code}))
    return tuple(reasons)


def refusals_for_second_signature(facts: SigningFacts) -> tuple[Refusal, ...]:
    """Why this officer cannot approve (the first one is another person)."""
    reasons = _refusals_of_place(facts)
    if facts.state is ClearingState.PREPARED:
        reasons.append(Refusal("clearing_not_signed", {"code": facts.code}))
    elif facts.state is not ClearingState.SIGNED:
        reasons.append(Refusal("clearing_already_decided", {"code": facts.code}))
    if facts.signed_by == facts.actor_id:
        reasons.append(Refusal("same_person"))
    if not facts.still_agrees:
        reasons.append(Refusal("clearing_changed_since", {"code": facts.code}))
    return tuple(reasons)


def refusals_for_clearing_rejection(facts: SigningFacts, reason: str) -> tuple[Refusal, ...]:
    """Why it cannot be sent back."""
    reasons = _refusals_of_place(facts)
    if facts.state not in (ClearingState.PREPARED, ClearingState.SIGNED):
        reasons.append(Refusal("clearing_already_decided", {"code": facts.code}))
    if not reason:
        reasons.append(Refusal("clearing_reason_required", field="reason"))
    return tuple(reasons)


def _refusals_of_place(facts: SigningFacts) -> list[Refusal]:
    return [] if facts.is_within_places else [Refusal("clearing_beyond_places")]
