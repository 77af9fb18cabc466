"""Reads of reservations, redemptions and rosters, one module per noun."""
