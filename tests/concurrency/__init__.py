"""Races and killed processes."""
