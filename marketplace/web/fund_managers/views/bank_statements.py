"""Bank statements: upload, verdict, lines."""

from __future__ import annotations

import re

from flask import current_app, flash, render_template, request
from flask_babel import gettext
from flask_login import current_user

from marketplace.edge.access import access, fund_officer
from marketplace.edge.formats import sentence
from marketplace.edge.officers import officer_paths, officer_place_id
from marketplace.edge.paging import asked_page, page_url
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import REFUSAL_TEXTS, Refusal, Refused
from marketplace.funds.operations import open_bank_account
from marketplace.funds.queries import find_bank_account_of_office, is_bank_account_in
from marketplace.reconciliation.formats.statements import FileProblem
from marketplace.reconciliation.operations.matching import match_now_or_later
from marketplace.reconciliation.operations.statements import import_bank_statement as take_in
from marketplace.reconciliation.queries.finding import list_found_payouts
from marketplace.reconciliation.queries.setting_aside import (
    count_waiting_set_asides,
    get_use,
    list_set_asides_of,
)
from marketplace.reconciliation.queries.statements import (
    get_statement_by_code,
    list_lines_of_statement,
    list_statements,
)
from marketplace.reconciliation.rules.setting_aside import refusals_for_use
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.labels import (
    CAUSE_LABELS,
    CHAIN_LABELS,
    LINE_LABELS,
    SET_ASIDE_LABELS,
)

PAYMENT_MESSAGE = re.compile(rb"pain\.00[12]")
HEAD = 1_000
"""Bytes in which a file says what it is."""
BANK_ACCOUNT = "MAIN"
"""Our name of the paying account when the form names none and none was used before."""


@blueprint.get("/bank-statements", endpoint="list_bank_statements")
@access(fund_officer)
def show_bank_statements() -> str:
    """Statements taken in, and the form for the next one."""
    account = find_bank_account_of_office(officer_paths())
    wanted = request.args.get("state", "")
    return render_template(
        "fund_managers/list_bank_statements.html",
        statements=list_statements(asked_page(), paths=officer_paths(), wanted=wanted),
        wanted=wanted,
        to_sign=count_waiting_set_asides(paths=officer_paths()),
        bank_account=account.code if account else BANK_ACCOUNT,
        is_demo=current_app.config["DEMO"],
        page_url=page_url,
    )


@blueprint.post("/bank-statements")
@access(fund_officer)
def import_bank_statement() -> tuple[str, int]:
    """Take a file in, match its lines, and say what was found."""
    upload = request.files.get("file")
    content = upload.read() if upload else b""
    bank_account = (request.form.get("bank_account") or BANK_ACCOUNT).strip()[:40]
    result = None
    if not is_bank_account_in(bank_account, paths=officer_paths()):
        raise Refused(Refusal("bank_account_elsewhere", {"code": bank_account}))
    with write_transaction():
        verdict = take_in(
            content,
            file_name=(upload.filename or "") if upload else "",
            bank_account=bank_account,
            actor_id=current_user.user_id,
        )
        if any(statement.code for statement in verdict.statements):
            open_bank_account(
                bank_account, jurisdiction_id=officer_place_id(), actor_id=current_user.user_id
            )
            result = match_now_or_later(actor_id=current_user.user_id)
    if result:
        flash(gettext("The statement is stored and its lines were matched."), "success")
    page = render_template(
        "fund_managers/show_import_verdict.html",
        verdict=verdict,
        result=result,
        problems=[(problem, _words(problem)) for problem in verdict.problems],
        notes=[(note, _words(note)) for note in verdict.notes],
        kind=_kind_of_payment_message(content) if verdict.problems else None,
        chains=CHAIN_LABELS,
    )
    return page, 422 if verdict.problems else 200


@blueprint.get("/bank-statements/<code>")
@access(fund_officer)
def show_bank_statement(code: str) -> str:
    """One statement and its lines."""
    statement = get_statement_by_code(code, paths=officer_paths())
    lines = list_lines_of_statement(statement.id, asked_page(size=50))
    return render_template(
        "fund_managers/show_bank_statement.html",
        statement=statement,
        lines=lines,
        found=list_found_payouts([item.line.id for item in lines.items]),
        story=list_set_asides_of(statement.id),
        against=refusals_for_use(get_use(statement)),
        aside_labels=SET_ASIDE_LABELS,
        labels=LINE_LABELS,
        causes=CAUSE_LABELS,
        page_url=page_url,
    )


def _kind_of_payment_message(content: bytes) -> str | None:
    """`pain.001` or `pain.002`: our own file, or an answer that is taken in with its batch."""
    found = PAYMENT_MESSAGE.search(content[:HEAD])
    return found[0].decode() if found else None


def _words(problem: FileProblem) -> str:
    return sentence(REFUSAL_TEXTS[problem.code], dict(problem.params))
