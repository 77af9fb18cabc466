"""Looking at a class before its money moves, and again after: its records and its people."""

from __future__ import annotations

from marketplace.evidence.models import EvidenceHold
from marketplace.evidence.operations.check import check_course_run
from marketplace.redemption.entitlement_rules import find_untitled
from marketplace.redemption.queries.entitlement import list_entitled_people


def check_class(course_run_id: int, *, actor_id: int | None) -> list[EvidenceHold]:
    """Hold what cannot be true of a class, and whoever was not entitled as is known now.

    Answers the new holds. Also for what was redeemed or paid already: an officer then decides
    about taking it back.
    """
    untitled = find_untitled(list_entitled_people(course_run_id))
    return check_course_run(course_run_id, actor_id=actor_id, besides=untitled)
