"""Registers every command group found in `marketplace/cli/commands/`."""

from __future__ import annotations

from functools import wraps
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy.exc import OperationalError

from marketplace.foundation.discovery import load_modules

_guarded: set[click.Command] = set()


def register_groups(app: Flask) -> None:
    """Each module of `cli.commands` holds one `group`, named as in the contract."""
    for module in load_modules("marketplace.cli.commands"):
        group: AppGroup = module.group
        for command in group.commands.values():
            _refuse_half_characters(command)
        app.cli.add_command(group)


def _refuse_half_characters(command: click.Command) -> None:
    """What a terminal in another encoding hands over as no text at all is wrong usage: no
    database stores it. Paths may have such names; they are opened, not stored."""
    if command in _guarded or command.callback is None:
        return
    act = command.callback

    @wraps(act)
    def guarded(*args: Any, **values: Any) -> Any:
        for name, value in values.items():
            if isinstance(value, str) and not _is_text(value):
                raise click.BadParameter(
                    "not text in the encoding of this terminal", param_hint=name
                )
        try:
            return act(*args, **values)
        except OperationalError as error:
            # The cause in one line: where the database is and what it said stands in the error.
            raise click.ClickException(f"the database does not answer: {error.orig}") from error

    command.callback = guarded
    _guarded.add(command)


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
