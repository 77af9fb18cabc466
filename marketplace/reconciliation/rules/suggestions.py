"""Which payouts a bank line without our reference may pay, how sure that is, and why. Pure.

Nothing here is ever booked by itself: an officer confirms. Every look-up goes by a key (amount,
name, reference), so that the work grows with the lines and payouts, not with their product.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from marketplace.reconciliation.rules.names import NameLikeness, likeness, name_key

DAYS_BEFORE = 1
"""A bank may book on the day before the file, by its own clock."""
DAYS_AFTER = 15
RETURN_DAYS_AFTER = 90
CROWD_MAX = 20
"""More payouts of one amount than this say nothing without the payee's name."""
POOL_MAX = 200
"""So many of one amount at any time are not even looked at: the work would be a product."""
PARTS_MAX = 10
CLEAR = 20
"""A payout that fits a line so much better than the next one stands alone."""
UNDONE = 50
"""What two officers untied is far behind whatever else fits, and never sure."""
OUTDONE = 40
"""A suggestion so far behind another one for the same line or payout is not shown."""
SHOWN_FROM = 30
SURE = 80
"""From here on suggestions may be confirmed many at once."""


class Kind(StrEnum):
    """What is tied to what."""

    PAYMENT = "payment"
    """One line pays one payout."""
    RETURN = "return"
    """One line brings one payout back."""
    TOGETHER = "together"
    """One line pays several payouts: the bank booked them as one sum."""
    PARTS = "parts"
    """Several lines pay one payout."""


@dataclass(frozen=True, slots=True)
class OpenLine:
    """A bank line that found no payout by reference. Negative: money left."""

    code: str
    amount_fen: int
    currency: str
    booked_on: date
    counterparty: str
    reference: str
    remittance: str


@dataclass(frozen=True, slots=True)
class OpenPayout:
    """A payout the bank has not answered by a line, or whose return has not been seen."""

    reference: str
    payout_code: str
    batch_code: str
    amount_fen: int
    currency: str
    sent_on: date
    payee_names: tuple[str, ...]
    """The holder of the payee account, and the institution."""
    is_confirmed: bool


@dataclass(frozen=True, slots=True)
class Reason:
    """One point for or against, as a code with its values."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Lines and payouts that may belong together."""

    kind: Kind
    lines: tuple[OpenLine, ...]
    payouts: tuple[OpenPayout, ...]
    confidence: int
    """0 to 100."""
    reasons: tuple[Reason, ...]

    @property
    def key(self) -> str:
        """What is tied to what: the same suggestion has the same key when it is made again."""
        codes = sorted(line.code for line in self.lines)
        references = sorted(payout.reference for payout in self.payouts)
        said = repr((self.kind.value, codes, references))
        return hashlib.sha256(said.encode()).hexdigest()[:20]

    @property
    def is_sure(self) -> bool:
        """Whether it may be confirmed together with others."""
        return self.confidence >= SURE


@dataclass(slots=True)
class _Index:
    """Payouts by what a line may know of them."""

    by_amount: dict[tuple[str, int], list[OpenPayout]]
    by_amount_and_name: dict[tuple[str, int, str], list[OpenPayout]]
    by_reference: dict[str, OpenPayout]
    undone: frozenset[tuple[str, str]]
    """Codes of lines and payouts that were tied before, until two officers undid it."""
    groups: dict[tuple[str, int], list[tuple[Reason, list[OpenPayout]]]]
    """Sums of payouts that a bank may book as one: a batch, all of a batch to one payee."""


def suggest(
    lines: Sequence[OpenLine],
    payouts: Sequence[OpenPayout],
    *,
    undone: Collection[tuple[str, str]] = (),
) -> list[Suggestion]:
    """All suggestions, the surest first. A payout or line that several of them claim lowers each,
    so that none of these can be confirmed unseen; so does that a line and a payout were tied
    before and `undone`, by their codes."""
    index = _index(payouts, frozenset(undone))
    found: list[Suggestion] = []
    for line in lines:
        found += _single(line, index)
        if line.amount_fen < 0:
            found += _together(line, index)
    found += _parts([line for line in lines if line.amount_fen < 0], index)
    return sorted(_contested(found), key=lambda each: (-each.confidence, each.key))


def _index(payouts: Sequence[OpenPayout], undone: frozenset[tuple[str, str]]) -> _Index:
    index = _Index(defaultdict(list), defaultdict(list), {}, undone, defaultdict(list))
    batches: dict[tuple[str, str], list[OpenPayout]] = defaultdict(list)
    payees: dict[tuple[str, str, str], list[OpenPayout]] = defaultdict(list)
    for payout in payouts:
        index.by_amount[payout.currency, payout.amount_fen].append(payout)
        for name in {name_key(name) for name in payout.payee_names}:
            index.by_amount_and_name[payout.currency, payout.amount_fen, name].append(payout)
        index.by_reference[payout.reference] = payout
        if not payout.is_confirmed:
            batches[payout.currency, payout.batch_code].append(payout)
            payee = name_key(payout.payee_names[0])
            payees[payout.currency, payout.batch_code, payee].append(payout)
    for (currency, batch), members in batches.items():
        words = {"count": len(members), "batch": batch}
        _add_group(index, currency, Reason("sum_of_batch", words), members)
    for (currency, batch, _payee), members in payees.items():
        if len(members) < len(batches[currency, batch]):
            words = {"count": len(members), "batch": batch, "name": members[0].payee_names[0]}
            _add_group(index, currency, Reason("sum_of_payee", words), members)
    return index


def _add_group(index: _Index, currency: str, reason: Reason, members: list[OpenPayout]) -> None:
    if len(members) > 1:
        total = sum(payout.amount_fen for payout in members)
        index.groups[currency, total].append((reason, members))


def _single(line: OpenLine, index: _Index) -> list[Suggestion]:
    """Payouts of the line's amount: by name where there are many, else each with its likeness.

    A line that names a payout of ours in another amount pays that one in part, or is an error.
    """
    own = index.by_reference.get(line.reference)
    if own is not None and (line.code, own.payout_code) not in index.undone:
        return []
    amount = abs(line.amount_fen)
    named = index.by_amount_and_name.get((line.currency, amount, name_key(line.counterparty)), [])
    crowd = index.by_amount.get((line.currency, amount), [])
    pool = named or crowd
    if len(pool) > POOL_MAX:
        return []
    candidates = [payout for payout in pool if _in_time(line, payout)]
    if len(candidates) > CROWD_MAX:
        return []
    judged = sorted(
        ((*_judged(line, payout, index), payout) for payout in candidates),
        key=lambda each: -each[0],
    )
    if len(judged) > 1 and judged[0][0] - judged[1][0] >= CLEAR:
        judged = judged[:1]
    kind = Kind.PAYMENT if line.amount_fen < 0 else Kind.RETURN
    found = []
    for confidence, reasons, payout in judged:
        if len(judged) > 1:
            confidence -= 30
            reasons += (Reason("several_alike", {"count": len(judged)}),)
        found.append(Suggestion(kind, (line,), (payout,), _bounded(confidence), reasons))
    return [each for each in found if each.confidence >= SHOWN_FROM]


def _judged(line: OpenLine, payout: OpenPayout, index: _Index) -> tuple[int, tuple[Reason, ...]]:
    points, name_reason = _name_points(line.counterparty, payout.payee_names)
    days = abs((line.booked_on - payout.sent_on).days)
    near = 10 if days <= 2 else 5 if days <= 5 else 0
    reasons: tuple[Reason, ...] = (
        Reason("amount_equal"),
        name_reason,
        Reason("days_apart", {"days": days}),
    )
    confidence = 50 + points + near
    if (line.code, payout.payout_code) in index.undone:
        confidence = min(confidence, max(confidence - UNDONE, SHOWN_FROM))
        reasons += (Reason("match_undone"),)
    return confidence, reasons


def _name_points(found: str, known: Sequence[str]) -> tuple[int, Reason]:
    words = {"found": found or "–", "expected": known[0]}
    best = max((likeness(found, name) for name in known), default=NameLikeness.UNKNOWN)
    points = {
        NameLikeness.EQUAL: (35, "name_equal"),
        NameLikeness.LIKE: (25, "name_like"),
        NameLikeness.UNKNOWN: (5, "name_missing"),
        NameLikeness.OTHER: (-30, "name_differs"),
    }
    value, code = points[best]
    return value, Reason(code, words)


def _in_time(line: OpenLine, payout: OpenPayout) -> bool:
    """A payment leaves a few days after its file; a return comes back weeks later."""
    if payout.is_confirmed != (line.amount_fen > 0):
        return False  # what was confirmed leaves no second time; what did not leave, cannot return
    after = DAYS_AFTER if line.amount_fen < 0 else RETURN_DAYS_AFTER
    first = payout.sent_on - timedelta(days=DAYS_BEFORE)
    return first <= line.booked_on <= payout.sent_on + timedelta(days=after)


def _together(line: OpenLine, index: _Index) -> list[Suggestion]:
    found = []
    for reason, members in index.groups.get((line.currency, -line.amount_fen), []):
        if not all(_in_time(line, payout) for payout in members):
            continue
        confidence, reasons = 75, [reason]
        if reason.params["batch"] in f"{line.reference} {line.remittance}":
            confidence += 20
            reasons.append(Reason("batch_named", {"batch": reason.params["batch"]}))
        found.append(Suggestion(Kind.TOGETHER, (line,), tuple(members), confidence, tuple(reasons)))
    return [_doubted(each, index) for each in found]


def _doubted(suggestion: Suggestion, index: _Index) -> Suggestion:
    """Several lines or payouts of which two were tied before and undone: shown, as the last."""
    pairs = ((line.code, each.payout_code) for line in suggestion.lines
             for each in suggestion.payouts)  # fmt: skip
    if not any(pair in index.undone for pair in pairs):
        return suggestion
    reasons = (*suggestion.reasons, Reason("match_undone"))
    return replace(suggestion, confidence=SHOWN_FROM, reasons=reasons)


def _parts(lines: Sequence[OpenLine], index: _Index) -> list[Suggestion]:
    """Lines that together pay one payout: all with its reference, or to its payee."""
    by_reference: dict[str, list[OpenLine]] = defaultdict(list)
    by_name: dict[tuple[str, str], list[OpenLine]] = defaultdict(list)
    for line in lines:
        if line.reference in index.by_reference:
            by_reference[line.reference].append(line)
        elif name_key(line.counterparty):
            by_name[line.currency, name_key(line.counterparty)].append(line)
    found = []
    for reference, members in by_reference.items():
        payout = index.by_reference[reference]
        if 1 < len(members) <= PARTS_MAX and _pay(members, payout):
            reason = Reason("parts_with_reference", {"count": len(members)})
            found.append(Suggestion(Kind.PARTS, tuple(members), (payout,), 95, (reason,)))
    for (_currency, name), members in by_name.items():
        for parts in _splits(members):
            found += _parts_to_payee(name, parts, index)
    return [_doubted(each, index) for each in found]


def _parts_to_payee(name: str, parts: tuple[OpenLine, ...], index: _Index) -> list[Suggestion]:
    total = -sum(line.amount_fen for line in parts)
    payouts = index.by_amount_and_name.get((parts[0].currency, total, name), [])
    found = []
    for payout in payouts[:CROWD_MAX]:
        if _pay(parts, payout):
            words = {"count": len(parts), "name": payout.payee_names[0]}
            reason = Reason("parts_to_payee", words)
            found.append(Suggestion(Kind.PARTS, parts, (payout,), 65, (reason,)))
    return found


def _splits(members: Sequence[OpenLine]) -> Iterable[tuple[OpenLine, ...]]:
    """All lines to one payee, and those of one day where that is fewer."""
    if 1 < len(members) <= PARTS_MAX:
        yield tuple(members)
    by_day: dict[date, list[OpenLine]] = defaultdict(list)
    for line in members:
        by_day[line.booked_on].append(line)
    for same_day in by_day.values():
        if 1 < len(same_day) <= PARTS_MAX and len(same_day) < len(members):
            yield tuple(same_day)


def _pay(parts: Sequence[OpenLine], payout: OpenPayout) -> bool:
    total = -sum(line.amount_fen for line in parts)
    same = all(line.currency == payout.currency for line in parts)
    return same and total == payout.amount_fen and all(_in_time(line, payout) for line in parts)


def _contested(found: Sequence[Suggestion]) -> list[Suggestion]:
    """Lower what shares a line or a payout with another suggestion below the mark of the sure,
    after what is far behind has gone."""
    best: dict[tuple[str, str], int] = defaultdict(int)
    for each in found:
        for claim in _claims(each):
            best[claim] = max(best[claim], each.confidence)
    found = [
        each
        for each in found
        if all(each.confidence > best[claim] - OUTDONE for claim in _claims(each))
    ]
    claims = Counter(claim for each in found for claim in _claims(each))
    judged = []
    for each in found:
        if all(claims[claim] == 1 for claim in _claims(each)):
            judged.append(each)
            continue
        reasons = each.reasons
        if not any(reason.code == "several_alike" for reason in reasons):
            reasons += (Reason("contested"),)
        confidence = min(each.confidence, SURE - 1)
        judged.append(Suggestion(each.kind, each.lines, each.payouts, confidence, reasons))
    return judged


def _claims(suggestion: Suggestion) -> list[tuple[str, str]]:
    lines = [("line", line.code) for line in suggestion.lines]
    return lines + [("payout", payout.reference) for payout in suggestion.payouts]


def _bounded(confidence: int) -> int:
    return max(0, min(100, confidence))
