"""`/api/v1/institutions`: who trains, public."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint

from marketplace.api.v1.schemas import InstitutionOut
from marketplace.edge.access import access, anyone
from marketplace.foundation.errors import NotFound
from marketplace.institutions.queries import find_public_institution

blueprint = APIBlueprint(
    "api_institutions", __name__, url_prefix="/api/v1/institutions", tag="institutions"
)


@blueprint.get("/<code>")
@blueprint.output(InstitutionOut)
@blueprint.doc(summary="Read an institution", operation_id="show_institution", responses=[404])
@access(anyone)
def show(code: str) -> dict[str, Any]:
    """One institution the public may know."""
    institution = find_public_institution(code)
    if institution is None:
        raise NotFound("institution")
    return {
        "code": institution.code,
        "name": institution.name,
        "state": institution.state.value,
        "city": institution.city,
        "website": institution.website,
    }
