"""Business verbs of co-payments."""
