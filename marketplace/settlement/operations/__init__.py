"""Months gathered and signed; advances and clawbacks."""

from marketplace.settlement.operations.months import (
    approve_settlement,
    prepare_settlement,
    reject_settlement,
)

__all__ = ["approve_settlement", "prepare_settlement", "reject_settlement"]
