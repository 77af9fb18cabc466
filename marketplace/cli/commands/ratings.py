"""`ratings`: compute grades and stars, explain one, load a version of the settings."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from marketplace.cli.answers import DateParam, print_json, refusals_end_the_command
from marketplace.cli.rating import compute_all
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.institutions.queries import find_institution_by_code
from marketplace.standing.models import Rating
from marketplace.standing.operations.policies import load_rating_policy
from marketplace.standing.queries.policies import get_rating_policy_version
from marketplace.standing.queries.ratings import list_newest_ratings
from marketplace.standing.rules.formula import FORMULA
from marketplace.standing.rules.ratings import inputs_from_json, rate, score_to_json

group = AppGroup("ratings", help="Grades and stars of institutions.")


@group.command("compute")
@click.option("--as-of", type=DateParam(), help="Day of the rating; today if absent.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def compute(as_of: date | None, as_json: bool) -> None:
    """Rate every institution. Doing it again changes nothing while the facts are the same."""
    with refusals_end_the_command(as_json=as_json):
        document = compute_all(as_of or clock.today())
    _print(document, as_json=as_json)


@group.command("explain")
@click.argument("institution")
@click.option("--as-of", type=DateParam(), help="The rating that stood on a day.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def explain(institution: str, as_of: date | None, as_json: bool) -> None:
    """Every component of an institution's rating, and whether the stored inputs still give it.

    INSTITUTION is its public code. Exit 1 when recomputing gives anything else.
    """
    found = find_institution_by_code(institution)
    rating = None
    if found is not None:
        newest = list_newest_ratings([found.id], as_of=as_of or clock.today())
        rating = newest.get(found.id)
    if found is None or rating is None:
        raise click.UsageError(f"no rating is known of {institution!r}; run `ratings compute`")
    document = explanation(rating, institution=found.code, name=found.name)
    _print(document, as_json=as_json)
    sys.exit(0 if document["reproduced"] is not False else 1)


@group.command("load-policy")
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def load_policy(file: Path, as_json: bool) -> None:
    """Load a version of the settings of grade, stars and effects (YAML, see docs/ratings.md)."""
    with refusals_end_the_command(as_json=as_json), write_transaction():
        policy = load_rating_policy(file.read_bytes().decode("utf-8", "replace"), actor_id=None)
        document = {"version": policy.version, "valid_from": policy.valid_from.isoformat()}
    _print(document, as_json=as_json)


def explanation(rating: Rating, *, institution: str, name: str) -> dict[str, Any]:
    """A rating with its components, records and the proof that it can be computed again.

    `reproduced` is null when the rating was made by a formula this release does not know.
    """
    again = rate(inputs_from_json(rating.inputs), get_rating_policy_version(rating.policy_version))
    same = (again.stars.stars, again.grade.grade, again.grade.points) == (
        rating.stars_hundredths,
        rating.grade,
        rating.points,
    )
    return {
        "institution": institution,
        "name": name,
        "rating": rating.code,
        "as_of": rating.as_of.isoformat(),
        "counted_on": rating.inputs["counted_on"],
        "formula": rating.formula,
        "policy_version": rating.policy_version,
        "grade": rating.grade.value,
        "points": rating.points,
        "stars": _stars(rating.stars_hundredths),
        "low": _stars(rating.low_hundredths),
        "high": _stars(rating.high_hundredths),
        "n": rating.n,
        "constant": rating.result["constant"],
        "components": [_component(row) for row in rating.result["components"]],
        "records": rating.inputs["records"],
        "inputs_sha256": rating.inputs_sha256,
        "reproduced": same and score_to_json(again) == rating.result
        if rating.formula == FORMULA
        else None,
    }


def _component(row: dict[str, Any]) -> dict[str, Any]:
    counts = row["counts"]
    rest = {name: value for name, value in row.items() if name != "counts"}
    return {**rest, "successes": counts["successes"], "n": counts["trials"]}


def _stars(hundredths: int | None) -> float | None:
    return None if hundredths is None else hundredths / 100


def _print(document: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(document)
        return
    for name, value in document.items():
        if not isinstance(value, list):
            click.echo(f"{name}: {'not enough data' if value is None else value}")
            continue
        click.echo(f"{name}:")
        for item in value:
            click.echo("  " + ", ".join(f"{key} {part}" for key, part in item.items()))
