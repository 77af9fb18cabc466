"""People are examined one by one: scores differ, and somebody fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from marketplace.evidence.rules.facts import Finding, RunFacts, make_finding
from marketplace.evidence.states import FindingKind

SAME_SCORES_MIN = 6
"""So many in one class, and more than half of it, do not reach one score by learning."""
ALL_PASSED_MIN = 100
"""Of so many a body lets somebody fail, if it looks: where 97 percent pass, a hundred in a row do
so by chance in one case of twenty."""


def find_same_scores(facts: RunFacts) -> Iterator[Finding]:
    """EV-14: not most of a class has the same score."""
    batch = facts.assessment
    if batch is None or not batch.scores:
        return
    score, people = Counter(batch.scores).most_common(1)[0]
    if people >= SAME_SCORES_MIN and 2 * people > len(batch.scores):
        params = {
            "people": people,
            "all": len(batch.scores),
            "score": score,
            "assessment": batch.code,
        }
        line = f"{batch.code}: {people} / {len(batch.scores)} = {score}"
        yield make_finding(FindingKind.SAME_SCORES, None, params, [line], of=facts.course_run_id)


def find_all_passed(facts: RunFacts) -> Iterator[Finding]:
    """EV-15: a body that assesses many lets some of them fail."""
    batch = facts.assessment
    if batch is None or batch.body_assessed < ALL_PASSED_MIN:
        return
    if batch.body_passed == batch.body_assessed:
        params = {"body": batch.body, "people": batch.body_assessed}
        # The same for the class however many more the body has passed since.
        yield make_finding(
            FindingKind.ALL_PASSED,
            None,
            params,
            [batch.code],
            of=facts.course_run_id,
        )
