"""How grade and stars are made: the formula with the settings in force."""

from __future__ import annotations

from flask import render_template

from marketplace.edge.access import access, anyone
from marketplace.foundation import clock
from marketplace.standing import labels
from marketplace.standing.queries.policies import get_rating_policy
from marketplace.standing.rules.formula import FORMULA
from marketplace.standing.states import Grade
from marketplace.web.visitors.blueprint import blueprint


@blueprint.get("/ratings")
@access(anyone)
def explain_ratings() -> str:
    """The published formula, its settings, what a grade brings with it, how to appeal."""
    return render_template(
        "visitors/ratings.html",
        policy=get_rating_policy(clock.today()),
        formula=FORMULA,
        grades=list(Grade),
        labels=labels,
    )
