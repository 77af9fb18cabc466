"""The page of one draft: its differences, its replays, its two signatures."""

from __future__ import annotations

from datetime import date, timedelta

from flask import render_template
from flask_login import current_user

from marketplace.audit.events import EVENT_TEXTS
from marketplace.audit.queries import list_events_of
from marketplace.drafting.models import SchemeDraft
from marketplace.drafting.queries.replays import is_replayed, list_replays_of_draft
from marketplace.drafting.rules.drafts import DRAFT_STATE_LABELS, DRAFT_STATE_TONES
from marketplace.drafting.rules.totals import figures_from
from marketplace.drafting.states import DraftState
from marketplace.foundation import clock
from marketplace.foundation.paging import PageRequest
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.people.queries import list_user_names
from marketplace.vouchers import labels
from marketplace.vouchers.pack_words import list_changes
from marketplace.vouchers.queries.schemes import (
    find_latest_version,
    find_scheme_by_code,
    get_scheme_version,
    list_region_names,
)
from marketplace.vouchers.rules.differences import list_differences
from marketplace.vouchers.rules.policy_reading import policy_from_pack
from marketplace.web.fund_managers.forms.scheme_drafts import ReplayForm, ReturnDraftForm

REPLAY_DAYS = 365
"""The period a replay is offered for: the last year."""


def draft_page(
    draft: SchemeDraft,
    place: Jurisdiction,
    form: ReturnDraftForm,
    replay_form: ReplayForm | None = None,
) -> str:
    """Everything an officer of the place sees of a draft."""
    before = get_scheme_version(draft.based_on_id) if draft.based_on_id else None
    scheme = find_scheme_by_code(draft.scheme_code)
    latest = find_latest_version(scheme.id) if scheme else None
    number = before.number + 1 if before else 1
    policy = policy_from_pack(draft.pack, version=number)
    people = {draft.written_by, draft.submitted_by, draft.decided_by} - {None}
    differences = list_differences(before.policy, draft.pack) if before else ()
    replays = list_replays_of_draft(draft.id)
    return render_template(
        "fund_managers/show_scheme_draft.html",
        draft=draft,
        place=place,
        before=before,
        number=number,
        first_on=date.fromisoformat(draft.pack["valid_from"]),
        last_on=date.fromisoformat(draft.pack["valid_until"])
        if "valid_until" in draft.pack
        else None,
        is_outdated=draft.state is not DraftState.PUBLISHED
        and (latest.id if latest else None) != draft.based_on_id,
        changes=list_changes(differences, currency=draft.pack["currency"]),
        is_editable=draft.state in (DraftState.DRAFT, DraftState.RETURNED),
        is_own=current_user.user_id in (draft.written_by, draft.submitted_by),
        is_replayed=is_replayed(draft.content_sha256, based_on_id=draft.based_on_id),
        replays=[(replay, figures_from(replay.figures)) for replay in replays],
        replay_form=replay_form or _replay_form(),
        form=form,
        names=list_user_names({number for number in people if number}),
        state_labels=DRAFT_STATE_LABELS,
        state_tones=DRAFT_STATE_TONES,
        events=list_events_of("scheme_draft", draft.code, PageRequest(size=20)),
        event_words=EVENT_TEXTS,
        pack=draft.pack,
        policy=policy,
        labels=labels,
        sentences=labels.list_rule_sentences(policy, place_names=list_region_names([policy])),
    )


def _replay_form() -> ReplayForm:
    today = clock.today()
    first = today - timedelta(days=REPLAY_DAYS)
    data = {"from_on": first.isoformat(), "until_on": today.isoformat()}
    return ReplayForm(formdata=None, data=data)
