"""Claims while they are publicised (公示): who is to be paid for which class, names masked."""

from __future__ import annotations

from flask import render_template

from marketplace.claims.queries.claims import get_publicised, list_publicised
from marketplace.claims.queries.lines import list_claim_lines
from marketplace.edge.access import access, anyone
from marketplace.edge.paging import asked_page, page_url
from marketplace.web.visitors.blueprint import blueprint


@blueprint.get("/claims")
@access(anyone)
def list_claim_notices() -> str:
    """Every claim that can be objected to today."""
    return render_template(
        "visitors/list_claim_notices.html", page=list_publicised(asked_page()), page_url=page_url
    )


@blueprint.get("/claims/<code>")
@access(anyone)
def show_claim_notice(code: str) -> str:
    """One of them with its lines; before and after its days it is not found."""
    row = get_publicised(code)
    lines = [view for view in list_claim_lines(row.claim.id) if view.line.released_at is None]
    return render_template("visitors/show_claim_notice.html", row=row, lines=lines)
