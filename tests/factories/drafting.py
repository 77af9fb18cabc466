"""Drafts of schemes and replays. Use in write_transaction."""

from __future__ import annotations

from datetime import date
from typing import Any

from marketplace.drafting.models import PolicyReplay, SchemeDraft
from marketplace.drafting.operations.drafts import Officer, save_draft
from marketplace.drafting.operations.replays import run_replay, start_replay
from marketplace.people.models import User
from marketplace.vouchers.models import Scheme
from marketplace.vouchers.queries.schemes import find_latest_version
from tests.factories.vouchers import pack_text

FROM_ON, UNTIL_ON = date(2026, 11, 1), date(2026, 11, 20)


def make_draft(scheme: Scheme, officer: User, **changes: Any) -> SchemeDraft:
    """The next version of a scheme, valid from the tests' today on, with some changes."""
    latest = find_latest_version(scheme.id)
    assert latest is not None
    pack = latest.policy | {"valid_from": "2026-11-20"} | changes
    return save_draft(pack_text(pack), draft_id=None, officer=Officer(officer.id, ("",)))


def make_replay(draft: SchemeDraft) -> PolicyReplay:
    """A finished replay of the tests' month under a draft."""
    replay = start_replay(
        draft.pack_text, from_on=FROM_ON, until_on=UNTIL_ON, actor_id=None, draft=draft
    )
    run_replay(replay, actor_id=None)
    return replay
