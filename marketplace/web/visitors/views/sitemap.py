"""sitemap.xml: an index, and chunks of at most 50,000 addresses, written as they are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape

from flask import Response, stream_with_context, url_for

from marketplace.catalog.queries.sitemap import (
    iterate_accredited_institutions,
    iterate_offered_courses,
    list_course_chunks,
)
from marketplace.edge.access import access, anyone
from marketplace.foundation.errors import NotFound
from marketplace.web.visitors.blueprint import blueprint

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
HOUR = "public, max-age=3600"


@blueprint.get("/sitemap.xml")
@access(anyone)
def show_sitemap() -> Response:
    """The index of all sitemaps."""
    parts = [_part(url_for("visitors.show_institutions_sitemap", _external=True))]
    parts += [
        _part(
            url_for("visitors.show_courses_sitemap", number=chunk.number + 1, _external=True),
            chunk.changed_at.isoformat(timespec="seconds"),
        )
        for chunk in list_course_chunks()
    ]
    return _answer([HEAD, f"<sitemapindex {SPACE}>\n", *parts, "</sitemapindex>\n"])


@blueprint.get("/sitemaps/courses-<int:number>.xml")
@access(anyone)
def show_courses_sitemap(number: int) -> Response:
    """The offered courses of one chunk."""
    if number < 1 or number > 1_000_000:
        raise NotFound("sitemap")
    return _answer(stream_with_context(_courses(number - 1)))


@blueprint.get("/sitemaps/institutions.xml")
@access(anyone)
def show_institutions_sitemap() -> Response:
    """The public pages that are not courses: front page, lists, institutions."""
    return _answer(stream_with_context(_institutions()))


def _courses(chunk: int) -> Iterator[str]:
    yield HEAD
    yield f"<urlset {SPACE}>\n"
    for code, changed_at in iterate_offered_courses(chunk):
        address = url_for("visitors.show_course", code=code, _external=True)
        yield _page(address, changed_at.isoformat(timespec="seconds"))
    yield "</urlset>\n"


def _institutions() -> Iterator[str]:
    yield HEAD
    yield f"<urlset {SPACE}>\n"
    for endpoint in ("show_home", "search_courses", "list_institutions"):
        yield _page(url_for(f"visitors.{endpoint}", _external=True))
    for code in iterate_accredited_institutions():
        yield _page(url_for("visitors.show_institution", code=code, _external=True))
    yield "</urlset>\n"


def _part(address: str, changed: str | None = None) -> str:
    return f"<sitemap><loc>{escape(address)}</loc>{_changed(changed)}</sitemap>\n"


def _page(address: str, changed: str | None = None) -> str:
    return f"<url><loc>{escape(address)}</loc>{_changed(changed)}</url>\n"


def _changed(changed: str | None) -> str:
    return f"<lastmod>{changed}</lastmod>" if changed else ""


def _answer(body: Iterable[str]) -> Response:
    answer = Response(body, mimetype="application/xml")
    answer.headers["Cache-Control"] = HOUR
    return answer
