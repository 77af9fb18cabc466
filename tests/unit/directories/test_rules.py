"""What is in demand where; what an edition changes; what a register accepts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from marketplace.catalog.states import ShortageEditionState, ShortageEntryKind, ShortageTier
from marketplace.directories.rules import (
    DemandEntry,
    EditionDifference,
    EntryContent,
    PublicationFacts,
    RegisterChange,
    RegisterFacts,
    decide_demand,
    edition_difference,
    edition_sha256,
    read_levels,
    refusals_for_edition_move,
    refusals_for_entry,
    refusals_for_name,
    refusals_for_publication,
    refusals_for_register_change,
    refusals_for_uscc,
    scope_items,
    scope_text,
    tier_of,
)
from marketplace.directories.states import RegisterState

DAY = date(2026, 11, 20)
PROVINCE, CITY, COUNTY = "/22/", "/22/2208/", "/22/2208/220822/"
ADD, EXCEPT = ShortageEntryKind.ADD, ShortageEntryKind.EXCEPT
ELECTRICIAN = ("6", "6-31", "6-31-01", "6-31-01-03")
numbers = iter(range(1, 1000))


def entry(path="", codes=ELECTRICIAN, kind=ADD, first=date(2026, 1, 1), last=None, since=None):
    return DemandEntry(next(numbers), kind, path, codes, first, last, since or first)


def decide(*entries, codes=ELECTRICIAN, path=COUNTY, on=DAY):
    return decide_demand(entries, occupation_codes=codes, place_path=path, on=on)


class TestWhatIsInDemand:
    def test_what_no_list_names_is_not(self):
        assert decide() == decide(entry(codes=("4", "4-10"))) and not decide().in_demand

    def test_the_regions_list_counts_in_every_place_below(self):
        only = entry(PROVINCE)
        assert decide(only).in_demand and decide(only).entry == only
        assert not decide(only, path="/23/").in_demand

    def test_a_broader_code_covers_its_children_and_not_the_reverse(self):
        assert decide(entry(codes=("6", "6-31"))).in_demand
        assert not decide(entry(), codes=("6", "6-31")).in_demand

    def test_a_city_adds_for_itself_only(self):
        assert decide(entry(CITY)).in_demand
        assert not decide(entry(CITY), path=PROVINCE).in_demand

    def test_an_exception_of_a_nearer_place_beats_the_region(self):
        wide, near = entry(PROVINCE), entry(COUNTY, kind=EXCEPT)
        assert not decide(wide, near).in_demand
        assert decide(wide, near).entry == near
        assert decide(wide, near, path=CITY).in_demand

    def test_a_nearer_place_beats_a_closer_occupation(self):
        assert not decide(entry(PROVINCE), entry(CITY, ("6", "6-31"), EXCEPT)).in_demand

    def test_at_one_place_the_closer_occupation_speaks(self):
        group, one = entry(CITY, ("6", "6-31"), EXCEPT), entry(CITY)
        assert decide(group, one).in_demand and decide(one, group).in_demand

    def test_the_newer_edition_speaks_last(self):
        old = entry(CITY, first=date(2025, 1, 1))
        new = entry(CITY, kind=EXCEPT, first=date(2026, 1, 1))
        assert not decide(new, old).in_demand

    @pytest.mark.parametrize(
        ("on", "expected"),
        [
            (date(2025, 12, 31), False),
            (date(2026, 1, 1), True),
            (date(2026, 6, 30), True),
            (date(2026, 7, 1), False),
        ],
    )
    def test_first_and_last_day_are_included(self, on, expected):
        assert decide(entry(last=date(2026, 6, 30)), on=on).in_demand is expected


class TestEditions:
    old = EntryContent("6-31", "22", ADD, 10, None)

    def test_the_difference_names_added_removed_and_changed(self):
        gone, new = replace(self.old, occupation_code="4"), replace(self.old, occupation_code="5")
        changed = replace(self.old, uplift_percent=20)
        found = edition_difference([self.old, gone], [changed, new])
        assert found == EditionDifference((new,), (gone,), ((self.old, changed),))
        assert not found.is_empty and edition_difference([self.old], [self.old]).is_empty

    def test_the_fingerprint_knows_no_order(self):
        other = replace(self.old, occupation_code="4")
        assert edition_sha256([self.old, other]) == edition_sha256([other, self.old])
        assert edition_sha256([self.old]) != edition_sha256([other])

    def test_each_place_keeps_its_tier(self):
        tiers = [tier_of(tier) for tier in (None, 1, 2, 3, 4)]
        province, local = ShortageTier.PROVINCE, ShortageTier.LOCAL
        assert tiers == [province, province, ShortageTier.CITY, local, local]

    def test_a_step_is_taken_from_its_own_state_only(self):
        draft = ShortageEditionState.DRAFT
        assert refusals_for_edition_move(draft, draft) == ()
        (refusal,) = refusals_for_edition_move(ShortageEditionState.PUBLISHED, draft)
        assert refusal.code == "shortage_edition_state_forbids"

    def test_an_uplift_is_a_percentage_of_what_is_in_demand(self):
        assert refusals_for_entry(ADD, 100) == refusals_for_entry(EXCEPT, None) == ()
        assert [r.code for r in refusals_for_entry(EXCEPT, 0)] == [
            "shortage_uplift",
            "shortage_except_uplift",
        ]

    facts = PublicationFacts(1, edition_difference([], [old]), DAY, DAY, None, 1, 2)

    def test_a_second_person_publishes_something_new_from_today_on(self):
        assert refusals_for_publication(self.facts) == ()

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"published_by": 1}, "same_person"),
            ({"entry_count": 0}, "shortage_edition_empty"),
            ({"difference": EditionDifference((), (), ())}, "shortage_edition_same"),
            ({"in_force_from": date(2026, 11, 19)}, "shortage_in_force_past"),
            ({"present_from": date(2027, 1, 1)}, "shortage_in_force_before"),
        ],
    )
    def test_publication_is_refused(self, changes, code):
        assert code in [r.code for r in refusals_for_publication(replace(self.facts, **changes))]

    def test_a_list_may_be_emptied_on_purpose(self):
        gone = edition_difference([self.old], [])
        facts = replace(self.facts, entry_count=0, difference=gone, present_from=date(2026, 1, 1))
        assert refusals_for_publication(facts) == ()


class TestRegisters:
    change = RegisterChange(DAY, "首批", "〔2026〕1号")

    def refused(self, change, present=RegisterFacts(), sha="new"):  # noqa: B008
        return [
            r.code for r in refusals_for_register_change(change, present, today=DAY, new_sha256=sha)
        ]

    def test_a_change_names_its_reason_and_its_document(self):
        assert self.refused(self.change) == []
        assert self.refused(replace(self.change, reason="", clause=None)) == [
            "directory_reason_missing",
            "directory_clause_missing",
        ]

    def test_the_past_is_not_rewritten(self):
        assert self.refused(replace(self.change, effective_on=date(2026, 11, 19))) == [
            "directory_effective_past"
        ]
        later = RegisterFacts(RegisterState.LISTED, date(2027, 1, 1), "old")
        assert self.refused(self.change, later) == ["directory_effective_before"]

    def test_saying_the_same_again_is_no_change(self):
        present = RegisterFacts(RegisterState.LISTED, DAY, "new")
        assert self.refused(self.change, present) == ["directory_unchanged"]

    def test_a_period_ends_after_it_begins(self):
        wrong = replace(self.change, valid_from=DAY, valid_until=date(2026, 11, 19))
        assert self.refused(wrong) == ["directory_dates"]

    def test_names_and_codes_are_checked(self):
        assert refusals_for_name("甲", "x") == ()
        assert refusals_for_name("", "x")[0].code == "required"
        assert refusals_for_name("甲" * 201, "x")[0].code == "too_long"
        assert refusals_for_uscc(None, needed=False) == ()
        assert refusals_for_uscc(None, needed=True)[0].code == "required"
        assert refusals_for_uscc("9" * 18, needed=False)[0].code == "uscc_invalid"

    @pytest.mark.parametrize(
        ("text", "levels"),
        [
            ("", (None,)),
            ("5", (5,)),
            ("3，5、4", (5, 4, 3)),
            ("6", None),
            ("五", None),
            ("5-3", None),
        ],
    )
    def test_levels_are_read_and_never_guessed(self, text, levels):
        assert read_levels(text) == levels

    def test_a_scope_is_gathered_by_occupation(self):
        rows = [
            {"occupation_code": "6-31", "occupation": "电工", "level": 4},
            {"occupation_code": None, "occupation": None, "level": None},
            {"occupation_code": "6-31", "occupation": "电工", "level": 5},
        ]
        assert scope_text(scope_items(rows)) == "*; 6-31:5,4"
