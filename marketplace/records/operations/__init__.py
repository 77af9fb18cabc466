"""Business verbs of the training record."""
