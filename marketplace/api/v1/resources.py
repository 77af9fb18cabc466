"""Registers every resource found in `marketplace/api/v1/resource/`, and the health check."""

from __future__ import annotations

from typing import Any

from apiflask import APIFlask, HTTPError

from marketplace.edge.answers import problem
from marketplace.foundation.discovery import load_modules


def register_resources(app: APIFlask) -> None:
    """Each module of `api.v1.resource` holds one `blueprint`."""
    # Not `app.error_processor`: that would also answer every wrong page address with JSON.
    app.error_callback = answer_invalid
    app.security_schemes = {"bearer": {"type": "http", "scheme": "bearer"}}
    app.config["HTTP_API_ERROR_SCHEMA"] = PROBLEM
    app.config["VALIDATION_ERROR_SCHEMA"] = PROBLEM
    for module in load_modules("marketplace.api.v1.resource"):
        app.register_blueprint(module.blueprint)


PROBLEM = {
    "type": "object",
    "required": ["type", "status", "title"],
    "properties": {
        "type": {"type": "string"},
        "status": {"type": "integer"},
        "title": {"type": "string"},
        "reasons": {"type": "array", "items": {"type": "object"}},
        "errors": {"type": "object"},
    },
}
"""RFC 9457 problem details, with all reasons of a refusal and all errors of a request."""


def answer_invalid(error: HTTPError) -> Any:
    """A request that does not fit its schema: 422 with every error by place and field."""
    return problem(error.status_code, error.message or "Error", errors=error.detail or {})
