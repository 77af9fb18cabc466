"""Decisions about the file, the formula of grade and stars, what moved them: pure."""
