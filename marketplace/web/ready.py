"""Before the first request: what every web process needs is made once and shared by all of them."""

from __future__ import annotations

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from marketplace.catalog.queries.search import CourseQuery, search_courses
from marketplace.catalog.queries.search_snapshot import present_snapshot
from marketplace.catalog.queries.search_warming import make_ready
from marketplace.foundation.db import db
from marketplace.foundation.lasting import set_aside
from marketplace.foundation.paging import PageRequest

_log = structlog.get_logger()


def make_ready_to_serve(app: Flask) -> bool:
    """Read the catalog into memory before the web processes are forked from this one.

    They share it until it changes, and none of their first readers waits for it. False when the
    database does not answer, or has no tables yet: then each process reads it at its first search.
    """
    with app.app_context():
        try:
            with present_snapshot() as snapshot:
                search_courses(CourseQuery(), PageRequest(1, 1), with_facets=True)
                make_ready(snapshot)
        except SQLAlchemyError as error:
            _log.warning("catalog_not_read", reason=type(error).__name__)
            return False
        finally:
            db.session.remove()
            db.engine.dispose()  # a connection belongs to one process
    set_aside()
    return True
