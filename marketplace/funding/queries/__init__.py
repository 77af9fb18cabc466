"""Reading who may pay for a scheme, and who paid what."""
