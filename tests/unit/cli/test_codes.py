"""A code of another command is named with the command that knows it."""

from __future__ import annotations

import click
import pytest

from marketplace.cli.commands import benefit_clawbacks, clawbacks


def test_clawbacks_from_people_and_from_institutions_are_not_taken_for_each_other():
    for group, foreign, own in (
        (clawbacks.group, "BC-ABC", "CB-ABC"),
        (benefit_clawbacks.group, "CB-ABC", "BC-ABC"),
    ):
        [argument] = [one for one in group.commands["approve"].params
                      if isinstance(one, click.Argument)]  # fmt: skip
        context = click.Context(group.commands["approve"])
        assert argument.process_value(context, own) == own
        with pytest.raises(click.UsageError, match="clawback from"):
            argument.process_value(context, foreign)
