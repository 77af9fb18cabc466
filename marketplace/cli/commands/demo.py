"""`demo load`, `demo story`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click
from flask.cli import AppGroup

from marketplace.cli.answers import print_json, refusals_end_the_command
from marketplace.demo.scales import SCALES

if TYPE_CHECKING:  # the world and its makers are loaded by the command that makes one
    from marketplace.demo.story import Step

group = AppGroup("demo", help="A deterministic synthetic world, and the whole loop once.")


def _progress(text: str) -> None:
    click.echo(f"  {text}", err=True)


@group.command("load")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--scale", type=click.Choice(sorted(SCALES)), default="small", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print counts per table as JSON.")
def load(seed: int, scale: str, as_json: bool) -> None:
    """Make a synthetic world in an empty database, its history posted by real operations."""
    from marketplace.demo.world import load_demo_world, logins_text

    with refusals_end_the_command(as_json=as_json):
        counts = load_demo_world(seed=seed, scale=scale, progress=_progress)
    if as_json:
        print_json(counts)
        return
    for name, count in counts.items():
        if count:
            click.echo(f"{name:<28}{count:>8}")
    click.echo(logins_text())


@group.command("story")
@click.option("--json", "as_json", is_flag=True, help="Print steps and balances as JSON.")
def story(as_json: bool) -> None:
    """Run the whole loop once and print each step with its ledger entries."""
    from marketplace.demo.story import tell_story

    with refusals_end_the_command(as_json=as_json):
        outcome = tell_story((lambda _step: None) if as_json else _print_step)
    if as_json:
        print_json(outcome)
    else:
        for name, fen in outcome["balances"].items():
            click.echo(f"{name:<32}{_amount(fen):>16}")
        click.echo(f"{'unexplained':<32}{_amount(outcome['unexplained_fen']):>16}")
    sys.exit(0 if outcome["unexplained_fen"] == 0 else 1)


def _print_step(step: Step) -> None:
    click.secho(f"\n{step.title}", bold=True)
    for entry in step.entries:
        click.echo(f"  {entry.effective_on}  {entry.kind}  {entry.key}")
        for line in sorted(entry.lines, key=lambda line: line.side.value, reverse=True):
            indent = "    " if line.side.value == "debit" else "        "
            click.echo(f"{indent}{line.account.code:<52} {line.side.value:<7}{_amount(line.fen)}")


def _amount(fen: int) -> str:
    return f"{fen // 100:,}.{fen % 100:02d}"
