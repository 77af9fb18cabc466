"""Writing the next version of a scheme, and its two signatures."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from marketplace.audit.operations import record_event
from marketplace.drafting.models import SchemeDraft
from marketplace.drafting.queries.drafts import find_open_draft, list_officer_ids, lock_draft
from marketplace.drafting.queries.replays import is_replayed
from marketplace.drafting.rules.drafts import (
    DraftFacts,
    refusals_for_discarding,
    refusals_for_publication,
    refusals_for_return,
    refusals_for_submission,
    refusals_for_taking_back,
    refusals_for_writing,
)
from marketplace.drafting.states import DraftState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.text import tidy
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.jurisdictions.queries import find_jurisdiction_by_code, get_jurisdiction
from marketplace.notices.operations import send_notice
from marketplace.vouchers.models import SchemeVersion
from marketplace.vouchers.operations.schemes import check_pack, load_scheme
from marketplace.vouchers.queries.schemes import (
    find_latest_version,
    find_scheme_by_code,
    get_scheme_version,
)
from marketplace.vouchers.rules.differences import list_differences
from marketplace.vouchers.rules.pack import pack_as_text
from marketplace.vouchers.rules.quote_facts import canonical_json


@dataclass(frozen=True, slots=True)
class Officer:
    """Who acts: the login, and the subtrees it may write policy for ('' is everywhere)."""

    user_id: int
    paths: Collection[str]


def save_draft(pack_text: str, *, draft_id: int | None, officer: Officer) -> SchemeDraft:
    """Keep a policy pack as a draft: a new one, or the changed text of one that is open.

    Refuses every problem of the pack by its path, as publishing would; a scheme outside the
    officer's area; a second open draft of a scheme; a draft that was submitted or decided. The
    same text again changes nothing. Saving puts the draft on top of the version published last.
    """
    pack = check_pack(pack_text)
    place = find_jurisdiction_by_code(pack["jurisdiction"])
    assert place is not None, "check_pack refused it otherwise"
    _refuse_outside(place, officer)
    latest = _find_latest(pack["scheme"])
    draft = _open(draft_id, pack, place)
    digest = hashlib.sha256(canonical_json(pack).encode()).hexdigest()
    based_on_id = latest.id if latest else None
    if draft.pack_text == pack_text and draft.based_on_id == based_on_id and draft_id:
        return draft
    changed = list_differences(draft.pack if draft_id else None, pack)
    draft.based_on_id, draft.title = based_on_id, pack["title"]
    draft.pack_text, draft.pack, draft.content_sha256 = pack_text, pack, digest
    draft.state, draft.written_by, draft.changed_at = (
        DraftState.DRAFT,
        officer.user_id,
        clock.now(),
    )
    draft.submitted_by = draft.submitted_at = draft.decided_by = draft.decided_at = None
    db.session.add(draft)
    db.session.flush()
    _record(
        "scheme_draft.saved",
        draft,
        officer.user_id,
        changed=[item.path for item in changed[:200]] if draft_id else ["*"],
    )
    return draft


def begin_draft(scheme_code: str, *, officer: Officer) -> SchemeDraft:
    """A draft with the content of the version published last; the open one, if there is one."""
    if found := find_open_draft(scheme_code):
        _refuse_outside(get_jurisdiction(found.jurisdiction_id), officer)
        return found
    latest = _find_latest(scheme_code)
    if latest is None:
        raise Refused(Refusal("scheme_unknown", {"code": scheme_code}))
    # A version in force cannot be changed for the past: the next one begins today or later.
    first = max(latest.valid_from, clock.today()).isoformat()
    pack = latest.policy | {"valid_from": first}
    if (until := pack.get("valid_until")) and until < first:
        pack = {key: value for key, value in pack.items() if key != "valid_until"}
    return save_draft(pack_as_text(pack), draft_id=None, officer=officer)


def submit_draft(draft_id: int, *, actor_id: int) -> SchemeDraft:
    """The first signature. The other officers of the place are told.

    Refuses what `refusals_for_submission` names, and what publishing today would refuse.
    """
    draft = lock_draft(draft_id)
    if draft.state is DraftState.SUBMITTED and draft.submitted_by == actor_id:
        return draft
    if refusals := refusals_for_submission(_facts(draft)):
        raise Refused(refusals)
    check_pack(draft.pack_text)
    draft.state = DraftState.SUBMITTED
    draft.submitted_by, draft.submitted_at = actor_id, clock.now()
    draft.decided_by = draft.decided_at = None
    db.session.flush()
    _record("scheme_draft.submitted", draft, actor_id, sha256=draft.content_sha256[:16])
    place = get_jurisdiction(draft.jurisdiction_id)
    for user_id in list_officer_ids(place.path, besides={actor_id, draft.written_by}):
        _tell(user_id, "draft.submitted", draft)
    return draft


def take_back_draft(draft_id: int, *, actor_id: int) -> SchemeDraft:
    """Who wrote or submitted it wants to change it; refused to others, and once it is decided."""
    draft = lock_draft(draft_id)
    if draft.state is DraftState.DRAFT:
        return draft
    if refusals := refusals_for_taking_back(_facts(draft), by=actor_id):
        raise Refused(refusals)
    draft.state = DraftState.DRAFT
    draft.submitted_by = draft.submitted_at = None
    db.session.flush()
    _record("scheme_draft.taken_back", draft, actor_id)
    return draft


def return_draft(draft_id: int, *, reason: str, actor_id: int) -> SchemeDraft:
    """The second officer sends it back with a reason; writer and submitter are told.

    Refuses what `refusals_for_return` names.
    """
    draft, words = lock_draft(draft_id), tidy(reason)
    if refusals := refusals_for_return(_facts(draft), by=actor_id, reason=words):
        raise Refused(refusals)
    draft.state, draft.reason = DraftState.RETURNED, words
    draft.decided_by, draft.decided_at = actor_id, clock.now()
    db.session.flush()
    _record("scheme_draft.returned", draft, actor_id, reason=words)
    _tell_makers(draft, "draft.returned", reason=words)
    return draft


def publish_draft(draft_id: int, *, actor_id: int) -> SchemeDraft:
    """The second signature, by another officer: the draft becomes the next version.

    Publishing twice changes nothing. Refuses what `refusals_for_publication` names, and what
    `load_scheme` refuses of the pack on this day (a first day that has passed meanwhile).
    """
    draft = lock_draft(draft_id)
    if draft.state is DraftState.PUBLISHED:
        return draft
    if refusals := refusals_for_publication(_facts(draft), by=actor_id):
        raise Refused(refusals)
    version = load_scheme(draft.pack_text, actor_id=actor_id)
    assert version.content_sha256 == draft.content_sha256, "it is what both officers signed"
    draft.state, draft.version_id, draft.reason = DraftState.PUBLISHED, version.id, None
    draft.decided_by, draft.decided_at = actor_id, clock.now()
    db.session.flush()
    _record("scheme_draft.published", draft, actor_id, number=version.number)
    _tell_makers(draft, "draft.published", number=version.number, day=version.valid_from)
    return draft


def discard_draft(draft_id: int, *, actor_id: int) -> SchemeDraft:
    """Nobody wants it any more. Discarding twice changes nothing."""
    draft = lock_draft(draft_id)
    if draft.state is DraftState.DISCARDED:
        return draft
    if refusals := refusals_for_discarding(draft.state):
        raise Refused(refusals)
    draft.state = DraftState.DISCARDED
    db.session.flush()
    _record("scheme_draft.discarded", draft, actor_id)
    return draft


def _refuse_outside(place: Jurisdiction, officer: Officer) -> None:
    if not any(place.path.startswith(path) for path in officer.paths):
        params = {"place": place.name}
        raise Refused(Refusal("draft_place_outside", params, field="jurisdiction"))


def _open(draft_id: int | None, pack: dict[str, Any], place: Jurisdiction) -> SchemeDraft:
    """The draft to write into: a new one, or an open one of the same scheme."""
    if draft_id is None:
        if found := find_open_draft(pack["scheme"]):
            params = {"code": pack["scheme"], "draft": found.code}
            raise Refused(Refusal("draft_open_already", params, field="scheme"))
        return SchemeDraft(
            code=new_code("SD"),
            scheme_code=pack["scheme"],
            jurisdiction_id=place.id,
            created_at=clock.now(),
        )
    draft = lock_draft(draft_id)
    if refusals := refusals_for_writing(draft.state):
        raise Refused(refusals)
    if pack["scheme"] != draft.scheme_code:
        params = {"code": draft.scheme_code}
        raise Refused(Refusal("draft_scheme_fixed", params, field="scheme"))
    draft.jurisdiction_id = place.id
    return draft


def _find_latest(scheme_code: str) -> SchemeVersion | None:
    scheme = find_scheme_by_code(scheme_code)
    return find_latest_version(scheme.id) if scheme else None


def _facts(draft: SchemeDraft) -> DraftFacts:
    latest = _find_latest(draft.scheme_code)
    based_on = get_scheme_version(draft.based_on_id).number if draft.based_on_id else None
    return DraftFacts(
        state=draft.state,
        written_by=draft.written_by,
        submitted_by=draft.submitted_by,
        based_on=based_on,
        latest=latest.number if latest else None,
        is_same_content=latest is not None and latest.content_sha256 == draft.content_sha256,
        is_replayed=is_replayed(draft.content_sha256, based_on_id=draft.based_on_id),
    )


def _tell_makers(draft: SchemeDraft, kind: str, **params: Any) -> None:
    makers = {draft.written_by, draft.submitted_by or draft.written_by}
    for user_id in sorted(makers):
        _tell(user_id, kind, draft, **params)


def _tell(user_id: int, kind: str, draft: SchemeDraft, **params: Any) -> None:
    link = f"/fund/drafts/{draft.code}"
    send_notice(user_id, kind=kind, params={"title": draft.title, **params}, link=link)


def _record(
    event: str, draft: SchemeDraft, actor_id: int, *, reason: str | None = None, **details: Any
) -> None:
    record_event(
        event,
        subject_kind="scheme_draft",
        subject_code=draft.code,
        actor_id=actor_id,
        reason=reason,
        details={"scheme": draft.scheme_code, **details},
    )
