"""Withholding with settlements, and what becomes of it day by day."""
