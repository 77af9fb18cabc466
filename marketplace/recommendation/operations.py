"""What a person decides about suggestions, and noting what was shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from marketplace.audit.operations import record_event
from marketplace.catalog.queries.occupations import get_occupation
from marketplace.foundation import clock
from marketplace.foundation.db import db, dialect_name, table_of
from marketplace.people.queries import lock_worker
from marketplace.recommendation.models import SuggestionPreference, SuggestionShowing
from marketplace.recommendation.rules import Suggestion
from marketplace.recommendation.states import SuggestionState

_SHOWING = table_of(SuggestionShowing)


def change_suggestion_preference(
    worker_id: int,
    *,
    state: SuggestionState,
    occupation_id: int | None,
    actor_id: int | None,
) -> SuggestionPreference:
    """Turn suggestions and invitations on or off, and name the work one wants (or none).

    The same again changes nothing and leaves no trace. An unknown occupation is not found.
    """
    worker = lock_worker(worker_id)
    if occupation_id is not None:
        get_occupation(occupation_id)
    kept = db.session.scalar(
        select(SuggestionPreference).where(SuggestionPreference.worker_id == worker_id)
    )
    before = (kept.state, kept.occupation_id) if kept else (SuggestionState.ON, None)
    if kept is None:
        kept = SuggestionPreference(worker_id=worker_id)
        db.session.add(kept)
    kept.state, kept.occupation_id = state, occupation_id
    kept.changed_at, kept.changed_by = clock.now(), actor_id
    db.session.flush()
    subject: dict[str, Any] = {
        "subject_kind": "worker",
        "subject_code": worker.code,
        "actor_id": actor_id,
    }
    if before[0] != state:
        is_on = state is SuggestionState.ON
        record_event("worker.suggestions_on" if is_on else "worker.suggestions_off", **subject)
    if before[1] != occupation_id:
        code = get_occupation(occupation_id).code if occupation_id is not None else None
        record_event("worker.wanted_work_changed", **subject, details={"occupation": code})
    return kept


def note_suggestions_shown(worker_id: int, suggestions: Sequence[Suggestion]) -> None:
    """Keep which courses a person was shown today, so that exposure can be capped and reported."""
    today = clock.today()
    rows = [
        {
            "worker_id": worker_id,
            "course_id": one.candidate.course_id,
            "institution_id": one.candidate.institution_id,
            "shown_on": today,
            "shown_at": clock.now(),
            "place": place,
        }
        for place, one in enumerate(suggestions, start=1)
    ]
    if not rows:
        return
    if dialect_name() == "postgresql":
        db.session.execute(postgresql_insert(_SHOWING).values(rows).on_conflict_do_nothing())
    else:
        db.session.execute(sqlite_insert(_SHOWING).values(rows).on_conflict_do_nothing())
