"""The small Stripe of the tests, with PaymentIntents and refunds."""

from __future__ import annotations

from typing import Any

from marketplace.foundation import clock
from tests.stripe_simulator import Answer, Seen, StripeSimulator, refusal


class PayingSimulator(StripeSimulator):
    """Remembers intents, whether their payer confirmed, and what went back."""

    def __init__(self) -> None:
        super().__init__()
        self.intents: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}

    def pay(self, number: str) -> None:
        """The payer confirms in Alipay."""
        intent = self.intents[number]
        assert intent["status"] == "requires_action", intent["status"]
        intent.update(status="succeeded", amount_received=intent["amount"], next_action=None)

    def turn_down(self, number: str) -> None:
        """Alipay says no."""
        self.intents[number].update(
            status="requires_payment_method",
            next_action=None,
            last_payment_error={"code": "payment_intent_payment_attempt_failed"},
        )

    def _act(self, seen: Seen) -> Answer:
        parts = seen.path.strip("/").split("/")
        match (seen.method, *parts):
            case ("POST", "v1", "payment_intents"):
                return self._make_intent(dict(seen.form))
            case ("GET", "v1", "payment_intents"):
                return self._list_of(self.intents, dict(seen.query))
            case ("GET", "v1", "payment_intents", number):
                found = self.intents.get(number)
                return Answer(200, found) if found else refusal(404, "resource_missing")
            case ("POST", "v1", "payment_intents", number, "cancel"):
                if self.intents[number]["status"] == "succeeded":
                    return refusal(400, "payment_intent_unexpected_state")
                self.intents[number].update(status="canceled", next_action=None)
                return Answer(200, self.intents[number])
            case ("POST", "v1", "refunds"):
                return self._make_refund(dict(seen.form))
            case ("GET", "v1", "refunds"):
                of = dict(seen.query)["payment_intent"]
                mine = {k: v for k, v in self.refunds.items() if v["payment_intent"] == of}
                return self._list_of(mine, dict(seen.query))
        return super()._act(seen)

    def _list_of(self, found: dict[str, dict[str, Any]], query: dict[str, str]) -> Answer:
        since = int(query.get("created[gte]", 0))
        until = int(query.get("created[lte]", 10**12))
        items = [one for one in reversed(found.values()) if since <= one["created"] <= until]
        after = query.get("starting_after")
        if after:
            items = items[[one["id"] for one in items].index(after) + 1 :]
        limit = int(query["limit"])
        body = {"object": "list", "data": items[:limit], "has_more": len(items) > limit}
        return Answer(200, {**body, "url": "/v1/list"})

    def _make_intent(self, form: dict[str, str]) -> Answer:
        assert form["payment_method_types[0]"] == form["payment_method_data[type]"] == "alipay"
        assert form["confirm"].lower() == "true"
        assert form["return_url"].startswith("http")
        number = f"pi_{len(self.intents):016d}"
        self.intents[number] = {
            "id": number, "object": "payment_intent", "amount": int(form["amount"]),
            "amount_received": 0, "currency": form["currency"], "status": "requires_action",
            "created": int(clock.now().timestamp()), "livemode": False,
            "metadata": _metadata(form), "last_payment_error": None,
            "next_action": {
                "type": "alipay_handle_redirect",
                "alipay_handle_redirect": {"url": f"https://hooks.stripe.com/r/{number}"},
            },
        }  # fmt: skip
        return Answer(200, self.intents[number])

    def _make_refund(self, form: dict[str, str]) -> Answer:
        of, amount = form["payment_intent"], int(form["amount"])
        back = sum(one["amount"] for one in self.refunds.values() if one["payment_intent"] == of)
        if back + amount > self.intents[of]["amount_received"]:
            return refusal(400, "charge_already_refunded")
        number = f"re_{len(self.refunds):016d}"
        self.refunds[number] = {
            "id": number, "object": "refund", "amount": amount, "payment_intent": of,
            "currency": self.intents[of]["currency"], "status": "succeeded",
            "metadata": _metadata(form), "created": int(clock.now().timestamp()),
        }  # fmt: skip
        return Answer(200, self.refunds[number])


def _metadata(form: dict[str, str]) -> dict[str, str]:
    return {key[9:-1]: value for key, value in form.items() if key.startswith("metadata[")}
