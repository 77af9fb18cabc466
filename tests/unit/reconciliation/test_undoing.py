"""Why a match cannot be undone: every reason at once; and what ties a line again by itself."""

from __future__ import annotations

from marketplace.payouts.states import PayoutState
from marketplace.reconciliation.rules.correcting import Signature
from marketplace.reconciliation.rules.matching import (
    CandidateFacts,
    Confirmed,
    LineFacts,
    NotMatched,
    verdict_for_line,
)
from marketplace.reconciliation.rules.undoing import (
    MatchUse,
    refusals_for_match,
    refusals_for_signing_undoing,
)
from marketplace.reconciliation.states import StatementLineState

MATCHED = StatementLineState.MATCHED


def test_every_reason_is_told_at_once_with_its_names():
    use = MatchUse(MATCHED, moved_on=("PO-1",), differences=("BR-1", "BR-2"), clawbacks=("BC-1",),
                   closed_months=("2026-10",))  # fmt: skip
    own = Signature(False, proposed_by=1, actor_id=1)
    found = refusals_for_signing_undoing(use, own)
    assert [(each.code, [*each.params.values()]) for each in found] == [
        ("undoing_decided", []),
        ("same_person", []),
        ("match_moved_on", ["PO-1"]),
        ("match_built_upon", ["BR-1, BR-2"]),
        ("match_clawed_back", ["BC-1"]),
        ("match_month_closed", ["2026-10"]),
    ]


def test_only_what_confirmed_a_payment_is_undone():
    for use, code in (
        (MatchUse(StatementLineState.BREAK), "match_not_there"),
        (MatchUse(StatementLineState.SET_ASIDE), "match_not_there"),
        (MatchUse(StatementLineState.EXPLAINED, "BR-1"), "match_explained"),
        (MatchUse(MATCHED, returned=("PO-1",)), "match_brought_back"),
    ):
        assert [each.code for each in refusals_for_match(use)] == [code]
    assert refusals_for_match(MatchUse(MATCHED)) == ()


def test_a_line_is_not_tied_again_to_the_payout_it_was_untied_from():
    line = LineFacts(-500, "CNY", "PO-1")
    facts = (500, "CNY", PayoutState.SENT, True, None, False)
    assert verdict_for_line(line, CandidateFacts(*facts)) == Confirmed()
    untied = CandidateFacts(*facts, was_undone=True)
    assert verdict_for_line(line, untied) == NotMatched("match_undone")
