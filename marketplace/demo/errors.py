"""Refusals of the demo world."""

from marketplace.foundation.errors import N_, register_refusals

register_refusals({"demo_needs_empty": N_("The demo world goes into an empty database only.")})
