"""What people are told about their benefits."""

from __future__ import annotations

from typing import Any

from marketplace.benefits.models import Benefit
from marketplace.foundation.money import Money
from marketplace.notices.operations import send_notice

BENEFIT_PAGE = "/me/benefits"
ACCOUNT_PAGE = "/me/benefits/account"


def tell(user_id: int | None, kind: str, benefit: Benefit, words: dict[str, Any]) -> None:
    """A message with the amount; who has no login is told by the office."""
    if user_id is None:
        return
    amount = Money(benefit.amount_fen, benefit.currency)
    link = ACCOUNT_PAGE if kind == "benefit.due_without_account" else BENEFIT_PAGE
    send_notice(user_id, kind=kind, params={"amount": amount, **words}, link=link)
