"""`GET /health`: is the process up, does the database answer."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from marketplace.edge.access import access, anyone
from marketplace.foundation.db import db

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
@access(anyone)
def show_health() -> tuple[Response, int]:
    """200 when the product can serve, 503 when its database does not answer."""
    answer = {"status": "ok", "database": "ok", "version": current_app.config["VERSION"]}
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        answer |= {"status": "unavailable", "database": "unavailable"}
        return jsonify(answer), 503
    return jsonify(answer), 200
