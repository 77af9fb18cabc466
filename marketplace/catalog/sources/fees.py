"""What a course costs when the file contradicts itself: pure.

The stated total counts. Where it is empty, zero or below zero and the parts are not, the parts
count. Where the two cannot both be right, or the amount is beyond belief, a person decides.
"""

from __future__ import annotations

from collections.abc import Mapping

from marketplace.imports.cells import amount_text
from marketplace.imports.problems import ProblemList

HOURS_MAX = 5_000
FEE_FEN_LIMIT = 10_000_000
"""100,000.00: no single course of a public list costs that."""
DEAR_FEN = 1_000_000
"""10,000.00: from here on the price of an hour, and a gap between total and parts, are judged."""
FEN_PER_HOUR_LIMIT = 100_000
"""1,000.00 an hour; the dearest honest hour in real lists (flying) costs about 200."""
RATIO_LIMIT = 10
"""Total and parts apart by such a factor: one of them has lost or gained zeros."""


def decide_fee(
    total: int | None,
    parts: Mapping[str, int | None],
    *,
    hours: int | None,
    field: str,
    raw_total: str,
    problems: ProblemList,
) -> tuple[int, dict[str, int]]:
    """The fee in fen and the parts that make it up."""
    known = {name: fen for name, fen in parts.items() if fen}
    added = sum(known.values())
    if not total and added:
        problems.repair("fee_from_parts", field, raw_total, amount_text(added))
        fee = added
    elif total is None:
        problems.quarantine("fee_missing", field, raw_total)
        return 0, {}
    else:
        fee = total
        has_parts = any(fen is not None for fen in parts.values())
        _compare(total, added, has_parts, field, problems)
    _judge(fee, hours, field, problems)
    if known and added != fee:
        known["difference"] = fee - added
    return fee, known


def decide_hours(hours: int | None, field: str, raw: str, problems: ProblemList) -> int | None:
    """Zero and absurd hours are unknown hours."""
    if not hours or hours < 0:
        problems.warn("hours_missing", field, raw.strip())
        return None
    if hours > HOURS_MAX:
        problems.warn("hours_implausible", field, str(hours))
        return None
    return hours


def _compare(total: int, added: int, has_parts: bool, field: str, problems: ProblemList) -> None:
    if total == added or not has_parts:
        return
    apart = abs(total - added)
    ratio_is_absurd = added > 0 and max(total, added) >= RATIO_LIMIT * min(total, added)
    if ratio_is_absurd or (added > 0 and apart >= DEAR_FEN):
        problems.quarantine("fee_implausible", field, amount_text(added), amount_text(total))
    else:
        problems.warn("fee_total_differs", field, amount_text(added), amount_text(total))


def _judge(fee: int, hours: int | None, field: str, problems: ProblemList) -> None:
    if fee == 0:
        problems.warn("fee_zero", field, "0")
    elif fee >= FEE_FEN_LIMIT:
        problems.quarantine("fee_too_high", field, amount_text(fee))
    elif hours and fee >= DEAR_FEN and fee >= FEN_PER_HOUR_LIMIT * hours:
        problems.quarantine("fee_per_hour_too_high", field, amount_text(fee), str(hours))
