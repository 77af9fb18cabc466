"""How commands answer: one JSON document or plain lines on stdout, the rest on stderr."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any, NoReturn

import click

from marketplace.edge.answers import refusal_json, refusal_sentence
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.text import day_from_text

EXIT_REFUSED = 1


def refusal_lines(refused: Refused) -> list[str]:
    """Every reason as one line."""
    return [refusal_sentence(refusal) for refusal in refused.refusals]


def print_json(document: Any) -> None:
    """The whole answer: one JSON document."""
    click.echo(json.dumps(document, ensure_ascii=False, default=str))


def print_json_with_lists(document: Mapping[str, Any], lists: Mapping[str, Iterable[Any]]) -> None:
    """One JSON document whose last members are lists of any length, written as they are read."""
    click.echo(json.dumps(document, ensure_ascii=False, default=str)[:-1], nl=False)
    for name, items in lists.items():
        click.echo(f", {json.dumps(name)}: ", nl=False)
        for piece in json_list(items):
            click.echo(piece, nl=False)
    click.echo("}")


def json_list(items: Iterable[Any]) -> Iterator[str]:
    """A JSON list, item by item."""
    separator = "["
    for item in items:
        yield separator + json.dumps(item, ensure_ascii=False, default=str)
        separator = ", "
    yield "[]" if separator == "[" else "]"


@contextmanager
def refusals_end_the_command(*, as_json: bool) -> Iterator[None]:
    """A refusal is told with all its reasons, and the command ends with exit code 1.

    So is a name that stands for nothing, or for nothing the officer who acts may see.
    """
    try:
        yield
    except Refused as refused:
        _end(refused, as_json=as_json)
    except NotFound as missing:
        noun = missing.noun.replace("_", " ")
        _end(Refused(Refusal("not_found", {"noun": noun})), as_json=as_json)


def _end(refused: Refused, *, as_json: bool) -> NoReturn:
    if as_json:
        print_json({"refused": [refusal_json(refusal) for refusal in refused.refusals]})
    for line in refusal_lines(refused):
        click.echo(line, err=True)
    sys.exit(EXIT_REFUSED)


def print_understood(
    mended: Iterable[tuple[str, str]], also: Iterable[tuple[str, Iterable[str]]]
) -> None:
    """How a search was taken, on stderr: what was mended, what was searched for as well."""
    for typed, meant in mended:
        click.echo(f"{typed}: searched for {meant}", err=True)
    for word, targets in also:
        click.echo(f"{word}: also searched for {', '.join(targets)}", err=True)


def progress_printer(noun: str) -> Callable[[int], None]:
    """Progress on stderr: a moving line on a terminal, else a line every ten thousand rows."""
    begun = time.monotonic()

    def show(done: int) -> None:
        seconds = max(time.monotonic() - begun, 0.001)
        told = f"{noun}: {done:,} rows, {done / seconds:,.0f} a second"
        if sys.stderr.isatty():
            click.echo(f"\r{told}\x1b[K", err=True, nl=False)
        elif done % 10_000 == 0:
            click.echo(told, err=True)

    return show


class DateParam(click.ParamType[date]):
    """`2021-04-06`."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        day = day_from_text(value)
        if day is None:
            self.fail(f"{value!r} is not a date like 2021-04-06 (1900 to 2199)", param, ctx)
        return day
