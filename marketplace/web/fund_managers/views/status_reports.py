"""The bank's status report about a payment file: upload, and what came of it."""

from __future__ import annotations

from flask import render_template, request
from flask_login import current_user

from marketplace.edge.access import access, fund_officer
from marketplace.edge.formats import sentence
from marketplace.edge.officers import officer_paths
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import REFUSAL_TEXTS
from marketplace.payouts.answers.operations import import_status_report
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.labels import ANSWER_LABELS


@blueprint.post("/payout-status-reports")
@access(fund_officer)
def take_status_report() -> tuple[str, int]:
    """Take a pain.002 file in, and show every payout it speaks of."""
    upload = request.files.get("file")
    content = upload.read() if upload else b""
    with write_transaction():
        verdict = import_status_report(
            content, actor_id=current_user.user_id, paths=officer_paths()
        )
    page = render_template(
        "fund_managers/show_status_report.html",
        verdict=verdict,
        labels=ANSWER_LABELS,
        problems=[
            (problem, sentence(REFUSAL_TEXTS[problem.code], dict(problem.params)))
            for problem in verdict.problems
        ],
    )
    return page, 422 if verdict.problems else 200
