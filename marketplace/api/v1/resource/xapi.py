"""`/api/v1/xapi/statements`: online hours of a learning platform. By token only."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import request

from marketplace.api.v1.schemas import OnlineIntakeOut
from marketplace.edge.access import access
from marketplace.edge.answers import problem, refusal_json
from marketplace.edge.bearer import caller, token_of_learning_platform
from marketplace.edge.extensions import csrf
from marketplace.enrollment.online_statements import read_statements
from marketplace.enrollment.operations.online import take_in_statements
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused

blueprint = APIBlueprint("api_xapi", __name__, url_prefix="/api/v1/xapi", tag="attendance")
csrf.exempt(blueprint)


@blueprint.post("/statements")
@blueprint.output(OnlineIntakeOut)
@blueprint.doc(
    summary="Send online hours as xAPI statements",
    operation_id="send_online_hours",
    security="bearer",
    responses=[401, 403, 409, 422],
)
@access(token_of_learning_platform)
def send() -> Any:
    """One xAPI 1.0.3 statement or a list of at most 500, stored all or none.

    `actor.account.name` is the code of the enrollment, `result.duration` and `timestamp` (when it
    ended) are needed. The id of a statement is its key: the same again changes nothing, so no
    Idempotency-Key is asked for. The answer says what is credited by day, and what is not.
    """
    user = caller()
    institution_id = user.institution_id
    assert institution_id is not None, "the access rule wants institution staff"
    try:
        statements = read_statements(request.get_json())
    except Refused as refused:
        reasons = [refusal_json(refusal) for refusal in refused.refusals]
        answer, status_code = problem(422, "Statements that cannot be read", reasons=reasons)
        answer.status_code = status_code
        return answer
    with write_transaction():
        return take_in_statements(
            statements, institution_id=institution_id, actor_id=user.user_id
        ).to_json()
