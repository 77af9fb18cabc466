"""Where a fund officer begins."""

from __future__ import annotations

from collections.abc import Sequence

from flask import render_template, url_for
from flask_babel import gettext
from flask_login import current_user

from marketplace.accreditation.queries import list_applications_in
from marketplace.accreditation.states import ApplicationState
from marketplace.assessments.queries import list_changes_in
from marketplace.campaigns.queries.campaigns import count_campaigns_to_sign
from marketplace.catalog.queries.courses import list_courses_in_review
from marketplace.catalog.queries.late_filings import count_waiting_late_filings
from marketplace.claims.queries.claims import count_claims_to_decide
from marketplace.claims.queries.objections import count_open_public_objections
from marketplace.drafting.queries.drafts import count_drafts_to_decide
from marketplace.edge.access import access, fund_officer
from marketplace.edge.officers import officer_paths
from marketplace.enrollment.queries import list_open_disputes
from marketplace.evidence.queries import count_open_holds
from marketplace.foundation.paging import PageRequest
from marketplace.funds.lots.queries import count_lots_to_look_at
from marketplace.institutions.queries import list_proposed_payout_accounts
from marketplace.payouts.queries import count_batches, list_settlements_to_pay
from marketplace.payouts.states import PayoutBatchState
from marketplace.people.queries import (
    count_waiting_category_facts,
    get_user,
    list_second_factors,
)
from marketplace.people.states import Role
from marketplace.reconciliation.queries.overview import count_open_breaks
from marketplace.reconciliation.queries.proposals import count_waiting_proposals
from marketplace.settlement.queries import count_settlements_to_approve
from marketplace.settlement.queries.disputes import count_open_disputes
from marketplace.standing.queries.records import count_open_appeals
from marketplace.web.fund_managers.blueprint import blueprint


@blueprint.get("/")
@access(fund_officer)
def show_start() -> str:
    """What waits for a decision."""
    return render_template(
        "fund_managers/start.html",
        waiting=count_waiting_category_facts(current_user.paths_of(Role.FUND_OFFICER)),
        course_count=list_courses_in_review(officer_paths(), PageRequest(size=1)).total,
        late_filings=count_waiting_late_filings(officer_paths()),
        application_count=list_applications_in(
            officer_paths(), PageRequest(size=1), state=ApplicationState.SUBMITTED
        ).total,
        payee_count=list_proposed_payout_accounts(officer_paths(), PageRequest(size=1)).total,
        holds=count_open_holds(officer_paths()),
        disputes=list_open_disputes(officer_paths(), PageRequest(1, 1)).total,
        draft_count=count_drafts_to_decide(officer_paths(), user_id=current_user.user_id),
        result_changes=list_changes_in(officer_paths(), PageRequest(1, 1)).total,
        campaign_count=count_campaigns_to_sign(officer_paths(), invites=True),
        batch_count=count_campaigns_to_sign(officer_paths(), invites=False),
        appeal_count=count_open_appeals(officer_paths()),
        objection_count=count_open_public_objections(officer_paths()),
        dispute_count=count_open_disputes(officer_paths()),
        money_work=money_work(current_user.paths_of(Role.FUND_OFFICER)),
        has_second_factor=bool(list_second_factors(get_user(current_user.user_id))),
    )


def money_work(paths: Sequence[str]) -> list[tuple[str, str, str, bool]]:
    """Address, icon, sentence and urgency of each money matter, in the order money flows."""
    claims = count_claims_to_decide(paths)
    to_approve = count_settlements_to_approve(paths)
    to_pay = len(list_settlements_to_pay(paths))
    to_sign = count_batches(PayoutBatchState.PREPARED, paths=paths)
    to_send = count_batches(PayoutBatchState.APPROVED, paths=paths)
    breaks = count_open_breaks(paths=officer_paths())
    lots = count_lots_to_look_at(officer_paths())
    entries = count_waiting_proposals(paths=officer_paths())
    settlements = url_for("fund_managers.list_settlements", state="prepared")
    batches = "fund_managers.list_payout_batches"
    work = [
        (
            url_for("fund_managers.list_claims"),
            "record",
            gettext("Claims to check or approve: %(count)s", count=claims),
        ),
        (settlements, "seal", gettext("Settlements to approve: %(count)s", count=to_approve)),
        (url_for(batches), "money", gettext("Settlements ready to pay: %(count)s", count=to_pay)),
        (
            url_for(batches, state="prepared"),
            "seal",
            gettext("Batches to sign: %(count)s", count=to_sign),
        ),
        (
            url_for(batches, state="approved"),
            "bank",
            gettext("Batches to send: %(count)s", count=to_send),
        ),
        (
            url_for("fund_managers.show_reconciliation"),
            "scale",
            gettext("Open differences: %(count)s", count=breaks),
        ),
        (
            url_for("fund_managers.list_fund_lots"),
            "clock",
            gettext("Lots of money that expire soon or are frozen: %(count)s", count=lots),
        ),
        (
            url_for("fund_managers.list_break_proposals"),
            "seal",
            gettext("Entries to sign: %(count)s", count=entries),
        ),
    ]
    counts = (claims, to_approve, to_pay, to_sign, to_send, breaks, lots, entries)
    return [(*line, bool(count)) for line, count in zip(work, counts, strict=True)]
