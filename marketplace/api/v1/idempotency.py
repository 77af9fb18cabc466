"""Idempotency-Key: a retry gets the first answer; the same key with another body is refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from marketplace.audit.operations import keep_answer
from marketplace.audit.queries import find_kept_answer
from marketplace.edge.answers import problem
from marketplace.foundation.db import write_transaction


def once(
    key: str, *, actor_id: int, operation: str, asked: dict[str, Any], act: Callable[[], Any]
) -> Any:
    """Do it once per key, in one unit of work with the kept answer.

    A refusal keeps nothing: nothing was done, and the same key may be tried again.
    """
    body = json.dumps(asked, sort_keys=True, ensure_ascii=True)
    fingerprint = hashlib.sha256(body.encode()).hexdigest()
    with write_transaction():
        earlier = find_kept_answer(key, actor_id=actor_id, operation=operation)
        if earlier is None:
            answer = act()
            keep_answer(
                key,
                actor_id=actor_id,
                operation=operation,
                fingerprint=fingerprint,
                answer=answer,
                status_code=201,
            )
            return answer, 201
        if earlier.fingerprint == fingerprint:
            return earlier.answer, earlier.status_code, {"Idempotent-Replayed": "true"}
    # A response as it stands: the view's output schema is for redemptions.
    answer, status_code = problem(422, "This Idempotency-Key was used with another request")
    answer.status_code = status_code
    return answer
