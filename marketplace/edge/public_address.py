"""Addresses that leave this machine: printed, scanned, sent to somebody."""

from __future__ import annotations

from typing import Any

from flask import current_app, request, url_for

from marketplace.foundation.settings import Settings


def public_address(endpoint: str, **values: Any) -> str:
    """The full address of a page: of PUBLIC_URL where it is set, else as the reader reached us."""
    settings: Settings = current_app.extensions["settings"]
    base = settings.public_url or request.host_url.rstrip("/")
    return base + url_for(endpoint, **values)
