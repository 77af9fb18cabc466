"""Loading a version of the rating policy."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.standing.models import RatingPolicy
from marketplace.standing.queries.policies import (
    BUILT_IN_VERSION,
    find_newest_rating_policy,
    get_built_in_policy,
)
from marketplace.standing.rules.policy_file import read_policy


def load_rating_policy(policy_text: str, *, actor_id: int | None) -> RatingPolicy:
    """Take in a new version of the settings; ratings of its days use it, earlier ones keep theirs.

    The same settings again return the version that exists. Refuses settings that are not well
    formed, with every problem, and a first day that is not after that of the newest version.
    """
    content = read_policy(policy_text)
    newest = keep_built_in_policy()
    if newest.content_sha256 == _sha256(content):
        return newest
    if date.fromisoformat(content["valid_from"]) <= newest.valid_from:
        day = date.fromisoformat(content["valid_from"])
        raise Refused(Refusal("rating_policy_begun", {"day": day}, field="valid_from"))
    return _keep(content, newest.version + 1, actor_id)


def keep_built_in_policy() -> RatingPolicy:
    """Store the settings that come with the release before the first rating uses them.

    A later release may come with others; version 1 of this deployment stays what it was.
    """
    return find_newest_rating_policy() or _keep(get_built_in_policy(), BUILT_IN_VERSION, None)


def _keep(content: dict[str, Any], version: int, actor_id: int | None) -> RatingPolicy:
    policy = RatingPolicy(
        version=version,
        valid_from=date.fromisoformat(content["valid_from"]),
        content=content,
        content_sha256=_sha256(content),
        loaded_by=actor_id,
        loaded_at=clock.now(),
    )
    db.session.add(policy)
    db.session.flush()
    record_event(
        "rating_policy.loaded",
        subject_kind="rating_policy",
        subject_code=str(version),
        actor_id=actor_id,
        details={"valid_from": content["valid_from"], "sha256": policy.content_sha256},
    )
    return policy


def _sha256(content: dict[str, Any]) -> str:
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
