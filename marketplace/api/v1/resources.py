"""Registers every resource found in `marketplace/api/v1/resource/`, and the health check."""

from __future__ import annotations

from apiflask import APIFlask

from marketplace.foundation.discovery import load_modules


def register_resources(app: APIFlask) -> None:
    """Each module of `api.v1.resource` holds one `blueprint`."""
    for module in load_modules("marketplace.api.v1.resource"):
        app.register_blueprint(module.blueprint)
