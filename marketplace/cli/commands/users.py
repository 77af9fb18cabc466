"""Logins from the command line: enough to begin a fresh deployment."""

from __future__ import annotations

import sys

import click
from flask.cli import AppGroup

from marketplace.cli.answers import print_json, refusals_end_the_command
from marketplace.edge.language import DEFAULT_LOCALE, LOCALES
from marketplace.foundation.db import write_transaction
from marketplace.jurisdictions.queries import find_jurisdiction_by_code
from marketplace.people.operations import grant_role, register_user
from marketplace.people.queries import find_user_by_login
from marketplace.people.rules import normal_login
from marketplace.people.states import Role

group = AppGroup("users", help="Logins and their roles.")


@group.command("create-administrator")
@click.argument("login")
@click.option("--name", default="", help="The person's name.")
@click.option("--locale", type=click.Choice(list(LOCALES)), default=DEFAULT_LOCALE)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--json", "as_json", is_flag=True)
def create_administrator(
    login: str, name: str, locale: str, password_stdin: bool, as_json: bool
) -> None:
    """Make a login that administers the deployment."""
    password = (
        sys.stdin.readline().rstrip("\r\n")
        if password_stdin
        else click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    )
    with refusals_end_the_command(as_json=as_json), write_transaction():
        user = register_user(login, password=password, name=name or "系统管理员", locale=locale)
        grant_role(user.id, role=Role.ADMINISTRATOR, jurisdiction_id=None, actor_id=None)
        answer = {"login": user.login, "code": user.code, "role": Role.ADMINISTRATOR.value}
    _answer(answer, as_json)


@group.command("grant")
@click.argument("login")
@click.argument("role", type=click.Choice([role.value for role in Role]))
@click.option("--jurisdiction", default="", help="Code of its place; administrators have none.")
@click.option("--json", "as_json", is_flag=True)
def grant(login: str, role: str, jurisdiction: str, as_json: bool) -> None:
    """Give a login a role in a place and everything below it."""
    user = find_user_by_login(normal_login(login))
    place = find_jurisdiction_by_code(jurisdiction) if jurisdiction else None
    if user is None:
        raise click.UsageError(f"no login {login!r}")
    if jurisdiction and place is None:
        raise click.UsageError(f"no jurisdiction {jurisdiction!r}")
    user_id, place_id = user.id, place.id if place else None
    with refusals_end_the_command(as_json=as_json), write_transaction():
        grant_role(user_id, role=Role(role), jurisdiction_id=place_id, actor_id=None)
    _answer({"login": normal_login(login), "role": role, "jurisdiction": jurisdiction}, as_json)


def _answer(answer: dict[str, str], as_json: bool) -> None:
    if as_json:
        print_json(answer)
    else:
        click.echo(" ".join(f"{name}={value}" for name, value in answer.items() if value))
