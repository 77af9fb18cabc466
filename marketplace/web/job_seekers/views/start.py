"""Where the work of this audience begins."""

from __future__ import annotations

from flask import render_template

from marketplace.edge.access import access, job_seeker
from marketplace.web.job_seekers.blueprint import blueprint


@blueprint.get("/")
@access(job_seeker)
def show_start() -> str:
    """What to do next."""
    return render_template("job_seekers/start.html")
