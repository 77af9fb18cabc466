"""Puts the pages together: extensions, audiences, language, headers, error pages."""

from __future__ import annotations

import hashlib
import secrets
import time
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

import structlog
from flask import Flask, Response, current_app, g, request
from flask_babel import Babel
from flask_bootstrap import Bootstrap5
from flask_login import LoginManager

from marketplace.audit.operations import current_request_id
from marketplace.edge.access import guard_request
from marketplace.edge.answers import register_error_pages
from marketplace.edge.course_card import draw_course_card
from marketplace.edge.extensions import csrf, limiter
from marketplace.edge.formats import register_formats
from marketplace.edge.gettext import register_gettext
from marketplace.edge.identity import load_current_user
from marketplace.edge.input_guard import register_input_guard
from marketplace.edge.language import choose_locale
from marketplace.edge.pieces import register_pieces
from marketplace.foundation.discovery import load_modules
from marketplace.foundation.settings import ROOT

AUDIENCES = (
    "visitors",
    "accounts",
    "job_seekers",
    "institution_staff",
    "fund_managers",
    "inspectors",
    "assessors",
    "employers",
    "administrators",
)

log = structlog.get_logger()


def register_site(app: Flask) -> None:
    """Everything a browser sees."""
    areas = sorted((ROOT / "marketplace" / "translations").glob("*"))
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = ";".join(str(area) for area in areas)
    Babel(app, locale_selector=choose_locale)
    register_gettext(app)
    Bootstrap5(app)
    app.before_request(begin_request)  # first, so that every later answer has number and nonce
    register_input_guard(app)
    csrf.init_app(app)
    limiter.init_app(app)
    login = LoginManager(app)
    login.session_protection = "basic"
    login.user_loader(load_current_user)
    app.before_request(guard_request)
    app.after_request(set_headers)
    app.after_request(log_request)
    app.url_defaults(add_file_version)
    register_formats(app)
    register_pieces(app)
    app.jinja_env.globals["draw_course_card"] = draw_course_card
    register_error_pages(app)
    for audience in AUDIENCES:
        load_modules(f"marketplace.web.{audience}.views")
        app.register_blueprint(import_module(f"marketplace.web.{audience}.blueprint").blueprint)


def begin_request() -> None:
    """Give the request a number for log and audit, and a nonce for its own scripts."""
    g.request_id = secrets.token_hex(8)
    g.nonce = secrets.token_urlsafe(16)
    g.began = time.perf_counter()
    current_request_id.set(g.request_id)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def log_request(response: Response) -> Response:
    """One line per request: what, how it ended, how long. Never the query string or a body."""
    if not is_file(request.endpoint) and request.path != "/health":
        log.info(
            "request",
            method=request.method,
            path=logged_path(),
            endpoint=request.endpoint,
            status=response.status_code,
            ms=round((time.perf_counter() - g.began) * 1000, 1) if "began" in g else None,
        )
    return response


def logged_path() -> str:
    """The path; of an address that is itself a secret, only its pattern."""
    rule = request.url_rule
    if rule is not None and "token" in rule.arguments:
        return str(rule.rule)
    return request.path


def set_headers(response: Response) -> Response:
    """Strict headers: our own files only, no framing, no referrer, personal pages not cached."""
    headers: dict[str, Any] = {
        "Content-Security-Policy": (
            "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
            f"frame-ancestors 'none'; form-action 'self'; script-src 'self' 'nonce-{g.nonce}'; "
            f"style-src 'self' 'nonce-{g.nonce}'"
        )
        if "nonce" in g
        else "default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    if request.is_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    for name, value in headers.items():
        response.headers.setdefault(name, value)
    set_caching(response)
    return response


def set_caching(response: Response) -> None:
    """A file asked for with its version never changes; everything else is asked for again."""
    if not is_file(request.endpoint):
        response.headers.setdefault("Cache-Control", "no-store")
    elif request.args.get("v") and response.status_code in (200, 304):
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"


def is_file(endpoint: str | None) -> bool:
    """Style sheets, pictures: the same for everybody."""
    return bool(endpoint) and str(endpoint).endswith("static")


def add_file_version(endpoint: str, values: dict[str, Any]) -> None:
    """Put a file's fingerprint into its address, so that a new one is fetched at once."""
    if not is_file(endpoint) or "filename" not in values:
        return
    owner = current_app.blueprints.get(endpoint.rpartition(".")[0])
    folder = owner.static_folder if owner else current_app.static_folder
    if version := fingerprint(Path(folder or "") / values["filename"]):
        values.setdefault("v", version)


@lru_cache(maxsize=500)
def fingerprint(path: Path) -> str | None:
    """The beginning of the file's SHA-256; read once, files change with a new release only."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else None
