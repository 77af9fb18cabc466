"""`matching …`: is what we would suggest what people choose?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from flask.cli import AppGroup

from marketplace.cli.answers import print_json, refusals_end_the_command

if TYPE_CHECKING:
    from marketplace.recommendation.evaluation import Quality
    from marketplace.recommendation.logs import ReadLog

group = AppGroup("matching", help="Suggestions of courses, measured.")
FILE = click.Path(dir_okay=False, exists=True, path_type=Path)


@group.command("evaluate")
@click.argument("file", type=FILE)
@click.option("--test", "test_file", type=FILE, help="Hidden choices; otherwise one of each user.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def evaluate_matching(file: Path, test_file: Path | None, as_json: bool) -> None:
    """Learn from a log of `user,item` rows and offer ten items to each user of the test."""
    # Here and not above: numbers of this kind cost every other command half a second.
    from marketplace.recommendation.evaluation import evaluate, split_leaving_one_out
    from marketplace.recommendation.logs import read_log

    with refusals_end_the_command(as_json=as_json):
        click.echo(f"reading {file.name}", err=True)
        log = read_log(file)
        test = read_log(test_file) if test_file else None
        kept, hidden = (
            (log.pairs, test.pairs) if test is not None else split_leaving_one_out(log.pairs)
        )
        click.echo(f"{len(kept):,} choices to learn from, {len(hidden):,} hidden", err=True)
        found = evaluate(kept, hidden)
    qualities = {"ours": found.ours, **found.baselines}
    document: dict[str, Any] = {
        "users": found.users,
        "items": found.items,
        "interactions": found.interactions,
        "test_users": found.test_users,
        "unknown_items": found.unknown_items,
        "recommender": found.chosen,
        **_rounded(found.ours),
        "baselines": {name: _rounded(quality) for name, quality in found.baselines.items()},
        "seconds": round(found.seconds, 1),
        "problems": _problems(log, file) + (_problems(test, test_file) if test else []),
    }
    if as_json:
        print_json(document)
        return
    for name, quality in qualities.items():
        click.echo(f"{name:<12} HR@10 {quality.hit_rate:.4f}  NDCG@10 {quality.ndcg:.4f}")
    click.echo(f"recommender: {found.chosen}; {found.test_users:,} users, {found.seconds:.1f} s")


def _rounded(quality: Quality) -> dict[str, float]:
    return {"hr_at_10": round(quality.hit_rate, 4), "ndcg_at_10": round(quality.ndcg, 4)}


def _problems(log: ReadLog, path: Path | None) -> list[dict[str, Any]]:
    """Rows that were left out; a repeated choice is counted, it is no fault of the file."""
    name = path.name if path else ""
    return [
        {"file": name, "row": row, "code": "pair_incomplete", "message": "No user or no item."}
        for row in log.incomplete
    ]
