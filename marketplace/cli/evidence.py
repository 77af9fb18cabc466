"""Looking at the records of many classes, one unit of work each: for the command and the job."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from marketplace.foundation.db import write_transaction
from marketplace.redemption.operations.check_class import check_class


def check_classes(
    course_run_ids: Sequence[int], *, before_each: Callable[[int], None] = lambda _done: None
) -> dict[str, Any]:
    """How many classes were looked at, and which holds are new."""
    kinds: Counter[str] = Counter()
    holds: list[dict[str, Any]] = []
    for done, course_run_id in enumerate(course_run_ids):
        with write_transaction():
            before_each(done)
            for hold in check_class(course_run_id, actor_id=None):
                kinds[hold.kind.value] += 1
                holds.append({"hold": hold.code, "kind": hold.kind.value, "clause": hold.clause})
    return {"classes": len(course_run_ids), "new_holds": len(holds), "kinds": kinds, "holds": holds}
