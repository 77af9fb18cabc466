"""Editions of the lists of occupations in demand: drafted, proposed, published by two people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import delete, insert, select, update

from marketplace.audit.operations import record_event
from marketplace.catalog.models import ShortageEdition, ShortageListEntry
from marketplace.catalog.queries.occupations import list_occupation_ids
from marketplace.catalog.states import ShortageEditionState, ShortageEntryKind, ShortageTier
from marketplace.directories.queries.kept import (
    find_newest_published,
    list_editions_of_list,
    list_entries,
    list_entry_contents,
    lock_edition,
)
from marketplace.directories.rules import (
    ENTRIES_MAX,
    EditionDifference,
    PublicationFacts,
    edition_difference,
    edition_sha256,
    refusals_for_edition_move,
    refusals_for_entry,
    refusals_for_publication,
    tier_of,
)
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.text import tidy
from marketplace.jurisdictions.queries import get_jurisdiction, is_within

FAR_AHEAD = date(9999, 12, 31)
"""The first day of entries nobody has dated yet."""
OPEN_STATES = (ShortageEditionState.DRAFT, ShortageEditionState.PROPOSED)


def draft_shortage_edition(
    jurisdiction_id: int | None, *, clause: str | None, actor_id: int | None
) -> ShortageEdition:
    """Begin the next edition of a place's list with what the present one says.

    Refuses a second edition in preparation for the same list.
    """
    place_tier = get_jurisdiction(jurisdiction_id).tier if jurisdiction_id else None
    tier = tier_of(place_tier)
    refuse_second_draft(tier, jurisdiction_id)
    edition = ShortageEdition(
        code=new_code("SL"),
        tier=tier,
        jurisdiction_id=jurisdiction_id,
        state=ShortageEditionState.DRAFT,
        source="own",
        clause=tidy(clause or "") or None,
        created_by=actor_id,
        created_at=clock.now(),
    )
    db.session.add(edition)
    db.session.flush()
    if present := find_newest_published(edition):
        _copy_entries(present.id, edition.id)
    _record("shortage_edition.drafted", edition, actor_id=actor_id)
    return edition


def add_shortage_entries(
    edition_id: int,
    *,
    occupation_codes: Sequence[str],
    kind: ShortageEntryKind,
    jurisdiction_id: int | None,
    uplift_percent: int | None,
    clause: str | None,
    actor_id: int | None,
) -> int:
    """Put occupations on an edition that is being prepared; returns how many.

    Refuses unknown codes, what is on the edition already for the place, a place outside the
    list's own, an uplift that is none, and more entries than a list can have.
    """
    edition = _lock_draft(edition_id)
    codes = list(dict.fromkeys(tidy(code) for code in occupation_codes if tidy(code)))
    ids = list_occupation_ids(codes)
    refusals = refusals_for_entry(kind, uplift_percent)
    refusals += _refusals_for_place(edition, jurisdiction_id)
    unknown = [code for code in codes if code not in ids]
    if unknown or not codes:
        params = {"codes": ", ".join(unknown[:10]) or "–"}
        refusals += (Refusal("directory_occupations_unknown", params, field="codes"),)
    place_id = jurisdiction_id or edition.jurisdiction_id
    present = list_entries(edition_id)
    there = {item.occupation_code for item in present if item.entry.jurisdiction_id == place_id}
    if twice := [code for code in codes if code in there]:
        params = {"codes": ", ".join(twice[:10])}
        refusals += (Refusal("shortage_entry_twice", params, field="codes"),)
    if len(present) + len(codes) > ENTRIES_MAX:
        refusals += (Refusal("shortage_entries_too_many", {"limit": ENTRIES_MAX}, field="codes"),)
    if refusals:
        raise Refused(refusals)
    clause = tidy(clause or "") or None
    db.session.execute(
        insert(ShortageListEntry),
        [
            {"edition_id": edition_id, "occupation_id": ids[code], "jurisdiction_id": place_id,
             "kind": kind, "uplift_percent": uplift_percent, "clause": clause,
             "valid_from": FAR_AHEAD}
            for code in codes
        ],
    )  # fmt: skip
    _record("shortage_edition.entries_added", edition, actor_id=actor_id, codes=codes)
    return len(codes)


def remove_shortage_entry(edition_id: int, entry_id: int, *, actor_id: int | None) -> None:
    """Take an entry off an edition that is being prepared."""
    edition = _lock_draft(edition_id)
    item = next((item for item in list_entries(edition_id) if item.entry.id == entry_id), None)
    if item is None:
        raise NotFound("shortage_list_entry")
    db.session.execute(delete(ShortageListEntry).where(ShortageListEntry.id == entry_id))
    _record(
        "shortage_edition.entry_removed", edition, actor_id=actor_id, codes=[item.occupation_code]
    )


def propose_shortage_edition(
    edition_id: int, *, in_force_from: date, actor_id: int | None
) -> ShortageEdition:
    """First signature: the edition is complete and shall count from a day on."""
    edition = lock_edition(edition_id)
    refusals = refusals_for_edition_move(edition.state, ShortageEditionState.DRAFT)
    refusals += refusals_for_publication(
        _publication_facts(edition, in_force_from, proposed_by=None, published_by=None)
    )
    if refusals:
        raise Refused(refusals)
    edition.state = ShortageEditionState.PROPOSED
    edition.in_force_from = in_force_from
    edition.proposed_by = actor_id
    edition.proposed_at = clock.now()
    edition.return_reason = None
    db.session.flush()
    _record("shortage_edition.proposed", edition, actor_id=actor_id)
    return edition


def return_shortage_edition(
    edition_id: int, *, reason: str, actor_id: int | None
) -> ShortageEdition:
    """Send a proposed edition back to be worked on, with the reason."""
    edition = lock_edition(edition_id)
    reason = tidy(reason)
    refusals = refusals_for_edition_move(edition.state, ShortageEditionState.PROPOSED)
    if not reason:
        refusals += (Refusal("reason_missing", field="reason"),)
    if refusals:
        raise Refused(refusals)
    edition.state = ShortageEditionState.DRAFT
    edition.return_reason = reason
    edition.proposed_by = edition.proposed_at = None
    db.session.flush()
    _record("shortage_edition.returned", edition, actor_id=actor_id, reason=reason)
    return edition


def discard_shortage_edition(
    edition_id: int, *, reason: str, actor_id: int | None
) -> ShortageEdition:
    """Give up an edition that is being prepared; the one in force stays."""
    edition = lock_edition(edition_id)
    reason = tidy(reason)
    refusals: tuple[Refusal, ...] = ()
    if edition.state not in OPEN_STATES:
        refusals += refusals_for_edition_move(edition.state, ShortageEditionState.DRAFT)
    if not reason:
        refusals += (Refusal("reason_missing", field="reason"),)
    if refusals:
        raise Refused(refusals)
    edition.state = ShortageEditionState.DISCARDED
    edition.return_reason = reason
    db.session.flush()
    _record("shortage_edition.discarded", edition, actor_id=actor_id, reason=reason)
    return edition


def publish_shortage_edition(edition_id: int, *, actor_id: int | None) -> ShortageEdition:
    """Second signature: the edition counts from its day on and ends the one before it.

    Refuses the proposer's own signature, a list that says nothing new or nothing at all, and a
    day that has passed since it was proposed.
    """
    edition = lock_edition(edition_id)
    if edition.state == ShortageEditionState.PUBLISHED and edition.published_by == actor_id:
        return edition
    refusals = refusals_for_edition_move(edition.state, ShortageEditionState.PROPOSED)
    if refusals:
        raise Refused(refusals)
    assert edition.in_force_from is not None, "a proposed edition is dated"
    facts = _publication_facts(
        edition,
        edition.in_force_from,
        proposed_by=edition.proposed_by,
        published_by=actor_id,
    )
    if refusals := refusals_for_publication(facts):
        raise Refused(refusals)
    put_edition_in_force(
        edition,
        in_force_from=edition.in_force_from,
        replaces=find_newest_published(edition),
        actor_id=actor_id,
    )
    _record("shortage_edition.published", edition, actor_id=actor_id)
    return edition


def put_edition_in_force(
    edition: ShortageEdition,
    *,
    in_force_from: date,
    replaces: ShortageEdition | None,
    actor_id: int | None,
) -> None:
    """Date the entries, end the edition before, freeze this one; the callers have decided."""
    if replaces is not None:
        replaces.superseded_on = in_force_from
    db.session.execute(
        update(ShortageListEntry)
        .where(ShortageListEntry.edition_id == edition.id)
        .values(valid_from=in_force_from)
        .execution_options(synchronize_session=False)
    )
    edition.content_sha256 = edition_sha256(list_entry_contents(edition.id))
    edition.in_force_from = in_force_from
    edition.state = ShortageEditionState.PUBLISHED
    edition.published_by = actor_id
    edition.published_at = clock.now()
    db.session.flush()


def refuse_second_draft(tier: ShortageTier, jurisdiction_id: int | None) -> None:
    """One edition of a list is prepared at a time: two would overwrite each other."""
    if waiting := list_editions_of_list(tier, jurisdiction_id, states=OPEN_STATES):
        raise Refused(Refusal("shortage_edition_open", {"code": waiting[0].code}))


def difference_of(edition: ShortageEdition) -> EditionDifference:
    """What an edition adds to, takes from and changes in the one it replaces, or replaced."""
    before = find_edition_before(edition)
    return edition_difference(
        list_entry_contents(before.id if before else None), list_entry_contents(edition.id)
    )


def find_edition_before(edition: ShortageEdition) -> ShortageEdition | None:
    """The published edition of the same list that stood before this one."""
    published = list_editions_of_list(
        edition.tier, edition.jurisdiction_id, states=[ShortageEditionState.PUBLISHED]
    )
    if edition.state != ShortageEditionState.PUBLISHED:
        return published[-1] if published else None
    place_in_line = [item.id for item in published].index(edition.id)
    return published[place_in_line - 1] if place_in_line else None


def _publication_facts(
    edition: ShortageEdition,
    in_force_from: date,
    *,
    proposed_by: int | None,
    published_by: int | None,
) -> PublicationFacts:
    present = find_newest_published(edition)
    contents = list_entry_contents(edition.id)
    return PublicationFacts(
        entry_count=len(contents),
        difference=edition_difference(
            list_entry_contents(present.id if present else None), contents
        ),
        in_force_from=in_force_from,
        today=clock.today(),
        present_from=present.in_force_from if present else None,
        proposed_by=proposed_by,
        published_by=published_by,
    )


def _copy_entries(from_id: int, to_id: int) -> None:
    entries = db.session.execute(
        select(
            ShortageListEntry.occupation_id,
            ShortageListEntry.jurisdiction_id,
            ShortageListEntry.kind,
            ShortageListEntry.uplift_percent,
            ShortageListEntry.clause,
            ShortageListEntry.valid_until,
        )
        .where(ShortageListEntry.edition_id == from_id)
        .order_by(ShortageListEntry.id)
    ).mappings()
    yesterday = clock.today() - timedelta(days=1)
    rows = [
        {**entry, "edition_id": to_id, "valid_from": FAR_AHEAD}
        for entry in entries
        if entry["valid_until"] is None or entry["valid_until"] > yesterday
    ]
    if rows:
        db.session.execute(insert(ShortageListEntry), rows)


def _lock_draft(edition_id: int) -> ShortageEdition:
    edition = lock_edition(edition_id)
    if refusals := refusals_for_edition_move(edition.state, ShortageEditionState.DRAFT):
        raise Refused(refusals)
    return edition


def _refusals_for_place(
    edition: ShortageEdition, jurisdiction_id: int | None
) -> tuple[Refusal, ...]:
    if jurisdiction_id is None or edition.jurisdiction_id is None:
        return ()
    place = get_jurisdiction(jurisdiction_id)
    if is_within(place.path, get_jurisdiction(edition.jurisdiction_id).path):
        return ()
    return (Refusal("shortage_entry_elsewhere", {"place": place.name}, field="place"),)


def _record(
    event: str,
    edition: ShortageEdition,
    *,
    actor_id: int | None,
    reason: str | None = None,
    codes: Sequence[str] = (),
) -> None:
    details: dict[str, object] = {"tier": edition.tier.value}
    if edition.in_force_from:
        details["in_force_from"] = edition.in_force_from.isoformat()
    if codes:
        details["occupations"] = list(codes[:50])
    record_event(
        event,
        subject_kind="shortage_edition",
        subject_code=edition.code,
        actor_id=actor_id,
        reason=reason,
        details=details,
    )
