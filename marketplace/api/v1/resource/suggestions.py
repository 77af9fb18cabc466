"""`/api/v1/suggestions`: courses suggested to the caller, each with its reasons. By token only."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import Date, Integer, List, Nested, String

from marketplace.edge.access import access
from marketplace.edge.bearer import caller, token_of_job_seeker
from marketplace.edge.formats import sentence
from marketplace.foundation.db import write_transaction
from marketplace.recommendation.labels import REASON_TEXTS
from marketplace.recommendation.operations import note_suggestions_shown
from marketplace.recommendation.queries.suggestions import get_suggestions

blueprint = APIBlueprint(
    "api_suggestions", __name__, url_prefix="/api/v1/suggestions", tag="suggestions"
)


class SuggestionReasonOut(Schema):
    """One reason in favour, in words, and the points it adds."""

    code = String()
    text = String()
    points = Integer()


class SuggestionOut(Schema):
    """A class that a voucher of the caller's pays for today."""

    course = String()
    course_run = String()
    title = String()
    institution = String()
    starts_on = Date()
    fee_fen = Integer()
    own_share_fen = Integer()
    points = Integer()
    reasons = List(Nested(SuggestionReasonOut))


class SuggestionsOut(Schema):
    """The caller's suggestions, the best first; none when the caller turned them off."""

    state = String()
    results = List(Nested(SuggestionOut))


@blueprint.get("")
@blueprint.output(SuggestionsOut)
@blueprint.doc(
    summary="Courses suggested to me, and why",
    operation_id="list_suggestions",
    security="bearer",
    responses=[401, 403],
)
@access(token_of_job_seeker)
def list_own() -> dict[str, Any]:
    """What the page `For you` shows, in the same order; counted as shown likewise."""
    worker_id = caller().worker_id
    assert worker_id is not None, "the access rule wants a job seeker"
    found = get_suggestions(worker_id)
    answer = {
        "state": "on" if found.is_on else "off",
        "results": [
            {
                "course": item.run.course_code,
                "course_run": item.run.run_code,
                "title": item.run.title,
                "institution": item.run.institution_name,
                "starts_on": item.run.starts_on,
                "fee_fen": item.price.fee.fen,
                "own_share_fen": item.price.own_share.fen,
                "points": item.suggestion.points,
                "reasons": [
                    {
                        "code": reason.kind.value,
                        "text": sentence(REASON_TEXTS[reason.kind], dict(reason.params)),
                        "points": reason.points,
                    }
                    for reason in item.suggestion.reasons
                ],
            }
            for item in found.items
        ],
    }
    with write_transaction():
        note_suggestions_shown(worker_id, [item.suggestion for item in found.items])
    return answer
