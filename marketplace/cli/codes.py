"""Codes that belong to another command: said at once, with the command that knows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import click


def no_code_of(others: Mapping[str, str]) -> Callable[[click.Context, click.Parameter, str], str]:
    """For an argument: refuse, as wrong usage, codes with these prefixes; each with where it goes.

    `clawbacks` and `benefit-clawbacks` are alike and take money back from different hands.
    """

    def asked(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
        for prefix, goes in others.items():
            if value.upper().startswith(prefix):
                raise click.UsageError(f"{value} is {goes}.")
        return value

    return asked
