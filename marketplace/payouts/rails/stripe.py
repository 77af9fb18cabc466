"""Stripe Connect: one transfer per payout, looked up by our own reference before every try.

The official SDK on its `requests` transport; STRIPE_API_BASE decides whether Stripe itself or a
stand-in (stripe-mock) answers the same calls. Idempotency keys protect for a day; after that only
the look-up does, so a transfer is never created without one (docs.stripe.com, "Idempotent
requests"). Nothing here knows the books.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from marketplace.foundation.errors import Refusal, Refused
from marketplace.payouts.rails.protocol import BatchOrder, RailFile, RailPayee
from marketplace.payouts.transfers.rules import refusals_for_connected_payees

if TYPE_CHECKING:
    import requests

API_VERSION = "2026-10-28.endive"
"""Pinned: another version answers in another shape."""

TIMEOUT_SECONDS = (5.0, 30.0)
"""To connect, and to wait for an answer."""
NO_FUNDS = ("balance_insufficient", "insufficient_funds")


@dataclass(frozen=True, slots=True)
class StripeSettings:
    """How to reach Stripe: STRIPE_API_BASE, STRIPE_API_KEY, STRIPE_WEBHOOK_SECRET."""

    api_base: str
    api_key: str
    webhook_secret: str = ""

    @property
    def is_live(self) -> bool:
        """Whether the key moves real money."""
        return "_live_" in self.api_key


@dataclass(frozen=True, slots=True)
class TransferOrder:
    """One transfer to make: our reference is idempotency key and transfer group."""

    reference: str
    batch_code: str
    amount_fen: int
    currency: str
    destination: str
    description: str


@dataclass(frozen=True, slots=True)
class SeenTransfer:
    """A transfer as Stripe shows it now."""

    transfer_id: str
    reference: str | None
    amount_fen: int
    reversed_fen: int
    currency: str
    destination: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SeenPayee:
    """A connected account as Stripe shows it now."""

    connected_account: str
    name: str
    takes_transfers: bool


class StripeSilent(Exception):
    """Whether it was done is unknown, or it cannot be done now: look up and try again later.

    `is_final_answer`: the key's request has ended without an effect that we can see, and its
    answer would be repeated for a day, so that the next try needs a new key.
    """

    def __init__(self, code: str, *, is_final_answer: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.is_final_answer = is_final_answer


class StripeRefused(Exception):
    """Stripe says no for good: nothing was done and the same request never will be."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What one try came to: the transfer there is now, or why there is none."""

    transfer: SeenTransfer | None = None
    failure: str | None = None
    is_refused: bool = False
    needs_new_key: bool = False


class StripeApi:
    """The calls we make for payouts; stripe_payments has those for co-payments.

    `transport` lets tests answer in Stripe's place.
    """

    def __init__(
        self, settings: StripeSettings, *, transport: requests.Session | None = None
    ) -> None:
        # 0.4 seconds and 30 MB that a deployment without Stripe does not pay for.
        import stripe

        stripe.enable_telemetry = False
        self.settings = settings
        self._errors = stripe
        client = stripe.StripeClient(
            settings.api_key,
            stripe_version=API_VERSION,
            base_addresses={"api": settings.api_base},
            http_client=stripe.RequestsClient(timeout=TIMEOUT_SECONDS, session=transport),
            max_network_retries=0,  # the look-up stands between two tries, so we retry ourselves
        )
        self.v1 = client.v1

    def list_transfers(self, reference: str) -> list[SeenTransfer]:
        """The transfers that carry our reference; more than two are not asked for."""
        params: Any = {"transfer_group": reference, "limit": 3}
        found = as_dict(self.ask(lambda: self.v1.transfers.list(params))).get("data")
        if not isinstance(found, list):  # an empty list must be said, not guessed
            raise StripeSilent("unreadable_answer")
        seen = [_transfer(item) for item in found]
        return [transfer for transfer in seen if transfer.reference == reference]

    def get_transfer(self, transfer_id: str) -> SeenTransfer | None:
        """One transfer as it is now."""
        try:
            return _transfer(self.ask(lambda: self.v1.transfers.retrieve(transfer_id)))
        except StripeRefused as refused:
            if refused.code == "resource_missing":
                return None
            raise StripeSilent(refused.code) from refused

    def get_connected_account(self, connected_account: str) -> SeenPayee | None:
        """A connected account of ours; none when Stripe knows no such account of our platform."""
        try:
            account = as_dict(self.ask(lambda: self.v1.accounts.retrieve(connected_account)))
        except StripeRefused:
            return None
        profile = account.get("business_profile") or {}
        capabilities = account.get("capabilities") or {}
        return SeenPayee(
            str(account["id"]),
            str(profile.get("name") or account.get("email") or ""),
            capabilities.get("transfers") == "active",
        )

    def create_transfer(self, order: TransferOrder, *, key: str) -> SeenTransfer:
        """Make the transfer; the same key makes it once."""
        params: Any = {
            "amount": order.amount_fen,
            "currency": order.currency.lower(),
            "destination": order.destination,
            "description": order.description,
            "transfer_group": order.reference,
            "metadata": {"payout": order.reference, "batch": order.batch_code},
        }
        options: Any = {"idempotency_key": key}
        return _transfer(self.ask(lambda: self.v1.transfers.create(params, options)))

    def ask(self, act: Callable[[], Any]) -> Any:
        """One call of the SDK; what goes wrong is StripeSilent or StripeRefused."""
        try:
            return act()
        except self._errors.IdempotencyError as error:
            raise StripeSilent("key_of_another_request") from error
        except self._errors.StripeError as error:
            code = error.code or getattr(error.error, "code", None)  # some classes keep it inside
            raise _failure(error.http_status, code, error.headers) from error


def deliver(api: StripeApi, order: TransferOrder, *, key_number: int) -> DeliveryReport:
    """One try: look for a transfer with our reference; only if there is none, create it.

    Never raises for what Stripe or the network does. A final no is believed only when a second
    look-up finds nothing either.
    """
    try:
        if found := _found(api, order):
            return found
        return DeliveryReport(api.create_transfer(order, key=key_of(order, key_number)))
    except StripeSilent as silent:
        return DeliveryReport(failure=silent.code, needs_new_key=silent.is_final_answer)
    except StripeRefused as refused:
        code = refused.code
    try:
        return _found(api, order) or DeliveryReport(failure=code, is_refused=True)
    except (StripeSilent, StripeRefused):
        return DeliveryReport(failure=code)


def key_of(order: TransferOrder, key_number: int) -> str:
    """The idempotency key of a try: our reference, numbered from the second key on."""
    return order.reference if key_number == 1 else f"{order.reference}.{key_number}"


def _found(api: StripeApi, order: TransferOrder) -> DeliveryReport | None:
    found = api.list_transfers(order.reference)
    if len(found) > 1:
        return DeliveryReport(failure="second_transfer")
    return DeliveryReport(found[0]) if found else None


def _failure(status: int | None, code: str | None, headers: Any) -> StripeSilent | StripeRefused:
    """What an error of the SDK means for our money."""
    if status is None:
        return StripeSilent("no_answer")
    if status >= 500:
        # A repeated 500 is the kept answer of a request that has ended: its key is used up.
        told = {str(name).lower(): value for name, value in (headers or {}).items()}
        is_repeated = told.get("idempotent-replayed") == "true"
        return StripeSilent("stripe_failed", is_final_answer=is_repeated)
    if status == 429:
        return StripeSilent("too_many_requests")
    if status == 409:
        return StripeSilent("same_request_under_way")
    if status in (401, 403) and code != "account_invalid":
        return StripeSilent("key_refused")
    if code in NO_FUNDS:
        return StripeSilent("balance_insufficient", is_final_answer=True)
    if 400 <= status < 500:
        return StripeRefused(code or "invalid_request")
    return StripeSilent("unreadable_answer")


def as_dict(found: Any) -> dict[str, Any]:
    """An answer of the SDK as plain values."""
    return dict(found if isinstance(found, dict) else found.to_dict())


def _transfer(found: Any) -> SeenTransfer:
    """Read strictly: what does not look like a transfer moves nothing."""
    values = as_dict(found)
    amount, reversed_fen = values.get("amount"), values.get("amount_reversed")
    texts = [values.get(name) for name in ("id", "currency", "destination")]
    if not (isinstance(amount, int) and isinstance(reversed_fen, int)) or not all(
        isinstance(text, str) and text for text in texts
    ):
        raise StripeSilent("unreadable_answer")
    return SeenTransfer(
        transfer_id=str(texts[0]),
        reference=values.get("transfer_group"),
        amount_fen=amount,
        reversed_fen=reversed_fen,
        currency=str(texts[1]).upper(),
        destination=str(texts[2]),
        created_at=datetime.fromtimestamp(int(values.get("created") or 0), UTC),
    )


class StripeRail:
    """Transfers to connected accounts; a job makes them after the batch was booked."""

    answers_at_once = False
    needs_delivery = True

    def refusals_for(self, payees: Sequence[RailPayee]) -> tuple[Refusal, ...]:
        return refusals_for_connected_payees(payees, is_configured=find_stripe() is not None)

    def write_file(self, batch: BatchOrder) -> RailFile | None:
        return None


_active: StripeApi | None = None


def use_stripe(api: StripeApi | None) -> None:
    """Set the deployment's Stripe; called once by create_app."""
    global _active
    _active = api


def find_stripe() -> StripeApi | None:
    """Stripe, or None when the deployment has no key for it."""
    return _active


def ask_about_connected_account(connected_account: str | None) -> None:
    """Before two people have signed it: is it an account of ours that can receive transfers?

    Asks Stripe, outside any unit of work. Refuses `stripe_not_configured`, `stripe_silent`,
    `connected_account_unknown`, `connected_account_inactive`; without an account nothing is asked.
    """
    if connected_account is None:
        return
    if _active is None:
        raise Refused(Refusal("stripe_not_configured"))
    try:
        found = _active.get_connected_account(connected_account)
    except StripeSilent as silent:
        raise Refused(Refusal("stripe_silent")) from silent
    if found is None or found.connected_account != connected_account:
        raise Refused(Refusal("connected_account_unknown", {"account": connected_account}))
    if not found.takes_transfers:
        raise Refused(Refusal("connected_account_inactive", {"account": connected_account}))


def stripe_of(settings: StripeSettings) -> StripeApi | None:
    """Stripe when there is a key. A live key is refused over an open line."""
    if not settings.api_key:
        return None
    if settings.is_live and not settings.api_base.startswith("https://"):
        raise ValueError("STRIPE_API_BASE must begin with https:// for a live key")
    return StripeApi(settings)
