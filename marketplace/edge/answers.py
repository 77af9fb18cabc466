"""What the edge answers: refusals with all their reasons, and error pages that help."""

from __future__ import annotations

from typing import Any

import structlog
from flask import Flask, current_app, flash, g, jsonify, render_template, request
from flask_login import AnonymousUserMixin
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, InternalServerError

from marketplace.edge.audience import start_path
from marketplace.edge.formats import sentence
from marketplace.foundation.db import db
from marketplace.foundation.errors import REFUSAL_TEXTS, NotFound, Refusal, Refused

log = structlog.get_logger()
Answer = tuple[Any, int]

ERROR_PAGES = (400, 401, 403, 404, 405, 413, 429, 500, 503)


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
    body = {"type": "about:blank", "status": status_code, "title": title, **more}
    answer = jsonify({**body, "request_id": g.get("request_id")})
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
    return render_template("errors/form_expired.html", again=page_again()), 400


def page_again() -> str:
    """The page a form was sent from, if its address can be opened; else the start page."""
    try:
        current_app.url_map.bind("").match(request.path, "GET")
    except HTTPException:
        return start_path()
    return request.path


def answer_database_busy(error: OperationalError | InterfaceError | PoolTimeout) -> Answer:
    """The database does not answer or is full: nothing was done, try again."""
    cause = getattr(error, "orig", None) or error
    log.error("database_unavailable", error=type(cause).__name__, says=str(cause)[:200])
    return answer_without_database(503, "Service Unavailable")


def answer_broken(_error: InternalServerError) -> Answer:
    """Our own bug. Flask has logged it under the request's number, which the page shows."""
    return answer_without_database(500, "Internal Server Error")


def answer_without_database(status_code: int, name: str) -> Answer:
    """An error page that asks nobody who reads: the login is forgotten for this answer."""
    try:
        db.session.rollback()
    except SQLAlchemyError as error:
        log.error("rollback_failed", error=type(error).__name__)
    g._login_user = AnonymousUserMixin()
    if wants_json():
        return problem(status_code, name)
    return error_page(status_code), status_code


def answer_status(status_code: int, name: str) -> Answer:
    if wants_json():
        return problem(status_code, name)
    try:
        return error_page(status_code), status_code
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        return answer_database_busy(error)


def error_page(status_code: int) -> str:
    """The page of a status; the nearest one for a status without its own."""
    known = status_code if status_code in ERROR_PAGES else 400 if status_code < 500 else 500
    return render_template(f"errors/{known}.html", request_id=g.get("request_id", "–"))


def register_error_pages(app: Flask) -> None:
    """One handler per kind of no; anything else is our bug and a 500."""
    app.register_error_handler(Refused, answer_refused)
    app.register_error_handler(NotFound, answer_not_found)
    app.register_error_handler(CSRFError, answer_csrf)
    app.register_error_handler(HTTPException, answer_http)
    app.register_error_handler(InternalServerError, answer_broken)
    for error in (OperationalError, InterfaceError, PoolTimeout):
        app.register_error_handler(error, answer_database_busy)
    app.jinja_env.globals.update(refusal_sentence=refusal_sentence, remedy_sentence=remedy_sentence)
