"""Granting, signing, changing, using and ending quotas."""
