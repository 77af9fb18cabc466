"""Any sequence of business events leaves the books right, and no planted bug goes unseen."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from hypothesis.stateful import run_state_machine_as_test as run_machine

from tests.properties.ledger_machine import machine_on, short
from tests.properties.planted_bugs import PLANTED

pytestmark = [pytest.mark.slow, pytest.mark.sqlite]
"""The machine needs a fresh database in a millisecond."""


@pytest.fixture
def machine(app):
    with machine_on(app) as kind:
        yield kind


def test_any_sequence_of_events_leaves_the_books_right(machine):
    run_machine(machine, settings=short(25, 25))


@pytest.mark.parametrize("bug", PLANTED, ids=str)
def test_the_machine_sees_a_planted_bug(machine, bug):
    where, wrong = PLANTED[bug]
    with patch(where, wrong), pytest.raises((Exception, pytest.fail.Exception)):  # noqa: B017
        run_machine(machine, settings=short(60, 25))


def test_there_are_enough_planted_bugs():
    assert len(PLANTED) >= 20
