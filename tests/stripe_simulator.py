"""A small Stripe that remembers: transfers, reversals, accounts, idempotency keys, and faults.

It answers our own requests in process, below the SDK and `requests`: what is tested is what would
go over the line. Written from the public reference; no answer of Stripe's is copied.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from requests.adapters import BaseAdapter

from marketplace.foundation import clock

FAULTS = (
    "reset before", "reset after", "timeout before", "timeout after", "timeout late",
    "500 before", "500 after", "503", "429", "409", "garbage",
)  # fmt: skip
"""`after`: the effect has happened, and the caller does not learn of it. `late`: it will happen,
after the caller's next request."""


@dataclass
class Answer:
    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


def refusal(status: int, code: str, kind: str = "invalid_request_error") -> Answer:
    return Answer(status, {"error": {"type": kind, "code": code, "message": code}})


@dataclass
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    query: list[tuple[str, str]]
    form: list[tuple[str, str]]
    headers: dict[str, str]


class StripeSimulator(BaseAdapter):
    """Mounted on a `requests` session in place of the network."""

    def __init__(self, *, api_key: str = "sk_test_simulated", funds: int = 10**15) -> None:
        super().__init__()
        self.api_key = api_key
        self.funds = funds
        self.transfers: dict[str, dict[str, Any]] = {}
        self.of_group: dict[str, list[str]] = {}
        self.accounts: dict[str, dict[str, Any]] = {}
        self.keys: dict[str, tuple[str, Answer]] = {}
        self.seen: list[Seen] = []
        self.faults: Callable[[Seen], str | None] = lambda _seen: None
        self.faults_hit: list[str] = []
        self.late: list[tuple[int, Seen]] = []
        self.count = 0
        self.keeps_requests = True

    def session(self) -> requests.Session:
        made = requests.Session()
        made.mount("https://", self)
        made.mount("http://", self)
        return made

    def connect(self, account: str, *, transfers: str = "active", name: str = "School") -> None:
        self.accounts[account] = {
            "id": account, "object": "account", "email": "pay@school.example",
            "business_profile": {"name": name}, "capabilities": {"transfers": transfers},
        }  # fmt: skip

    def forget_keys(self) -> None:
        """A day goes by; nothing is on its way for so long."""
        self._catch_up(self.count + 2)
        self.keys.clear()

    def reverse(self, transfer_id: str, amount: int | None = None) -> None:
        """Somebody takes a transfer back at Stripe."""
        transfer = self.transfers[transfer_id]
        transfer["amount_reversed"] += amount or transfer["amount"]
        transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
        self.funds += amount or transfer["amount"]

    def living(self, reference: str) -> list[dict[str, Any]]:
        """Transfers with our reference that were not taken back."""
        made = [self.transfers[number] for number in self.of_group.get(reference, [])]
        return [transfer for transfer in made if not transfer["reversed"]]

    # --- the line ---------------------------------------------------------------------------------

    def send(self, request: Any, **_how: Any) -> requests.Response:
        parts = urlsplit(request.url)
        seen = Seen(
            request.method,
            parts.path,
            parse_qsl(parts.query, keep_blank_values=True),
            parse_qsl(request.body or "", keep_blank_values=True),
            dict(request.headers),
        )
        if self.keeps_requests:
            self.seen.append(seen)
        self.count += 1
        self._catch_up(self.count)
        fault = self.faults(seen)
        if fault:
            self.faults_hit.append(fault)
        return self._response(request, self._faulty(seen, fault) if fault else self.answer(seen))

    def _catch_up(self, count: int) -> None:
        due = [seen for at, seen in self.late if at <= count]
        self.late = [(at, seen) for at, seen in self.late if at > count]
        for seen in due:
            self.answer(seen)

    def _faulty(self, seen: Seen, fault: str) -> Answer:
        kind, _, when = fault.partition(" ")
        if kind == "500":
            return self._failed(seen, when)
        if when == "after":
            self.answer(seen)
        if when == "late":
            self.late.append((self.count + 2, seen))
        if kind == "reset":
            raise requests.exceptions.ConnectionError("connection reset by peer")
        if kind == "timeout":
            raise requests.exceptions.ReadTimeout("timed out")
        if kind == "garbage":
            return Answer(200, {"": "<html>"})
        return refusal(int(kind), "", "api_error")

    def _failed(self, seen: Seen, when: str) -> Answer:
        """A 500 is kept under its key like every answer to a request that has begun."""

        def fail() -> Answer:
            if when == "after":
                self._act(seen)
            return refusal(500, "server_error", "api_error")

        return self._once(seen, fail)

    def _response(self, request: Any, answer: Answer) -> requests.Response:
        made = requests.Response()
        made.status_code = answer.status
        made.headers.update({"Content-Type": "application/json", **answer.headers})
        made._content = json.dumps(answer.body).encode()
        made.url = request.url
        made.request = request
        return made

    def close(self) -> None:
        """Nothing to close."""

    # --- what it does -----------------------------------------------------------------------------

    def answer(self, seen: Seen) -> Answer:
        if seen.headers.get("Authorization") != f"Bearer {self.api_key}":
            return refusal(401, "api_key_invalid")
        if seen.method == "POST":
            return self._once(seen, lambda: self._act(seen))
        return self._act(seen)

    def _once(self, seen: Seen, act: Callable[[], Answer]) -> Answer:
        """The same key: the same answer; with another body: an error; forgotten: a new request."""
        key = seen.headers.get("Idempotency-Key")
        if seen.method != "POST" or not key:
            return act()
        said = f"{seen.path} {sorted(seen.form)}"
        if key in self.keys:
            earlier, answer = self.keys[key]
            if earlier != said:
                return refusal(400, "idempotency_key_in_use", "idempotency_error")
            return Answer(answer.status, answer.body, {"Idempotent-Replayed": "true"})
        made = act()
        self.keys[key] = (said, Answer(made.status, json.loads(json.dumps(made.body))))
        return made

    def _act(self, seen: Seen) -> Answer:
        parts = seen.path.strip("/").split("/")
        match (seen.method, *parts):
            case ("POST", "v1", "transfers"):
                return self._create(dict(seen.form))
            case ("GET", "v1", "transfers"):
                return self._list(dict(seen.query))
            case ("GET", "v1", "transfers", number):
                found = self.transfers.get(number)
                return Answer(200, found) if found else refusal(404, "resource_missing")
            case ("POST", "v1", "transfers", number, "reversals"):
                self.reverse(number, int(dict(seen.form).get("amount", 0)) or None)
                return Answer(200, {"object": "transfer_reversal", "transfer": number})
            case ("GET", "v1", "accounts", number):
                found = self.accounts.get(number)
                return Answer(200, found) if found else refusal(403, "account_invalid")
        return refusal(404, "url_invalid")

    def _create(self, form: dict[str, str]) -> Answer:
        amount = int(form["amount"])
        if form["destination"] not in self.accounts:
            return refusal(400, "resource_missing")
        if self.accounts[form["destination"]]["capabilities"]["transfers"] != "active":
            return refusal(400, "insufficient_capabilities_for_transfer")
        if amount > self.funds:
            return refusal(400, "balance_insufficient")
        self.funds -= amount
        number = f"tr_{len(self.transfers):016d}"
        group = form.get("transfer_group")
        self.transfers[number] = {
            "id": number, "object": "transfer", "amount": amount, "amount_reversed": 0,
            "currency": form["currency"], "destination": form["destination"], "reversed": False,
            "transfer_group": group, "created": int(clock.now().timestamp()), "livemode": False,
            "metadata": {k[9:-1]: v for k, v in form.items() if k.startswith("metadata[")},
        }  # fmt: skip
        if group:
            self.of_group.setdefault(group, []).append(number)
        return Answer(200, self.transfers[number])

    def _list(self, query: dict[str, str]) -> Answer:
        group = query.get("transfer_group")
        numbers = self.of_group.get(group, []) if group else list(self.transfers)
        found = [self.transfers[number] for number in reversed(numbers)]
        limit = int(query.get("limit", 10))
        return Answer(200, {
            "object": "list", "url": "/v1/transfers", "has_more": len(found) > limit,
            "data": found[:limit],
        })  # fmt: skip


def at_random(seed: int, share: float) -> Callable[[Seen], str | None]:
    """Faults for this share of all requests, drawn anew for each."""
    drawn = random.Random(seed)
    return lambda _seen: drawn.choice(FAULTS) if drawn.random() < share else None


def event_of(
    kind: str, object_id: str, *, number: str = "", created: int = 0, **more: Any
) -> dict[str, Any]:
    """An event as Stripe sends it. What it says about money is not read, so little is said."""
    digest = hashlib.sha256(f"{kind}{object_id}{number}".encode()).hexdigest()[:24]
    return {
        "id": f"evt_{digest}", "object": "event", "type": kind, "livemode": False,
        "created": created or int(clock.now().timestamp()),
        "data": {"object": {"id": object_id, "object": kind.split(".")[0]}}, **more,
    }  # fmt: skip


def signed(content: bytes, secret: str, *, at: int | None = None) -> str:
    """The header Stripe would send: written here from its description, not with the SDK."""
    at = int(clock.now().timestamp()) if at is None else at
    mac = hmac.new(secret.encode(), f"{at}.".encode() + content, hashlib.sha256).hexdigest()
    return f"t={at},v1={mac}"
