"""When an allotment raises an alarm and when it runs dry, without a database."""

from __future__ import annotations

from datetime import date

import pytest

from marketplace.funds.rules import allotment_alarm, runs_dry_on, used_percent

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("used", "alarm"),
    [(0, None), (799, None), (800, 80), (899, 80), (900, 90), (999, 90), (1_000, 100)],
)
def test_alarms_at_80_90_and_100_percent(used, alarm):
    assert allotment_alarm(1_000, used_fen=used) == alarm


def test_an_allotment_without_money_of_its_own_is_silent():
    assert allotment_alarm(0, used_fen=0) is None
    assert used_percent(0, used_fen=0) == 0


@pytest.mark.parametrize(
    ("available", "lately", "day"),
    [
        (900, 900, date(2027, 2, 18)),
        (1, 900, date(2026, 11, 21)),
        (0, 900, TODAY),
        (900, 0, None),
        (900, -5, None),
        (10**13, 1, None),
    ],
)
def test_it_runs_dry_if_money_is_used_on_as_lately(available, lately, day):
    assert runs_dry_on(available, used_lately_fen=lately, days=90, today=TODAY) == day
