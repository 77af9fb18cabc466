"""What the edge answers: refusals with all their reasons, and error pages that help."""

from __future__ import annotations

from typing import Any

import structlog
from flask import Flask, flash, jsonify, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from marketplace.edge.formats import sentence
from marketplace.foundation.db import db
from marketplace.foundation.errors import REFUSAL_TEXTS, NotFound, Refusal, Refused

log = structlog.get_logger()
Answer = tuple[Any, int]


def refusal_sentence(refusal: Refusal) -> str:
    """One reason in the reader's language."""
    return sentence(REFUSAL_TEXTS[refusal.code], dict(refusal.params))


def remedy_sentence(refusal: Refusal) -> str | None:
    """What would change the answer, if anything would."""
    if refusal.remedy is None:
        return None
    return sentence(REFUSAL_TEXTS[refusal.remedy], dict(refusal.params))


def refusal_json(refusal: Refusal) -> dict[str, Any]:
    """The same reason for machines: code, sentence, rule, remedy, field."""
    return {
        "code": refusal.code,
        "message": refusal_sentence(refusal),
        "rule": refusal.rule,
        "remedy": remedy_sentence(refusal),
        "field": refusal.field,
    }


def flash_refused(refused: Refused) -> None:
    """Show every reason on the next page."""
    for refusal in refused.refusals:
        flash(refusal_sentence(refusal), "refusal")


def wants_json() -> bool:
    return request.path.startswith("/api/")


def problem(status_code: int, title: str, **more: Any) -> Answer:
    """RFC 9457 problem details."""
    answer = jsonify({"type": "about:blank", "status": status_code, "title": title, **more})
    answer.content_type = "application/problem+json"
    return answer, status_code


def answer_refused(refused: Refused) -> Answer:
    """A refusal no view caught: 409 with all reasons."""
    db.session.rollback()
    if wants_json():
        reasons = [refusal_json(refusal) for refusal in refused.refusals]
        return problem(409, "Refused", reasons=reasons)
    page = render_template(
        "errors/refused.html",
        refusals=refused.refusals,
        refusal_sentence=refusal_sentence,
        remedy_sentence=remedy_sentence,
    )
    return page, 409


def answer_not_found(_error: NotFound) -> Answer:
    return answer_status(404, "Not Found")


def answer_http(error: HTTPException) -> Any:
    if error.response is not None or (error.code or 500) < 400:
        return error.get_response()
    return answer_status(error.code or 500, error.name)


def answer_csrf(_error: CSRFError) -> Answer:
    """The page was open too long: said as such, not as a bad request."""
    if wants_json():
        return problem(400, "CSRF token missing or expired")
    return render_template("errors/form_expired.html"), 400


def answer_database_busy(error: OperationalError) -> Answer:
    """The database does not answer or is full: nothing was done, try again."""
    db.session.rollback()
    log.error("database_unavailable", error=type(error.orig).__name__)
    return answer_status(503, "Service Unavailable")


def answer_status(status_code: int, name: str) -> Answer:
    if wants_json():
        return problem(status_code, name)
    known = status_code if status_code in (401, 403, 404, 405, 413, 429, 503) else 500
    if 400 <= status_code < 500 and known == 500:
        known = 400
    return render_template(f"errors/{known}.html"), status_code


def register_error_pages(app: Flask) -> None:
    """One handler per kind of no; anything else is our bug and a 500."""
    app.register_error_handler(Refused, answer_refused)
    app.register_error_handler(NotFound, answer_not_found)
    app.register_error_handler(CSRFError, answer_csrf)
    app.register_error_handler(HTTPException, answer_http)
    app.register_error_handler(OperationalError, answer_database_busy)
    app.jinja_env.globals.update(refusal_sentence=refusal_sentence, remedy_sentence=remedy_sentence)
