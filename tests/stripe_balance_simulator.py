"""The small Stripe of the tests, with a balance and its lines."""

from __future__ import annotations

from typing import Any

from marketplace.foundation import clock
from tests.stripe_payments_simulator import PayingSimulator
from tests.stripe_simulator import Answer, Seen


class BalanceSimulator(PayingSimulator):
    """Every payment, refund and transfer makes a line; fees and payouts are told by the test."""

    def __init__(self, *, fee_percent: int = 2) -> None:
        super().__init__()
        self.lines: list[dict[str, Any]] = []
        self.fee_percent = fee_percent
        self.moved_while_read = 0
        """So many cents come in between two looks at the balance."""

    def pay(self, number: str) -> None:
        super().pay(number)
        intent = self.intents[number]
        fee = intent["amount"] * self.fee_percent // 100
        source = {"id": f"ch_{number}", "object": "charge", "payment_intent": number}
        self.move("charge", intent["amount"], fee=fee, source=source)

    def move(
        self, kind: str, amount: int, *, fee: int = 0, source: Any = None, **more: Any
    ) -> dict[str, Any]:
        """A line appears on the balance."""
        line = {
            "id": f"txn_{len(self.lines):06d}", "object": "balance_transaction", "type": kind,
            "amount": amount, "fee": fee, "net": amount - fee, "currency": "cny",
            "created": int(clock.now().timestamp()), "source": source, **more,
        }  # fmt: skip
        self.lines.append(line)
        return line

    def _act(self, seen: Seen) -> Answer:
        parts = seen.path.strip("/").split("/")
        match (seen.method, *parts):
            case ("GET", "v1", "balance"):
                held = sum(line["net"] for line in self.lines)
                pending = self.moved_while_read * sum(
                    one.path.endswith("/balance") for one in self.seen
                )
                return Answer(200, {
                    "object": "balance",
                    "available": [{"amount": held, "currency": "cny"}],
                    "pending": [{"amount": pending, "currency": "cny"}],
                })  # fmt: skip
            case ("GET", "v1", "balance_transactions"):
                assert dict(seen.query)["expand[0]"] == "data.source"
                rows = {line["id"]: line for line in self.lines}
                return self._list_of(rows, {**dict(seen.query), "limit": "2"})
            case ("POST", "v1", "refunds"):
                made = self._make_refund(dict(seen.form))
                if made.status == 200:
                    source = {"id": made.body["id"], "object": "refund"}
                    self.move("refund", -made.body["amount"], source=source)
                return made
        return super()._act(seen)
