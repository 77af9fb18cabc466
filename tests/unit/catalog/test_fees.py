"""What a course costs when the file contradicts itself."""

from __future__ import annotations

import pytest

from marketplace.catalog.sources.fees import decide_fee
from marketplace.imports.problems import ProblemList


def decide(total, *parts, hours=None):
    problems = ProblemList(2)
    named = {f"p{number}": fen for number, fen in enumerate(parts)}
    fee, kept = decide_fee(
        total, named, hours=hours, field="total", raw_total=str(total), problems=problems
    )
    assert not kept or sum(kept.values()) == fee
    return fee, [problem.code for problem in problems.found], problems.quarantine_reason


@pytest.mark.parametrize(
    ("total", "parts", "fee", "codes", "is_held"),
    [
        (443_000, (439_500, 3_500), 443_000, [], False),
        (443_000, (), 443_000, [], False),
        (612_000, (510_000,), 612_000, ["fee_total_differs"], False),
        (0, (100_000,), 100_000, ["fee_from_parts"], False),
        (None, (100_000, 500), 100_500, ["fee_from_parts"], False),
        (0, (0, 0), 0, ["fee_zero"], False),
        (None, (None,), 0, ["fee_missing"], True),
        (443_000_000, (439_500, 3_500), 443_000_000, ["fee_implausible", "fee_too_high"], True),
        (443_000, (439_500_000, 3_500), 443_000, ["fee_implausible"], True),
        (2_500_000, (1_000_000,), 2_500_000, ["fee_implausible"], True),
        (50_000, (0,), 50_000, ["fee_total_differs"], False),
        (10_000_000, (10_000_000,), 10_000_000, ["fee_too_high"], True),
    ],
)
def test_the_fee_and_what_is_said_about_it(total, parts, fee, codes, is_held):
    found, reported, reason = decide(total, *parts)
    assert (found, reported, reason is not None) == (fee, codes, is_held)


def test_a_thousandfold_fee_shows_in_the_price_of_an_hour():
    assert decide(5_000_000, 5_000_000, hours=6)[1] == ["fee_per_hour_too_high"]
    assert decide(6_020_200, 6_020_200, hours=298)[1] == []
