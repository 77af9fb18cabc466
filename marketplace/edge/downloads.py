"""Handing out files that people uploaded: never run, never shown as a page of ours."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response


def attachment(content: bytes, *, media_type: str, file_name: str) -> Response:
    """A file to save. `nosniff` and a closed policy keep a hostile file a file."""
    response = Response(content, mimetype=media_type)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file_name)}"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, no-store"
    return response
