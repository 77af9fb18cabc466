"""Drafts and replays as commands show them, and who acts on the command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marketplace.drafting.models import PolicyReplay, SchemeDraft
from marketplace.drafting.operations.drafts import Officer
from marketplace.drafting.operations.replays import replay_slice
from marketplace.drafting.queries.drafts import find_draft_by_code
from marketplace.drafting.rules.totals import (
    changed_outcomes,
    figures_from,
    rows_by_both,
    rows_by_month,
)
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refusal, Refused
from marketplace.people.queries import find_user_by_login, list_role_scopes
from marketplace.people.states import Role


def officer_named(login: str) -> Officer:
    """The officer or administrator who acts: two signatures are two people here as on the page."""
    user = find_user_by_login(login.strip().lower())
    scopes = list_role_scopes(user.id) if user else []
    paths = [
        "" if grant.role is Role.ADMINISTRATOR else path
        for grant, path in scopes
        if grant.role in (Role.FUND_OFFICER, Role.ADMINISTRATOR)
    ]
    if user is None or not paths:
        raise Refused(Refusal("officer_unknown", {"login": login}))
    return Officer(user.id, tuple(paths))


def draft_named(code: str) -> SchemeDraft:
    """A draft by its code; refuses one that is not known."""
    draft = find_draft_by_code(code.strip().upper())
    if draft is None:
        raise Refused(Refusal("draft_unknown", {"code": code}))
    return draft


def finish_replay(replay_id: int, *, on_progress: Callable[[int, int], None]) -> None:
    """Slice by slice, each its own unit of work."""
    while True:
        with write_transaction():
            replay = replay_slice(replay_id)
            done, progress = replay.finished_at is not None, (replay.done, replay.total)
        on_progress(*progress)
        if done:
            return


def draft_document(draft: SchemeDraft) -> dict[str, Any]:
    """A draft for machines."""
    return {
        "draft": draft.code,
        "scheme": draft.scheme_code,
        "state": draft.state.value,
        "valid_from": draft.pack["valid_from"],
        "sha256": draft.content_sha256,
        "reason": draft.reason,
    }


def replay_document(replay: PolicyReplay, places: dict[int, str]) -> dict[str, Any]:
    """A finished replay for machines; amounts in fen."""
    figures = figures_from(replay.figures)
    return {
        "replay": replay.code,
        "scheme": replay.scheme_code,
        "sha256": replay.content_sha256,
        "from": replay.from_on.isoformat(),
        "until": replay.until_on.isoformat(),
        "classes": {outcome.value: n for outcome, n in changed_outcomes(figures).items()},
        "unused": figures.unused,
        "old_fen": figures.old_fen,
        "new_fen": figures.new_fen,
        "difference_fen": figures.difference_fen,
        "reasons": {
            code: {"vouchers": count, "difference_fen": fen}
            for code, (count, fen) in sorted(figures.reasons.items())
        },
        "people": figures.people,
        "people_gained": figures.people_gained,
        "people_lost": figures.people_lost,
        "months": [
            {
                "month": row.key,
                "classes": row.classes,
                "old_fen": row.old_fen,
                "new_fen": row.new_fen,
            }
            for row in rows_by_month(figures)
        ],
        "costs": [
            {
                "place": places.get(int(row.key.split("|")[0])),
                "month": row.key.split("|")[1],
                "classes": row.classes,
                "old_fen": row.old_fen,
                "new_fen": row.new_fen,
            }
            for row in rows_by_both(figures)
        ],
        "outlook": [{**row, "place": places.get(row["place_id"])} for row in figures.outlook],
        "facts_not_kept": figures.reconstructed,
    }
