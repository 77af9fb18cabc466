"""Which records of a class cannot be true: every rule with its clause, in docs/evidence.md. Pure.

Each rule answers findings, never a verdict: there are families with one phone and sheets that
came late.
"""
