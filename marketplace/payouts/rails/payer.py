"""The paying agency of this deployment: PAYER_NAME, PAYER_ACCOUNT, PAYER_BANK_CODE."""

from __future__ import annotations

from marketplace.payouts.rails.protocol import Payer

DEMO_PAYER = Payer("示范市就业服务中心(演示)", "9990000000000000001", "999100000001")
"""Used in demo mode when no payer is set; the numbers belong to nobody."""

_active: Payer | None = None


def use_payer(payer: Payer | None) -> None:
    """Set the deployment's payer; called once by create_app."""
    global _active
    _active = payer


def find_payer() -> Payer | None:
    """The payer, or None when the deployment has not named one: then nothing can be sent."""
    return _active
