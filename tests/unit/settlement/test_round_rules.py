"""Which settlements an officer opens before signing many."""

import pytest

from marketplace.settlement.rounds.rules import LookFirst, MonthFacts, reasons_to_look


@pytest.mark.parametrize(
    ("facts", "reasons"),
    [
        (MonthFacts(200_00, 100_00, 0, False), ()),
        (MonthFacts(200_01, 100_00, 0, False), (LookFirst.GROWN,)),
        (MonthFacts(1, None, 0, False), (LookFirst.FIRST_MONTH,)),
        (
            MonthFacts(300_00, 100_00, 1, True),
            (LookFirst.GROWN, LookFirst.DISPUTED, LookFirst.HELD),
        ),
    ],
)
def test_a_month_unlike_those_before_is_opened_first(facts, reasons):
    assert reasons_to_look(facts) == reasons
