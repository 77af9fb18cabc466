"""Where the work of the day begins: what is to be done, and what is to be paid."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from flask import current_app, render_template
from flask_login import current_user

from marketplace.accreditation.queries import find_open_application
from marketplace.claims.queries.claims import list_open_drafts
from marketplace.edge.access import access, institution_staff
from marketplace.enrollment.sign_in_queries import list_sheets_waiting
from marketplace.evidence.labels import KIND_LABELS
from marketplace.evidence.queries import list_open_holds_of_institution
from marketplace.foundation import clock
from marketplace.foundation.money import Money
from marketplace.inspections.queries import list_visits_to_answer
from marketplace.institutions.queries import get_institution
from marketplace.ledger.entries import AccountName
from marketplace.ledger.queries import get_balance_fen
from marketplace.redemption.queries.rosters import (
    list_lessons_of_day,
    list_runs_to_redeem,
    list_runs_waiting_for_results,
    list_runs_with_disputes,
)
from marketplace.settlement.queries.disputes import count_open_disputes_of
from marketplace.web.institution_staff.blueprint import blueprint


@blueprint.get("/")
@access(institution_staff)
def show_start() -> str:
    """A list of things to do, each leading to the page where it is done."""
    institution = get_institution(current_user.institution_id)
    morning = datetime.combine(clock.today(), time(0), tzinfo=clock.zone()).astimezone(UTC)
    payable = get_balance_fen(AccountName("payable:institution", institution.code))
    return render_template(
        "institution_staff/start.html",
        institution=institution,
        lessons=list_lessons_of_day(
            institution.id, from_at=morning, to_at=morning + timedelta(days=1)
        ),
        results=list_runs_waiting_for_results(institution.id, now=clock.now()),
        redeemable=list_runs_to_redeem(institution.id),
        sheets=list_sheets_waiting(institution.id, not_by=current_user.user_id),
        holds=list_open_holds_of_institution(institution.id),
        kinds=KIND_LABELS,
        visits=list_visits_to_answer(institution.id, on=clock.today()),
        disputes=list_runs_with_disputes(institution.id),
        application=find_open_application(institution.id),
        drafts=list_open_drafts(institution.id),
        account_disputes=count_open_disputes_of(institution.id),
        payable=Money(payable, current_app.config["CURRENCY"]),
    )
