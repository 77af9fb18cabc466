"""Looking at a class before its money moves, and again after: its records and its people."""

from __future__ import annotations

from marketplace.catalog.queries.course_runs import get_course_run
from marketplace.evidence.models import EvidenceHold
from marketplace.evidence.operations.check import check_course_run
from marketplace.redemption.class_rules import find_class_below
from marketplace.redemption.entitlement_rules import find_untitled
from marketplace.redemption.queries.class_facts import get_standings_by_learner
from marketplace.redemption.queries.entitlement import list_entitled_people


def check_class(course_run_id: int, *, actor_id: int | None) -> list[EvidenceHold]:
    """Hold what cannot be true of a class, whoever was not entitled as is known now, and a class
    of which too few completed, where its scheme wants an officer to look at that.

    Answers the new holds. Also for what was redeemed or paid already: an officer then decides
    about taking it back.
    """
    untitled = find_untitled(list_entitled_people(course_run_id))
    standings = get_standings_by_learner(course_run_id)
    below = tuple(find_class_below(course_run_id, get_course_run(course_run_id).code, standings))
    return check_course_run(course_run_id, actor_id=actor_id, besides=(*untitled, *below))
