"""Puts the pages together: extensions, audiences, language, headers, error pages."""

from __future__ import annotations

import secrets
from importlib import import_module
from typing import Any

import structlog
from flask import Flask, Response, g, request
from flask_babel import Babel
from flask_bootstrap import Bootstrap5
from flask_login import LoginManager

from marketplace.audit.operations import current_request_id
from marketplace.edge.access import guard_request
from marketplace.edge.answers import register_error_pages
from marketplace.edge.extensions import csrf, limiter
from marketplace.edge.formats import register_formats
from marketplace.edge.identity import load_current_user
from marketplace.edge.language import choose_locale
from marketplace.foundation.discovery import load_modules
from marketplace.foundation.settings import ROOT

AUDIENCES = (
    "visitors",
    "accounts",
    "job_seekers",
    "institution_staff",
    "fund_managers",
    "administrators",
)

log = structlog.get_logger()


def register_site(app: Flask) -> None:
    """Everything a browser sees."""
    areas = sorted((ROOT / "marketplace" / "translations").glob("*"))
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = ";".join(str(area) for area in areas)
    Babel(app, locale_selector=choose_locale)
    Bootstrap5(app)
    csrf.init_app(app)
    limiter.init_app(app)
    login = LoginManager(app)
    login.session_protection = "basic"
    login.user_loader(load_current_user)
    app.before_request(begin_request)
    app.before_request(guard_request)
    app.after_request(set_headers)
    register_formats(app)
    register_error_pages(app)
    for audience in AUDIENCES:
        load_modules(f"marketplace.web.{audience}.views")
        app.register_blueprint(import_module(f"marketplace.web.{audience}.blueprint").blueprint)


def begin_request() -> None:
    """Give the request a number for log and audit, and a nonce for its own scripts."""
    g.request_id = secrets.token_hex(8)
    g.nonce = secrets.token_urlsafe(16)
    current_request_id.set(g.request_id)


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
    if not (request.endpoint or "").endswith("static"):
        headers.setdefault("Cache-Control", "no-store")
    for name, value in headers.items():
        response.headers.setdefault(name, value)
    return response
