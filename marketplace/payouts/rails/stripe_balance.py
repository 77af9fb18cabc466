"""Balance transactions and the balance itself, as Stripe shows them (docs.stripe.com, "The
Balance Transaction object"). Read strictly; nothing here knows the books."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from marketplace.payouts.rails.stripe import StripeApi, StripeRefused, StripeSilent, as_dict

PAGE = 100
PAGES_MAX = 2_000
"""Of one round; the next one goes on."""
OURS = (None, "payments")
"""Lines of other balances (issuing, reserves) are not in the one we prove."""
OF_BANK = ("payout", "topup")
"""Objects of money between Stripe and the bank."""


@dataclass(frozen=True, slots=True)
class SeenMovement:
    """One line of the balance."""

    movement_id: str
    kind: str
    source_id: str | None
    intent_id: str | None
    """Of a payment: the number of its PaymentIntent."""
    transfer_id: str | None
    """Of a reversal: the transfer it takes back."""
    amount_fen: int
    fee_fen: int
    net_fen: int
    currency: str
    created_at: datetime
    bank_trace: str | None = None
    """Of a payout: the number by which banks trace it, where there is one already."""
    bank_words: str | None = None
    """Of a payout or top-up: its descriptor for the bank's statement."""


@dataclass(frozen=True, slots=True)
class SeenBalance:
    """What the balance holds in one currency."""

    currency: str
    available_fen: int
    pending_fen: int


def each_page(api: StripeApi, *, since: datetime | None) -> Iterator[list[SeenMovement]]:
    """Lines of the balance page by page, the newest first, back to `since`.

    Raises StripeSilent when Stripe does not answer, or answers what cannot be read.
    """
    after = None
    for _number in range(PAGES_MAX):
        found = _page(api, since, after)
        items = found.get("data")
        if not isinstance(items, list):  # an empty list must be said, not guessed
            raise StripeSilent("unreadable_answer")
        rows = [as_dict(item) for item in items]
        yield [_movement(row) for row in rows if row.get("balance_type") in OURS]
        if not found.get("has_more") or not rows:
            return
        following = str(rows[-1].get("id"))
        if following == after:
            raise StripeSilent("unreadable_answer")
        after = following
    raise StripeSilent("too_many_pages")


def get_balances(api: StripeApi) -> list[SeenBalance]:
    """The balance now, by currency."""
    found = as_dict(_asked(api, lambda: api.v1.balance.retrieve()))
    sums: dict[str, list[int]] = {}
    for place, name in enumerate(("available", "pending")):
        for part in found.get(name) or []:
            values = as_dict(part)
            amount = values.get("amount")
            if not isinstance(amount, int):
                raise StripeSilent("unreadable_answer")
            sums.setdefault(str(values.get("currency")).upper(), [0, 0])[place] += amount
    return [SeenBalance(currency, *parts) for currency, parts in sorted(sums.items())]


def _page(api: StripeApi, since: datetime | None, after: str | None) -> dict[str, Any]:
    params: Any = {"limit": PAGE, "expand": ["data.source"]}
    if since is not None:
        params["created"] = {"gte": int(since.timestamp())}
    if after is not None:
        params["starting_after"] = after
    return as_dict(_asked(api, lambda: api.v1.balance_transactions.list(params)))


def _asked(api: StripeApi, act: Any) -> Any:
    try:
        return api.ask(act)
    except StripeRefused as refused:
        raise StripeSilent(refused.code) from refused


def _movement(values: dict[str, Any]) -> SeenMovement:
    numbers = [values.get(name) for name in ("amount", "fee", "net", "created")]
    texts = [values.get(name) for name in ("id", "type", "currency")]
    if not all(type(number) is int for number in numbers) or not all(
        isinstance(text, str) and text for text in texts
    ):
        raise StripeSilent("unreadable_answer")
    amount, fee, net, created = (int(number or 0) for number in numbers)
    if net != amount - fee:
        raise StripeSilent("unreadable_answer")
    source = values.get("source")
    inside = {} if source is None or isinstance(source, str) else as_dict(source)
    is_of_bank = inside.get("object") in OF_BANK
    trace = as_dict(inside.get("trace_id") or {}) if is_of_bank else {}
    return SeenMovement(
        movement_id=str(texts[0]),
        kind=str(texts[1]),
        source_id=source if isinstance(source, str) else _number(inside.get("id")),
        intent_id=_number(inside.get("payment_intent")),
        transfer_id=_number(inside.get("transfer")),
        amount_fen=amount,
        fee_fen=fee,
        net_fen=net,
        currency=str(texts[2]).upper(),
        created_at=datetime.fromtimestamp(created, UTC),
        bank_trace=_text(trace.get("value")),
        bank_words=_text(inside.get("statement_descriptor")) if is_of_bank else None,
    )


def _text(found: Any) -> str | None:
    return found.strip()[:80] or None if isinstance(found, str) else None


def _number(found: Any) -> str | None:
    """A number at Stripe, whether it stands alone or inside its object."""
    if found is None or isinstance(found, str):
        return found
    inner = as_dict(found).get("id")
    return inner if isinstance(inner, str) else None
