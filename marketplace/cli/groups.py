"""Registers every command group found in `marketplace/cli/commands/`."""

from __future__ import annotations

from flask import Flask
from flask.cli import AppGroup

from marketplace.foundation.discovery import load_modules


def register_groups(app: Flask) -> None:
    """Each module of `cli.commands` holds one `group`, named as in the contract."""
    for module in load_modules("marketplace.cli.commands"):
        group: AppGroup = module.group
        app.cli.add_command(group)
