"""Checking classes, and deciding about what was found."""
