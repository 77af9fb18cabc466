"""Files browsers and search engines ask for by themselves."""

from __future__ import annotations

from flask import Response, redirect, url_for
from werkzeug.wrappers import Response as AnyResponse

from marketplace.edge.access import access, anyone
from marketplace.web.visitors.blueprint import blueprint

PERSONAL_PLACES = (
    "/account/",
    "/me/",
    "/institution/",
    "/fund/",
    "/admin/",
    "/api/",
    "/calendars/",
)


@blueprint.get("/favicon.ico")
@access(anyone)
def show_icon() -> AnyResponse:
    """Old browsers ask here; the icon is a drawing."""
    return redirect(url_for("static", filename="img/favicon.svg"), 302)


@blueprint.get("/robots.txt")
@access(anyone)
def show_robots() -> Response:
    """Search engines may read what is public."""
    lines = ["User-agent: *", *(f"Disallow: {place}" for place in PERSONAL_PLACES)]
    lines.append(f"Sitemap: {url_for('visitors.show_sitemap', _external=True)}")
    return Response("\n".join(lines) + "\n", mimetype="text/plain")
