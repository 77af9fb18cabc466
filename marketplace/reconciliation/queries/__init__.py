"""Reads of reconciliation: statements and their lines, what matches, the overview."""
