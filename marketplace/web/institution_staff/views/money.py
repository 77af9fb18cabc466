"""What the institution earned, is owed and was paid: its statement of account."""

from __future__ import annotations

from flask import Response as FlaskResponse
from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, institution_staff
from marketplace.edge.answers import flash_refused
from marketplace.edge.downloads import attachment
from marketplace.edge.paging import asked_day, page_url
from marketplace.edge.pdf import FONTS, pdf_of
from marketplace.edge.proofs import proof_file
from marketplace.foundation import clock
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.files import csv_text
from marketplace.foundation.money import Money
from marketplace.foundation.paging import PageRequest
from marketplace.institutions.queries import get_institution
from marketplace.ledger.queries import is_entry_on
from marketplace.ledger.sealing.queries import find_last_block, list_sealed
from marketplace.records.labels import CHANGE_REASON_LABELS
from marketplace.reporting.labels import ENTRY_LABELS, PAYMENT_LABELS
from marketplace.reporting.queries import (
    each_ledger_line,
    get_ledger_totals,
    list_ledger_lines,
    list_payment_progress,
    sum_unsettled_fen,
)
from marketplace.retentions.queries.listing import Wanted, get_retention_totals
from marketplace.settlement.queries.disputes import list_disputed_entries
from marketplace.settlement.queries.receivables import list_advances, list_clawbacks
from marketplace.settlement.queries.voided import list_proposed_clawbacks
from marketplace.web.institution_staff.blueprint import blueprint

PAGE_SIZE = 50
PRINTED_LINES_MAX = 1_000


@blueprint.get("/statement-of-account", endpoint="show_statement_of_account")
@access(institution_staff)
def show_statement() -> str:
    """Every entry on what we are owed, with a running balance, and where each payment stands."""
    institution = get_institution(current_user.institution_id)
    days = {"from_on": asked_day("from"), "to_on": asked_day("to")}
    page = PageRequest(request.args.get("page", 1, type=int), PAGE_SIZE)
    code = f"payable:institution:{institution.code}"
    lines = list_ledger_lines(code, page, **days)
    return render_template(
        "institution_staff/show_statement_of_account.html",
        institution=institution,
        days=days,
        lines=lines,
        sealed=list_sealed([line.entry_id for line in lines.items]),
        disputed=list_disputed_entries(institution.id, [line.entry_id for line in lines.items]),
        last_block=find_last_block(),
        totals=get_ledger_totals(code, **days),
        owed_fen=get_ledger_totals(code).closing_fen,
        unsettled_fen=sum_unsettled_fen(institution.id),
        retained=get_retention_totals(Wanted(("",), institution_id=institution.id)),
        payments=list_payment_progress(institution.id, PageRequest(1, 12)),
        advances=list_advances(PageRequest(1, 20), paths=("",), institution_id=institution.id),
        clawbacks=list_clawbacks(PageRequest(1, 20), paths=("",), institution_id=institution.id),
        proposed=list_proposed_clawbacks(("",), institution_id=institution.id),
        reasons=CHANGE_REASON_LABELS,
        payment_labels=PAYMENT_LABELS,
        entry_labels=ENTRY_LABELS,
        currency=current_app.config["CURRENCY"],
        page_url=page_url,
    )


@blueprint.get("/statement-of-account/<int:entry_id>/proof.json")
@access(institution_staff)
def download_entry_proof(entry_id: int) -> FlaskResponse:
    """The proof of one of our entries, for anybody we show it to; 404 while it is not sealed."""
    institution = get_institution(current_user.institution_id)
    if not is_entry_on(entry_id, account_code=f"payable:institution:{institution.code}"):
        raise NotFound("entry", entry_id)
    return proof_file(entry_id)


@blueprint.get("/statement-of-account.pdf", endpoint="print_statement_of_account")
@access(institution_staff)
def print_statement() -> Response:
    """The same to print and to sign, oldest first, with the head of the sealed books."""
    institution = get_institution(current_user.institution_id)
    code = f"payable:institution:{institution.code}"
    days = {"from_on": asked_day("from"), "to_on": asked_day("to")}
    page = list_ledger_lines(code, PageRequest(1, PRINTED_LINES_MAX), **days)
    asked = {"from": request.args.get("from"), "to": request.args.get("to")}
    back = url_for("institution_staff.show_statement_of_account", **asked)  # type: ignore[arg-type]
    if page.total > PRINTED_LINES_MAX:
        too_many = gettext(
            "%(total)s entries are too many to print. Choose fewer days, or take the CSV file.",
            total=page.total,
        )
        flash(too_many, "error")
        return redirect(back, 303)
    html = render_template(
        "components/statement_pdf.html",
        institution=institution,
        days=days,
        lines=list(reversed(page.items)),
        totals=get_ledger_totals(code, **days),
        block=find_last_block(),
        entry_labels=ENTRY_LABELS,
        currency=current_app.config["CURRENCY"],
        fonts=FONTS,
        made_at=clock.now(),
    )
    try:
        content = pdf_of(html)
    except Refused as refused:
        flash_refused(refused)
        return redirect(back, 303)
    name = f"statement-{institution.code}.pdf"
    return attachment(content, media_type="application/pdf", file_name=name)


@blueprint.get("/statement-of-account.csv", endpoint="download_statement_of_account")
@access(institution_staff)
def download_statement() -> FlaskResponse:
    """The same as a spreadsheet, oldest first."""
    institution = get_institution(current_user.institution_id)
    header = [
        gettext("Date"),
        gettext("Entry"),
        gettext("What it is"),
        gettext("Reference"),
        gettext("Earned"),
        gettext("Paid out"),
        gettext("Balance owed"),
    ]
    rows = (
        (
            line.effective_on,
            line.entry_id,
            gettext(ENTRY_LABELS.get(line.kind, line.kind)),
            line.key,
            *(Money(fen, "").decimal_text() for fen in (line.credited_fen, line.debited_fen)),
            Money(line.balance_fen, "").decimal_text(),
        )
        for line in each_ledger_line(
            f"payable:institution:{institution.code}",
            from_on=asked_day("from"),
            to_on=asked_day("to"),
        )
    )
    answer = FlaskResponse("".join(csv_text(header, rows)), mimetype="text/csv")
    name = f"statement-{institution.code}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
